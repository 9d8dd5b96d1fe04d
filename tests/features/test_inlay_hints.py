"""What stands between the words."""

from __future__ import annotations

from prompts_lang.features.hover import NO_FACTS, NodeFacts
from prompts_lang.features.inlay_hints import HintKind, inlay_hints
from prompts_lang.text.span import Span
from tests.features.marked import MAIN, marked

SOURCE = """model m = "x/y"
corpus wiki from "wiki.jsonl"

graph main(q: text, n: integer) -> b.out, first = a.found

retrieve a(q, top = n) -> found
  from wiki
  query: {{q}}

llm b(q, ps = a.found, v: text = q) -> out
  model m
  learn system:
    Twelve bytes
  user: {{q}} {{ps}}
"""


def shown(source: str, *kinds: HintKind, span: Span | None = None, facts: NodeFacts = NO_FACTS) -> str:
    """The source with the hints of these kinds in double angles."""
    meaning = marked(source).project.meaning(MAIN)
    assert meaning is not None
    text = source.encode()
    for hint in reversed(inlay_hints(meaning, span or Span(0, len(text)), lambda _graph, _node: facts)):
        if hint.kind in kinds:
            text = text[: hint.offset] + f"«{hint.text}»".encode() + text[hint.offset :]
    return text.decode()


def test_inferred_types_stand_behind_what_has_none():
    text = shown(SOURCE, HintKind.TYPE)
    assert "-> b.out«: text», first = a.found«: list[text]»" in text
    assert "retrieve a(q«: text», top«: integer» = n)" in text
    assert "llm b(q«: text», ps«: list[text]» = a.found, v: text = q)" in text


def test_texts_in_lines_of_their_own_have_their_size():
    text = shown(SOURCE, HintKind.TOKENS)
    assert text.count("«") == 1
    assert "learn system:«≈ 3 tokens»" in text


def test_a_node_that_has_run_has_its_score_and_cost():
    facts = NodeFacts(score=0.62, rows=60, usd=0.0004, seconds=1.234)
    text = shown(SOURCE, HintKind.SCORE, facts=facts)
    assert "-> found«62 % on 60 rows · $0.00040 · 1.23 s»\n" in text
    assert shown(SOURCE, HintKind.SCORE) == SOURCE


def test_only_what_is_on_the_screen_has_hints():
    start = SOURCE.index("llm b")
    text = shown(SOURCE, *HintKind, span=Span(start, start + 3))
    assert "«" not in text[:start]
    assert "«" in text


def test_broken_declarations_have_no_wrong_hints():
    for broken in ("graph (", "llm b(q, = ) ->\n", "graph g(q) -> nothing.here\n", "llm b(q"):
        assert "«: unknown" not in shown(broken, *HintKind)
