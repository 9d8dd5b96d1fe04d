#!/usr/bin/env python3
"""Writes the reference, `docs/reference/`, from the tables of the language.

    scripts/make_reference.py            writes the pages
    scripts/make_reference.py --check    writes nothing; exit code 1 where a page is not what it would write

The examples of the checks are cases of the tests. Each is checked while the page is made, so that it shows what the checker says.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from prompts_lang.analysis.data import check_data  # noqa: E402
from prompts_lang.analysis.static import check_static  # noqa: E402
from prompts_lang.graph.builtin_metrics import BUILTIN_METRICS, metric_arity  # noqa: E402
from prompts_lang.graph.located import LocatedProblem  # noqa: E402
from prompts_lang.graph.problem import CHECKS, Check  # noqa: E402
from prompts_lang.graph.properties import (  # noqa: E402
    CONDITIONS,
    DECLARATIONS,
    NODES,
    SIGNATURES,
    Property,
    Takes,
    properties_of,
)
from prompts_lang.graph.template import FORMATTERS  # noqa: E402
from prompts_lang.graph.types import TYPE_FORMS  # noqa: E402
from tests.analysis.fixture import MAIN, Case, annotate, read_cases  # noqa: E402
from tests.analysis.run import ENVIRONMENT, prompt_files, written  # noqa: E402

PAGES = ROOT / "docs" / "reference"
FIXTURES = sorted((ROOT / "tests" / "analysis").glob("*checks/*.fixture"))
NOTE = "<!-- Made by scripts/make_reference.py from the tables of the language. Do not edit. -->"
FENCES = {".prompt": "", ".py": "python", ".jsonl": "json", ".csv": "csv"}
LONG_TEXT = "word " * 20_000
TOO_LONG = """model small = "openai/gpt-4"

graph main(question: text) -> reply

llm reply(question) -> answer: text
  model small
  user: {{question}} …
"""
"""The example of the one check that needs more text than a page can show: `…` stands for a lot of it."""
COMMON = ("when", "each", "ensure", "frozen")
"""Properties of all nodes, which are explained once."""


def main() -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(description="Writes docs/reference from the tables of the language.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 where a page is stale")
    only_check = parser.parse_args().check
    stale = [name for name, text in pages().items() if not _is(PAGES / name, text)]
    if only_check:
        for name in stale:
            sys.stderr.write(f"docs/reference/{name} is stale: run scripts/make_reference.py\n")
        return 1 if stale else 0
    PAGES.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (PAGES / name).write_text(text, encoding="utf-8")
    sys.stdout.write(f"written: {', '.join(stale) if stale else 'nothing has changed'}\n")
    return 0


def pages() -> dict[str, str]:
    """Every page by its name."""
    return {"language.md": _joined(language()), "checks.md": _joined(checks())}


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _joined(parts: Iterator[str]) -> str:
    return "\n\n".join(parts) + "\n"


# ------------------------------------------------------------------------------------------------------------- the language


def language() -> Iterator[str]:
    """The page on declarations, properties, types, formatters, conditions and metrics."""
    yield "# The language"
    yield NOTE
    yield (
        "Everything that may stand in a `.prompt` file. The [tutorial](../language.md) explains it from the beginning; what can be wrong, "
        "and what to do then, is in [the checks](checks.md)."
    )
    yield (
        "| column | what stands there |\n|---|---|\n| 0 | a declaration, or `#` and a comment |\n"
        "| 2 | a property of the declaration above, or a comment |\n| 4 or deeper | text: the lines of the section above that ends in `:` |"
    )
    yield (
        "Comments directly above a declaration are its documentation, which an editor shows. A text of one line may stand behind the "
        "colon. What a model writes into a text can never end it: it is indented line by line."
    )
    yield "## Declarations"
    yield _table(("declaration", "meaning"), [(f"[`{form.form}`](#{form.keyword})", form.doc) for form in DECLARATIONS])
    for form in DECLARATIONS:
        yield f"### {form.keyword}"
        yield f"```\n{form.form}\n```"
        yield form.doc
        rules = [rule for rule in properties_of(form.keyword) if not (form.keyword in NODES and rule.word in COMMON)]
        if rules:
            yield _properties(rules)
        if form.keyword in NODES:
            yield "And [what every node may have](#every-node)."
    yield "### every node"
    yield "Nodes of all kinds may have these properties."
    yield _properties([rule for rule in properties_of("llm") if rule.word in COMMON])
    yield "## Signatures"
    yield (
        "Edges are in the signature. A node names its inputs, and its text knows these names only, so rewiring or renaming a node touches "
        "no text. Wiring has no cycles; loops are `call … ` with `repeat`."
    )
    yield _table(("written", "meaning"), [(f"`{_cell(form)}`", doc) for form, doc in SIGNATURES])
    yield "## Types"
    yield 'Of inputs, outputs and fields. A type in brackets is that type, as in `("yes" | "no")?`.'
    yield _table(("type", "meaning"), [(f"`{_cell(form)}`", doc) for form, doc in TYPE_FORMS.items()])
    yield "## Placeholders and formatters"
    yield (
        "`{{name}}` stands for an input of the node, `{{name.field}}` for a field in it. Any other brace is text, and `\\{{` writes two "
        "braces. Formatters follow behind `|`, one after the other: `{{passages | first 3 | numbered}}`."
    )
    yield _table(("formatter", "gives"), [(f"`{name}`", _sentence(doc)) for name, doc in FORMATTERS.items()])
    yield "## Conditions"
    yield "Behind `when`, `ensure` and `repeat until`."
    yield _table(("condition", "meaning"), [(f"`{_cell(form)}`", doc) for form, doc in CONDITIONS])
    yield "## Built-in metrics"
    yield "Written as `metric NAME(output, expected) = f1`. Every score is from 0 to 1."
    rows = [(f"`{name}`", str(metric_arity(name)), doc) for name, doc in BUILTIN_METRICS.items()]
    yield _table(("metric", "inputs", "score"), rows)


def _properties(rules: list[Property]) -> str:
    rows = [
        (f"`{rule.word}`", _takes(rule), _default(rule), _meaning(rule), f"`{_cell(rule.example)}`") for rule in rules
    ]
    return _table(("property", "takes", "default", "meaning", "example"), rows)


def _takes(rule: Property) -> str:
    if rule.words:
        return ", ".join(f"`{word}`" for word in rule.words)
    if rule.takes is Takes.NAME and rule.names is not None:
        return f"the name of a {rule.names}"
    kind = "a whole number" if rule.takes is Takes.INTEGER and rule.range else rule.takes.value
    return f"{kind}, {rule.range}" if rule.range else kind


def _default(rule: Property) -> str:
    return "needed" if rule.required else f"`{rule.default}`" if rule.default is not None else ""


def _meaning(rule: Property) -> str:
    notes = ["May be learned."] if rule.learnable else []
    notes += ["May stand several times."] if rule.repeatable else []
    return " ".join([rule.doc, *notes])


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}."


# --------------------------------------------------------------------------------------------------------------- the checks


def checks() -> Iterator[str]:
    """The page on the checks: what each one finds, an example with what the checker says, and the way out."""
    yield "# The checks"
    yield NOTE
    yield (
        "What `prompts check` and the editor find without running anything. Codes are stable. Only errors keep a graph from running; "
        "`prompts check --strict` counts warnings, too. Under the examples stands what the checker says of them, below the words that it "
        "means; a second place that matters is underlined with `~`."
    )
    yield _table(
        ("code", "severity", "what"),
        [(f"[{check.value}](#{_anchor(check)})", info.severity.value, info.title) for check, info in CHECKS.items()],
    )
    examples = {case.title.split()[0]: case for path in FIXTURES for case in reversed(read_cases(path))}
    for check, info in CHECKS.items():
        yield f"## {check.value} {info.title}"
        yield f"*{info.severity.value.capitalize()}.* {info.doc}"
        if check is Check.PROMPT_TOO_LONG:
            yield from _long_example(check)
        else:
            yield from _example(check, examples[check.value])
        yield f"**What to do:** {info.way_out}"


def _anchor(check: Check) -> str:
    words = "".join(letter for letter in CHECKS[check].title.lower() if letter.isalnum() or letter in " -")
    return f"{check.value.lower()}-{words.replace(' ', '-')}"


def _example(check: Check, case: Case) -> Iterator[str]:
    found = _checked(case.sources)
    for name, text in case.files.items():
        yield _block(name, annotate(case.sources[name], Path(name), found) if name.endswith(".prompt") else text)
    fixes = [problem.fix.title for problem in found if problem.check is check and problem.fix is not None]
    if not any(problem.check is check for problem in found):
        raise SystemExit(f"the example of {check.value} does not raise it: {case.title}")
    if fixes:
        yield f"Quick fix: *{fixes[0]}*."


def _long_example(check: Check) -> Iterator[str]:
    (problem,) = _checked({MAIN: TOO_LONG.replace("…", LONG_TEXT)})
    if problem.check is not check:
        raise SystemExit(f"the example of {check.value} does not raise it")
    yield _block(MAIN, annotate(TOO_LONG, Path(MAIN), [problem]))


def _checked(sources: dict[str, str]) -> list[LocatedProblem]:
    """What the checker says of files, with their names as paths: what is static first, what shows in data where that finds nothing."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        project = written(root, sources)
        found: list[LocatedProblem] = []
        for name in prompt_files(sources):
            static = check_static(project, root / name)
            found.extend(static or check_data(project, root / name, ENVIRONMENT))
        return [_without_folder(problem, root) for problem in found]


def _without_folder(problem: LocatedProblem, root: Path) -> LocatedProblem:
    related = tuple(replace(place, file=place.file.relative_to(root)) for place in problem.related)
    return replace(problem, file=problem.file.relative_to(root), related=related)


def _block(name: str, text: str) -> str:
    fence = f"```{FENCES.get(Path(name).suffix, '')}\n{text.rstrip()}\n```"
    return fence if name == MAIN else f"`{name}`:\n\n{fence}"


if __name__ == "__main__":
    sys.exit(main())
