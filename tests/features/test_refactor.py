"""Changes of a graph's shape. `‸` is the cursor, or `⟦…⟧` the selection."""

from __future__ import annotations

import pytest

from prompts_lang.features.refactor import refactorings
from prompts_lang.graph.slots import apply_edits
from prompts_lang.text.span import Span
from tests.features.marked import MAIN, errors, marked


def changes(text: str) -> dict[str, str]:
    """The file after each refactoring that is offered, by title."""
    files = marked(text)
    project = files.project
    meaning = project.meaning(MAIN)
    assert meaning is not None
    span = files.places[0][1] if files.places else Span(files.cursor, files.cursor)
    found = refactorings(project, meaning, span)
    return {one.title: apply_edits(files.files[MAIN], one.edits).decode() for one in found}


MODEL = 'model m = "x/y"\n\n'
EXTRACT = "Extract the selected text into a node"
SPLIT = "Split the prompt here: what stands above becomes a node that comes first"

CASES = {
    "a part of a system message": (
        EXTRACT,
        (
            "graph g(q) -> reply\n\n"
            "llm reply(q) -> answer: text\n  model m\n  learn system:\n    ⟦List what is asked.⟧\n    Answer it.\n"
            "  user: {{q}}\n"
        ),
        (
            "graph g(q) -> reply\n\n"
            "llm draft(q) -> draft: text\n  model m\n  learn system:\n    List what is asked.\n  user:\n    {{q}}\n\n"
            "llm reply(q, draft = draft.draft) -> answer: text\n  model m\n  learn system:\n    {{draft}}\n    Answer it.\n  user: {{q}}\n"
        ),
    ),
    "a part of a user message with its input alone": (
        EXTRACT,
        (
            "graph g(q, r) -> reply\n\n"
            "llm reply(q, r) -> answer: text\n  model m\n  user:\n    ⟦Sum up: {{r}}⟧\n    {{q}}\n"
        ),
        (
            "graph g(q, r) -> reply\n\nllm draft(r) -> draft: text\n  model m\n  user:\n    Sum up: {{r}}\n\n"
            "llm reply(q, r, draft = draft.draft) -> answer: text\n  model m\n  user:\n    {{draft}}\n    {{q}}\n"
        ),
    ),
    "the paragraphs above the cursor": (
        SPLIT,
        (
            "graph g(q) -> reply\n\nllm reply(q) -> answer: text\n  model m\n  user:\n    Think about {{q}}.\n\n"
            "    Answer‸ it.\n"
        ),
        (
            "graph g(q) -> reply\n\nllm draft(q) -> draft: text\n  model m\n  user:\n    Think about {{q}}.\n\n"
            "llm reply(q, draft = draft.draft) -> answer: text\n  model m\n  user:\n    {{draft}}\n\n    Answer it.\n"
        ),
    ),
    "a node that one other reads": (
        "Inline the prompt of 'plan' into 'reply'",
        (
            "graph g(q) -> reply\n\n"
            "llm ‸plan(v = q) -> steps\n  model m\n  system:\n    Think about {{v}}.\n    Be brief.\n  user: {{v}}\n\n"
            "llm reply(q, s = plan.steps) -> answer\n  model m\n  user:\n    First: {{s}}\n    {{q}}\n"
        ),
        (
            "graph g(q) -> reply\n\n"
            "llm reply(q) -> answer\n  model m\n  user:\n    First: Think about {{q}}.\n    Be brief.\n    {{q}}\n"
        ),
    ),
    "a call": (
        "Inline the graph 'find' into 'main'",
        (
            "graph main(q) -> s.out, w = b.w\n\ncall ‸s = find(x = q)\n\ncode b(v = s) -> w\n  python: w = v\n\n"
            "graph find(x) -> out = b.o\n\ncode a(x) -> o\n  python: o = x\n\n"
            "code b(y = a) -> o\n  when a.o\n  python: o = y\n"
        ),
        (
            "graph main(q) -> b2.o, w = b.w\n\ncode a(x = q) -> o\n  python: o = x\n\n"
            "code b2(y = a.o) -> o\n  when a.o\n  python: o = y\n\n"
            "code b(v = b2.o) -> w\n  python: w = v\n\n"
            "graph find(x) -> out = b.o\n\ncode a(x) -> o\n  python: o = x\n\n"
            "code b(y = a) -> o\n  when a.o\n  python: o = y\n"
        ),
    ),
    "some nodes of a graph": (
        "Extract 2 nodes into a graph",
        (
            "graph main(q) -> c.z\n\n⟦code a(q) -> x: text\n  python: x = q\n\n"
            "code b(v = a) -> y: integer\n⟧  python: y = v\n\n"
            "code c(w = b.y, q) -> z\n  python: z = w\n"
        ),
        (
            "graph main(q) -> c.z\n\ncall part = part(q)\n\ncode c(w = part.y, q) -> z\n  python: z = w\n\n"
            "graph part(q: text) -> y = b.y\n\ncode a(q) -> x: text\n  python: x = q\n\n"
            "code b(v = a) -> y: integer\n  python: y = v\n"
        ),
    ),
    "the last nodes of a file": (
        "Extract 2 nodes into a graph",
        (
            "graph main(q) -> c.z, b.y\n\ncode a(q) -> x: text\n  python: x = q\n\n"
            "⟦code b(v = a) -> y: integer\n  python: y = v\n\n"
            "code c(w = b.y, v = a.x) -> z: text\n⟧  python: z = w\n"
        ),
        (
            "graph main(q) -> part.z, part.y\n\ncode a(q) -> x: text\n  python: x = q\n\ncall part = part(x = a.x)\n\n"
            "graph part(x: text) -> z = c.z, y = b.y\n\ncode b(v = x) -> y: integer\n  python: y = v\n\n"
            "code c(w = b.y, v = x) -> z: text\n  python: z = w\n"
        ),
    ),
}


@pytest.mark.parametrize(("title", "before", "after"), CASES.values(), ids=CASES.keys())
def test_the_shape_changes(title: str, before: str, after: str):
    found = changes(MODEL + before)
    assert found[title] == MODEL + after
    assert errors(marked(found[title]).project, [MAIN]) == []


NOT_OFFERED = {
    "half of a placeholder": "graph g(q) -> a\n\nllm a(q) -> o\n  model m\n  user: Say ⟦{{⟧q}}\n",
    "white space": "graph g(q) -> a\n\nllm a(q) -> o\n  model m\n  user: Say⟦ ⟧{{q}}\n",
    "a first paragraph": "graph g(q) -> a\n\nllm a(q) -> o\n  model m\n  user:\n    Sa‸y.\n\n    {{q}}\n",
    "a node that two read": (
        "graph g(q) -> a, b\n\nllm ‸p(q) -> s\n  model m\n  user: {{q}}\n\n"
        "llm a(s = p) -> o\n  model m\n  user: {{s}}\n\n"
        "llm b(s = p) -> u\n  model m\n  user: {{s}}\n"
    ),
    "a node with a contract": (
        "graph g(q) -> a\n\nllm ‸p(q) -> s\n  model m\n  user: {{q}}\n  ensure s is not empty\n\n"
        "llm a(s = p) -> o\n  model m\n  user: {{s}}\n"
    ),
    "a loop": "graph g(q) -> c.q\n\ncall ‸c = h(q)\n  repeat until ok, at most 2\n\ngraph h(q) -> q, ok = q\n",
    "nodes with one in between that waits for them": (
        "graph g(q) -> c\n\n⟦code a(q) -> x\n  python: x = q\n\n⟧code b(a) -> y\n  python: y = a\n\ncode c(b) -> z\n  python: z = b\n"
    ),
    "all nodes of a graph": "graph g(q) -> b\n\n⟦code a(q) -> x\n  python: x = q\n\n"
    "code b(v = a) -> y\n⟧  python: y = v\n",
}


@pytest.mark.parametrize("text", NOT_OFFERED.values(), ids=NOT_OFFERED.keys())
def test_what_would_break_the_graph_is_not_offered(text: str):
    assert changes(MODEL + text) == {}


def test_a_circle_is_never_made():
    text = (
        "graph g(q) -> c.z\n\n⟦code a(q) -> x\n  python: x = q\n\ncode c(w = b.y) -> z\n⟧  python: z = w\n\n"
        "code b(v = a.x) -> y\n  python: y = v\n"
    )
    assert changes(text) == {}
