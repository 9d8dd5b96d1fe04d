"""Which actions stand above which line, also while a head is being typed."""

from __future__ import annotations

from prompts_lang.features.lenses import Action, Lens, lenses
from prompts_lang.graph.project import Project
from prompts_lang.syntax.file import SyntaxFile
from tests.features.marked import MAIN

SOURCE = "graph qa(q) -> q\n\ngraph other(q) -> q\n\noptimize qa on rows\n"


def lenses_of(text: str, before: tuple[Lens, ...] = ()) -> tuple[Lens, ...]:
    project = Project()
    project.put(MAIN, SyntaxFile.parse(text.encode()))
    meaning = project.meaning(MAIN)
    assert meaning is not None
    return lenses(meaning, before)


def shown(text: str, found: tuple[Lens, ...]) -> list[tuple[int, str, str]]:
    """Line, graph and action of each lens."""
    return [(text[: lens.span.start].count("\n"), lens.graph, lens.action.value) for lens in found]


WHOLE = [
    (0, "qa", "run"),
    (0, "qa", "evaluate"),
    (0, "qa", "optimize"),
    (2, "other", "run"),
    (4, "qa", "evaluate"),
    (4, "qa", "optimize"),
]


def test_what_can_be_optimised_can_be_run_and_measured():
    assert shown(SOURCE, lenses_of(SOURCE)) == WHOLE


def test_lenses_stay_above_a_head_that_is_broken_for_a_moment():
    before = lenses_of(SOURCE)
    for broken in ("graph (q) -> q", "grap qa(q) -> q", "graph"):
        text = SOURCE.replace("graph qa(q) -> q", broken)
        assert shown(text, lenses_of(text, before)) == WHOLE, broken


def test_actions_stay_while_the_block_that_gives_them_is_typed():
    text = SOURCE.replace("optimize qa on", "optimiz qa on")
    found = shown(text, lenses_of(text, lenses_of(SOURCE)))
    assert found == WHOLE


def test_what_is_gone_for_good_has_no_lenses():
    text = SOURCE.replace("graph other(q) -> q\n\n", "")
    assert [lens.graph for lens in lenses_of(text, lenses_of(SOURCE))] == ["qa"] * 5
    assert lenses_of("", lenses_of(SOURCE)) == ()


def test_a_new_name_takes_the_lenses_with_it():
    text = SOURCE.replace("qa", "ask")
    assert {lens.graph for lens in lenses_of(text, lenses_of(SOURCE))} == {"ask", "other"}
    assert lenses_of(text)[0].action is Action.RUN
