"""What is said at the mouse: `‸` is the mouse, `⟦…⟧` the words that it explains."""

from __future__ import annotations

from dataclasses import replace

import pytest

from prompts_lang.features.hover import Failure, Hover, NodeFacts, hover
from tests.features.marked import MAIN, marked

TEXT = """\
model m = "openai/gpt-4o-mini"
  temperature 0

# Answers questions.
graph qa(question: text) -> short.reply

# Thinks aloud.
llm think(question) -> answer: text
  model m
  learn system:
    Think about {{question}}.

llm short(answer = think.answer) -> reply: text
  model m
  user: {{answer}}

metric score(answer, expected) = exact
"""
FACTS = {
    "think": NodeFacts(
        score=0.625,
        interval=(0.5, 0.75),
        rows=60,
        usd=0.00012,
        seconds=1.5,
        feedback=("Too *long*.",),
        failure=Failure("row-7", 0.0, (("question", "why?"), ("answer", "because `x`"))),
        samples=(("answer", "a long answer"),),
        given=(("question", "what is it?"),),
    ),
    "short": NodeFacts(score=1.0, rows=1, outdated=True),
}


def facts(graph: str, node: str) -> NodeFacts:
    assert graph == "qa"
    return FACTS[node]


def hovered(words: str, marks: str) -> str:
    """The hover where `words` stand in the text, which is checked to explain what `marks` marks."""
    files = marked(TEXT.replace(words, marks, 1))
    found = hover(files.project, MAIN, files.cursor, facts)
    assert isinstance(found, Hover)
    assert [("main.prompt", found.span)] == files.places
    return found.markdown


def test_a_node_with_what_its_runs_have_shown() -> None:
    assert hovered("llm think(", "llm ⟦th‸ink⟧(").split("\n\n") == [
        "```prompt-graph\nllm think(question) -> answer: text\n```",
        "Thinks aloud.",
        "Gives answer: text.",
        "**Score** 0.62 (0.50 to 0.75) on 60 rows",
        "**Per call** $0.00012, 1.50 s",
        "**Feedback**\n- Too \\*long\\*.",
        "**A failing row** row-7 (score 0.00)\n- question: `why?`\n- answer: `` because `x` ``",
    ]


def test_what_is_from_before_an_edit_says_so() -> None:
    said = hovered("llm short(", "llm ⟦sho‸rt⟧(")
    assert said.endswith("*From before your edit:*\n\n**Score** 1.00 on 1 row")


def test_a_node_where_it_is_named_is_the_same() -> None:
    assert hovered("= think.answer", "= ⟦th‸ink⟧.answer") == hovered("llm think(", "llm ⟦th‸ink⟧(")


@pytest.mark.parametrize(
    ("words", "marks", "said"),
    [
        ("{{answer}}", "{{⟦an‸swer⟧}}", ("answer: text", "Filled by `think.answer`.", "For example: `a long answer`")),
        (
            "about {{question}}",
            "about {{⟦ques‸tion⟧}}",
            ("question: text", "Filled by the graph's input `question`.", "For example: `what is it?`"),
        ),
    ],
    ids=["of a node", "of the graph"],
)
def test_a_placeholder_has_a_producer_and_a_sample(words: str, marks: str, said: tuple[str, ...]) -> None:
    for part in said:
        assert part in hovered(words, marks)


def test_an_output_has_a_sample() -> None:
    said = hovered("think.answer", "think.⟦an‸swer⟧")
    assert "think.answer: text" in said
    assert "For example: `a long answer`" in said


def test_a_graph_names_its_nodes() -> None:
    said = hovered("graph qa(", "graph ⟦q‸a⟧(")
    assert "Answers questions." in said
    assert "2 nodes: think, short" in said


def test_a_model_tells_its_settings() -> None:
    said = hovered("  model m\n", "  model ⟦m‸⟧\n")
    assert 'model m = "openai/gpt-4o-mini"' in said
    assert "temperature 0" in said


@pytest.mark.parametrize(
    ("words", "marks"),
    [("learn system", "learn ⟦sys‸tem⟧"), ("graph qa", "⟦gr‸aph⟧ qa"), ("  temperature", "  ⟦temper‸ature⟧")],
)
def test_a_word_of_the_language_has_its_documentation(words: str, marks: str) -> None:
    assert len(hovered(words, marks)) > 40


def test_where_nothing_is_known_nothing_is_said() -> None:
    files = marked(TEXT.replace("Think about", "Thi‸nk about"))
    assert hover(files.project, MAIN, files.cursor, facts) is None
    nothing = replace(FACTS["short"], score=None, outdated=False)
    files = marked(TEXT.replace("llm short(", "llm sho‸rt("))
    found = hover(files.project, MAIN, files.cursor, lambda _graph, _node: nothing)
    assert found is not None
    assert "Score" not in found.markdown
