"""Resolves what is not a node: graphs, models, corpora, datasets, metrics and optimize blocks."""

from __future__ import annotations

from decimal import Decimal

from prompts_lang.graph.builtin_metrics import BUILTIN_METRICS, metric_arity
from prompts_lang.graph.interface import NameKind, Scope
from prompts_lang.graph.model import GraphOutput, Port, SplitByColumn, SplitByRatio, TokenPrice
from prompts_lang.graph.problem import Check, suggestion
from prompts_lang.graph.properties import PROPERTIES
from prompts_lang.graph.resolve.draft import (
    CorpusDraft,
    DatasetDraft,
    GraphDraft,
    MetricDraft,
    ModelDraft,
    OptimizeDraft,
)
from prompts_lang.graph.resolve.heads import output_name
from prompts_lang.graph.resolve.properties import Given, read_properties
from prompts_lang.graph.resolve.report import Report, rename_fix
from prompts_lang.graph.resolve.text import read_section
from prompts_lang.graph.resolve.types import read_type
from prompts_lang.graph.resolve.values import Calls, EmbeddingIndex, Variable, file_function, resolve_name
from prompts_lang.graph.resolve.wiring import check_edge, resolve_source
from prompts_lang.graph.template import Template
from prompts_lang.graph.types import AnyType, JsonValue, TextType, Type
from prompts_lang.syntax import nodes
from prompts_lang.syntax.nodes import Fix
from prompts_lang.text.span import Edit

LANGUAGE_VERSION = 1
"""The version of the language that this program reads."""

SAMPLING = frozenset(
    ("temperature", "top_p", "max_tokens", "frequency_penalty", "presence_penalty", "stop", "reasoning_effort")
)
"""The properties of a model that are passed on to LiteLLM under the same name."""


def check_language(declaration: nodes.LanguageDeclaration, scope: Scope, report: Report) -> None:
    """Reports a version of the language that this program does not know."""
    read_properties(declaration, scope, report)
    version = declaration.version
    if version is not None and version.value != LANGUAGE_VERSION:
        message = (
            f"This program reads language {LANGUAGE_VERSION}, not {version.value}; update it, or change the number."
        )
        fix = Fix(f"Write `language {LANGUAGE_VERSION}`", (Edit(version.span, str(LANGUAGE_VERSION)),))
        report.add(Check.UNKNOWN_LANGUAGE, version.span, message, fix=fix)


def resolve_graph(declaration: nodes.GraphDeclaration, scope: Scope, report: Report) -> GraphDraft | None:
    """The head of a graph. Its scope holds its own inputs and nodes."""
    if declaration.name is None:
        return None
    read_properties(declaration, scope, report)
    inputs: dict[str, Port] = {}
    for parameter in declaration.inputs:
        name = parameter.name.text
        if name in inputs:
            report.add(Check.DUPLICATE_NAME, parameter.name.span, f"The input '{name}' is given twice.")
        inputs[name] = Port(name, read_type(parameter.type, report, TextType()))
    outputs = graph_outputs(declaration, scope, report)
    return None if report.failed else GraphDraft(declaration.name.text, tuple(inputs.values()), outputs)


def graph_outputs(declaration: nodes.GraphDeclaration, scope: Scope, report: Report) -> tuple[GraphOutput, ...]:
    """The outputs that could be resolved."""
    outputs: dict[str, GraphOutput] = {}
    for output in declaration.outputs:
        name = output_name(output, scope.nodes)
        if name is None or output.source is None:
            continue
        if name in outputs:
            report.add(
                Check.DUPLICATE_NAME, output.span, f"The output '{name}' is given twice; name one, as in `other = …`."
            )
            continue
        if (resolved := resolve_source(output.source, scope, report)) is not None:
            source, type_ = resolved
            declared = read_type(output.type, report, type_)
            check_edge(declared, type_, source, output.source, report, f"the output '{name}'", output.type)
            outputs[name] = GraphOutput(name, declared, source)
    return tuple(outputs.values())


def resolve_model(declaration: nodes.ModelDeclaration, scope: Scope, report: Report) -> ModelDraft | None:
    """A model."""
    given = read_properties(declaration, scope, report)
    if declaration.name is None or declaration.model_id is None:
        return None
    model_id = declaration.model_id
    if not model_id.value.strip():
        report.add(Check.BAD_VALUE, model_id.span, 'A model needs an id, as in `model student = "openai/gpt-4o-mini"`.')
    fallback = given.get("else", str)
    parameters: list[tuple[str, JsonValue]] = []
    for rule in PROPERTIES:
        if "model" in rule.on and rule.word in SAMPLING:
            value = next(iter(given.values.get(rule.word, [])), None)
            if isinstance(value, tuple):
                parameters.append((rule.word, list(value)))
            elif isinstance(value, str | int | float):
                parameters.append((rule.word, value))
    return (
        None
        if report.failed
        else ModelDraft(
            declaration.name.text,
            model_id.value,
            tuple(sorted(parameters, key=lambda pair: pair[0])),
            given.get("retry", int),
            given.number("timeout"),
            given.get("concurrency", int),
            given.get("base", str) or given.get("base", Variable),
            given.get("key", Variable),
            given.get("price", TokenPrice),
            fallback,
        )
    )


def resolve_corpus(declaration: nodes.CorpusDeclaration, scope: Scope, report: Report) -> CorpusDraft | None:
    """A corpus."""
    given = read_properties(declaration, scope, report)
    if declaration.name is None or declaration.path is None or report.failed:
        return None
    return CorpusDraft(
        declaration.name.text,
        declaration.path.value,
        given.get("text", str) or "text",
        given.get("id", str) or "id",
        given.get("index", EmbeddingIndex),
    )


def resolve_dataset(declaration: nodes.DatasetDeclaration, scope: Scope, report: Report) -> DatasetDraft | None:
    """A dataset."""
    given = read_properties(declaration, scope, report)
    if declaration.name is None:
        return None
    cases: tuple[dict[str, JsonValue], ...] = tuple(
        value for value in given.values.get("case", []) if isinstance(value, dict)
    )
    if declaration.path is None and not any(item.word.text == "case" for item in declaration.items):
        message = f"The dataset '{declaration.name.text}' has no rows: add `from \"data.jsonl\"`, or a `case` line."
        report.add(Check.MISSING_PROPERTY, declaration.head_span, message)
    if report.failed:
        return None
    split = given.get("split", SplitByRatio) or given.get("split", SplitByColumn) or SplitByRatio(40, 30, 30)
    expect = next((value for value in given.values.get("expect", []) if isinstance(value, tuple)), ())
    path = None if declaration.path is None else declaration.path.value
    return DatasetDraft(declaration.name.text, path, expect, split, cases)


def resolve_metric(declaration: nodes.MetricDeclaration, scope: Scope, report: Report) -> MetricDraft | None:
    """A metric."""
    given = read_properties(declaration, scope, report)
    if declaration.name is None:
        return None
    name = declaration.name.text
    rubric = _rubric(declaration, given, report)
    function = None
    if declaration.path is not None and (function := file_function(declaration.path.value)) is None:
        message = 'A metric from a file is written `metric score(answer, expected) from "metrics.py:score"`.'
        report.add(Check.BAD_VALUE, declaration.path.span, message)
    builtin = declaration.builtin
    if builtin is not None and builtin.text not in BUILTIN_METRICS:
        message = f"There is no built-in metric '{builtin.text}'.{suggestion(builtin.text, BUILTIN_METRICS)}"
        report.add(Check.UNKNOWN_METRIC, builtin.span, message, fix=rename_fix(builtin, BUILTIN_METRICS))
    judge = None if declaration.judge is None else resolve_name(declaration.judge, NameKind.MODEL, scope, report)
    if declaration.judge is not None and rubric is None:
        report.add(
            Check.MISSING_PROPERTY,
            declaration.head_span,
            "A judge needs a `rubric:` section that says what it looks for.",
        )
    _check_arity(declaration, name, report)
    if report.failed or (builtin is None and function is None and judge is None):
        return None
    inputs = tuple(parameter.name.text for parameter in declaration.inputs)
    return MetricDraft(name, inputs, builtin.text if builtin else None, function, judge, rubric)


def _rubric(declaration: nodes.MetricDeclaration, given: Given, report: Report) -> Template | None:
    """The rubric, whose placeholders are inputs of the metric; None where there is none, or nothing in it."""
    ports: dict[str, Type] = {parameter.name.text: AnyType() for parameter in declaration.inputs}
    for section in given.sections:
        if section.word.text == "rubric":
            template = read_section(section, "rubric", ports, report).template
            return template if template.source else None
    return None


def _check_arity(declaration: nodes.MetricDeclaration, name: str, report: Report) -> None:
    """A metric needs something to score; a built-in one as many values as it compares."""
    count = len(declaration.inputs)
    builtin = declaration.builtin.text if declaration.builtin else ""
    wanted = metric_arity(builtin)
    if wanted is None:
        if count == 0:
            message = f"Say what is scored, as in `metric {name}(answer, expected) = f1`."
            report.add(Check.METRIC_ARITY, declaration.head_span, message)
    elif count != wanted:
        takes = "one value" if wanted == 1 else "an output and what was expected"
        example = f"metric {name}({'ok' if wanted == 1 else 'answer, expected'}) = {builtin}"
        report.add(Check.METRIC_ARITY, declaration.head_span, f"'{builtin}' takes {takes}, as in `{example}`.")


def resolve_optimize(declaration: nodes.OptimizeDeclaration, scope: Scope, report: Report) -> OptimizeDraft | None:
    """An optimize block."""
    given = read_properties(declaration, scope, report)
    if declaration.graph is None or declaration.dataset is None:
        return None
    graph = resolve_name(declaration.graph, NameKind.GRAPH, scope, report)
    dataset = resolve_name(declaration.dataset, NameKind.DATASET, scope, report)
    maximize, minimize = given.get("maximize", str), given.get("minimize", str)
    metric = maximize or minimize
    words = {item.word.text: item for item in declaration.items}
    missing = [] if {"maximize", "minimize"} & words.keys() else ["maximize METRIC"]
    missing += [f"{word} MODEL" for word in ("critic", "rewriter") if word not in words]
    if missing:
        *others, last = [f"`{line}`" for line in missing]
        listed = f"{', '.join(others)} and {last}" if others else last
        report.add(Check.MISSING_PROPERTY, declaration.head_span, f"An optimize block needs {listed}.")
    if maximize and minimize:
        message = "One metric is maximised or minimised, not two; keep one of the lines."
        report.add(Check.DUPLICATE_PROPERTY, words["minimize"].span, message)
    critic, rewriter = given.get("critic", str), given.get("rewriter", str)
    if report.failed or not (graph and dataset and metric and critic and rewriter):
        return None
    calls = given.get("budget", Calls)
    rounds, seed = given.get("rounds", int), given.get("seed", int)
    return OptimizeDraft(
        graph,
        dataset,
        metric,
        maximize is not None,
        critic,
        rewriter,
        given.get("budget", Decimal),
        None if calls is None else calls.count,
        8 if rounds is None else rounds,
        0 if seed is None else seed,
    )
