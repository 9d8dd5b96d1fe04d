"""Checks on code: the Python of a node in place, and the functions that nodes and metrics name. All of it is parsed, nothing is run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from prompts_lang.analysis.python_files import PythonFile, Signature, parse_python, stored_names
from prompts_lang.analysis.samples import Absent, Special
from prompts_lang.analysis.view import Found, View, file_missing, item_of, path_in
from prompts_lang.graph.module import Entry
from prompts_lang.graph.problem import Check, Problem, did_you_mean, suggestion
from prompts_lang.graph.resolve.draft import CodeDraft, MetricDraft, NodeDraft
from prompts_lang.graph.resolve.values import FileFunction
from prompts_lang.syntax import nodes
from prompts_lang.syntax.nodes import Fix
from prompts_lang.text.span import Edit, Span

_NOT_UTF8 = re.compile("[\ud800-\udfff]")
"""What bytes that are not UTF-8 are read as."""


def check_python(declaration: nodes.Declaration, draft: NodeDraft) -> Iterator[Problem]:
    """The `python:` section of a code node: whether it is Python, and gives every output a value."""
    section = next((section for section in declaration.sections if section.word.text == "python"), None)
    if section is None or not isinstance(declaration, nodes.NodeDeclaration) or not isinstance(draft.body, CodeDraft):
        return
    if not section.text.isascii() and _NOT_UTF8.search(section.text):
        return  # told of the bytes already
    tree = parse_python(section.text)
    if isinstance(tree, SyntaxError):
        message = f"This is not Python: {tree.msg}."
        yield Problem(Check.BAD_PYTHON, _place(section, tree), message)
        return
    stored = stored_names(tree)
    if stored is None:
        return
    inputs = {input_.name for input_ in draft.inputs}
    for written, port in zip(declaration.outputs, draft.outputs, strict=True):
        if port.name not in stored | inputs:
            meant = did_you_mean(port.name, stored)
            hint = f" Did you mean '{meant}'?" if meant else " Assign it, or remove the output."
            yield Problem(Check.BAD_PYTHON, written.name.span, f"The code never gives '{port.name}' a value.{hint}")


def _place(section: nodes.Section, error: SyntaxError) -> Span:
    """The line that Python complains of, from the column on; the head of the section where there is no text."""
    lines = section.lines
    if not lines:
        return section.head_span
    line = lines[min(max(error.lineno or 1, 1), len(lines)) - 1]
    column = min(max((error.offset or 1) - 1, 0), max(len(line.text) - 1, 0))
    return section.source_span(line.text_start + column, line.text_start + len(line.text))


def check_run(view: View, entry: Entry, draft: NodeDraft) -> Iterator[Problem]:
    """The function that a code node runs: its file, its name, and whether it takes the node's inputs by name."""
    item = item_of(entry.declaration, "run")
    if item is None or not isinstance(draft.body, CodeDraft) or draft.body.function is None:
        return
    quoted = next((value for value in item.values if isinstance(value, nodes.String)), None)
    found = _function(view, draft.body.function, quoted, item.span)
    if isinstance(found, Problem):
        yield found
    elif found is not None:
        given = [input_.name for input_ in draft.inputs]
        yield from _by_name(found, draft.body.function, given, item.span)


def check_metric_functions(view: View) -> Found:
    """The functions of metrics: file, name, and number of inputs, which are handed over by place."""
    for entry, draft in view.own(MetricDraft):
        declaration = entry.declaration
        if draft.function is None or not isinstance(declaration, nodes.MetricDeclaration) or declaration.path is None:
            continue
        found = _function(view, draft.function, declaration.path, declaration.path.span)
        if isinstance(found, Problem):
            yield entry, found
        elif found is not None and (problem := _by_place(found, draft, declaration.path.span)):
            yield entry, problem


def _function(
    view: View, function: FileFunction, quoted: nodes.String | None, span: Span
) -> Signature | Problem | None:
    """The signature of a function, or what keeps it from being found; None where nothing can be said."""
    match view.samples.python(path_in(view.meaning, function.path)):
        case Absent() as absent:
            problem = file_missing(function.path, span, absent, None)
            return _with_fix(problem, function, quoted, absent.meant)
        case Special(why):
            return Problem(Check.FUNCTION_MISSING, span, f"'{function.path}' {why}; name a Python file.")
        case PythonFile(problem=str(problem)):
            return Problem(Check.FUNCTION_MISSING, span, f"'{function.path}' {problem}.")
        case PythonFile(names, is_open):
            if function.function in names:
                return names[function.function]
            if is_open:
                return None
            functions = [name for name, signature in names.items() if signature is not None]
            meant = did_you_mean(function.function, functions)
            message = (
                f"'{function.path}' has no function '{function.function}'.{suggestion(function.function, functions)}"
            )
            fix = None
            if quoted is not None and meant is not None:
                fix = Fix(f"Change to '{meant}'", (Edit(quoted.content, f"{function.path}:{meant}"),))
            return Problem(Check.FUNCTION_MISSING, span, message, fix=fix)
        case None:
            return None


def _with_fix(problem: Problem, function: FileFunction, quoted: nodes.String | None, meant: str | None) -> Problem:
    if quoted is None or meant is None:
        return problem
    folder, slash, _ = function.path.rpartition("/")
    fix = Fix(f"Change to '{meant}'", (Edit(quoted.content, f"{folder}{slash}{meant}:{function.function}"),))
    return Problem(problem.check, problem.span, problem.message, fix=fix)


def _by_name(signature: Signature, function: FileFunction, given: Sequence[str], span: Span) -> Iterator[Problem]:
    """What a function called by names cannot take, or lacks."""
    extra = [name for name in given if name not in signature.by_name and not signature.takes_any]
    lacking = [name for name in signature.needed if name not in given]
    if None in signature.names:
        message = f"'{function.function}' takes parameters by place alone, but inputs are handed over by name; remove the `/`."
        yield Problem(Check.FUNCTION_MISMATCH, span, message)
    elif extra:
        message = f"'{function.function}' has no parameter '{extra[0]}'.{suggestion(extra[0], signature.by_name)}"
        yield Problem(Check.FUNCTION_MISMATCH, span, message)
    elif lacking:
        message = f"'{function.function}' needs '{lacking[0]}', which is no input of this node; add it, or give the parameter a default."
        yield Problem(Check.FUNCTION_MISMATCH, span, message)


def _by_place(signature: Signature, draft: MetricDraft, span: Span) -> Problem | None:
    count, most = len(draft.inputs), len(signature.names)
    if signature.required <= count and (count <= most or signature.takes_more):
        by_name_alone = [name for name in signature.needed if name not in signature.names[: signature.required]]
        if not by_name_alone or None in signature.names:
            return None
        message = f"'{draft.name}' hands its inputs over by place, but the function needs '{by_name_alone[0]}' by name."
        return Problem(Check.FUNCTION_MISMATCH, span, message)
    takes = f"{most}" if signature.required == most else f"{signature.required} to {most}"
    values = "value" if takes == "1" else "values"
    message = (
        f"The function takes {takes} {values}, but the metric '{draft.name}' has {count} inputs; make them the same."
    )
    return Problem(Check.FUNCTION_MISMATCH, span, message)
