"""`language`, `use`, comments, and files of other tools."""

from __future__ import annotations

import pytest

from prompts_lang.features.hover import hover
from prompts_lang.graph.project import Project
from tests.language.running import MAIN, STUDENT, Language

SHARED = (
    STUDENT
    + """corpus wiki from "wiki.jsonl"

dataset rows
  expect answer
  split by part
  case question = "1", answer = "1", part = "test"

metric score(answer, expected) = exact

# Says it again.
graph again(text: text) -> text = say.out

llm say(text) -> out: text
  model student
  learn user: {{text}}
"""
)
USING = """language 1

use again, student, wiki, rows, score from "./shared.prompt"

graph main(question: text) -> answer = first.text, second = own.out, found = look.passages

call first = again(text = question)

llm own(question) -> out: text
  model student
  user: {{question}}

retrieve look(question) -> passages: list[text]
  from wiki
  query: {{question}}

optimize main on rows
  maximize score
  critic student
  rewriter student
  budget 10 calls
"""
DOCUMENTS = '{"id": "a", "text": "Alpha."}\n'


async def test_names_of_every_kind_come_from_another_file(language: Language):
    language.write(USING, shared__prompt=SHARED, wiki__jsonl=DOCUMENTS)
    ran = await language.run(question="alpha", allowed=("P604",))
    assert ran.outputs == {"answer": "[alpha]", "second": "[alpha]", "found": ["Alpha."]}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("use again,", "use agian,", "P201"),
        ("./shared.prompt", "./shard.prompt", "P208"),
        ("text = question", "txt = question", "P305"),
        ("language 1", "language 2", "P105"),
        ("graph main", "graph again", "P202"),
    ],
)
def test_mistakes_are_told(language: Language, old: str, new: str, code: str):
    language.write(USING.replace(old, new), shared__prompt=SHARED, wiki__jsonl=DOCUMENTS)
    assert code in language.told()


def test_files_may_not_use_each_other(language: Language):
    back = f'use main from "./main.prompt"\n\n{SHARED}'
    language.write(USING, shared__prompt=back, wiki__jsonl=DOCUMENTS)
    assert "P209" in language.told()


def test_comments_above_a_declaration_are_its_documentation(language: Language):
    language.write(USING, shared__prompt=SHARED, wiki__jsonl=DOCUMENTS)
    project = Project()
    meaning = project.meaning(language.folder / MAIN)
    assert meaning is not None
    place = meaning.syntax.text.index(b"again(text")
    found = hover(project, meaning.path, place)
    assert found is not None
    assert "Says it again." in found.markdown


async def test_comments_stand_at_two_columns_and_are_no_text(language: Language):
    language.write(
        "# One.\n\n"
        + STUDENT.replace("  retry 0\n", "  # two\n  retry 0  # three\n")
        + "# Four.\ngraph main(question: text) -> a\n\n"
        "llm a(question) -> out: text\n  # five\n  model student\n  user:\n    # six\n    {{question}}\n  # seven\n"
    )
    assert (await language.run(question="x")).asked == [[("user", "# six\nx")]]


@pytest.mark.parametrize(
    "foreign",
    [
        "---\nmodel: googleai/gemini\n---\nSay {{this}}.\n",
        "<system>You help.</system>\n",
        "Write a poem.\nAbout the sea.\n",
    ],
)
def test_a_file_of_another_tool_is_left_alone(language: Language, foreign: str):
    language.write(foreign)
    assert language.told() == ["P106"]
