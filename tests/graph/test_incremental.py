"""What a file means after edits is what it means when it is read for the first time."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompts_lang.analysis.static import StaticChecks, check_static
from prompts_lang.graph.project import FileMeaning, Project
from prompts_lang.syntax.file import SyntaxFile
from prompts_lang.text.span import Span
from tests.graph.editing import CHANGES, Change, edit_of, sources


def project_of(files: dict[Path, bytes]) -> Project:
    return Project(files.get)


def comparable(meaning: FileMeaning) -> tuple[object, ...]:
    resolution = meaning.resolution
    return (
        [(entry.number, entry.index, entry.anchor, entry.graph, entry.waits_for) for entry in meaning.module.entries],
        [(resolved.draft, resolved.problems) for resolved in resolution.resolved],
        {name: list(group.nodes) for name, group in meaning.module.graphs.items()},
        list(meaning.module.names),
        resolution.structure,
        resolution.graphs,
        resolution.names,
        resolution.nodes,
        [meaning.problems(number) for number in range(len(meaning.module.entries))],
        meaning.imports,
        meaning.used,
        meaning.exported,
    )


@settings(max_examples=120)
@given(st.lists(CHANGES, min_size=1, max_size=12), st.data())
def test_edits_lead_to_what_a_fresh_look_finds(changes: list[Change], data: st.DataObject):
    files = sources()
    paths = list(files)
    syntax = {path: SyntaxFile.parse(text) for path, text in files.items()}
    project = Project(dict[Path, bytes]().get)
    checks = StaticChecks(project)
    for path in paths:
        project.put(path, syntax[path])
    history: list[tuple[Path, bytes]] = []
    for change in changes:
        path = paths[change.file % len(paths)]
        if change.kind == "undo" and history:
            path, text = history.pop()
            syntax[path] = SyntaxFile.parse(text, syntax[path])
        else:
            history.append((path, syntax[path].text))
            syntax[path] = syntax[path].edit(*edit_of(change, syntax[path].text))
        project.put(path, syntax[path])
        looked_at = data.draw(st.sampled_from(paths))
        fresh = project_of({file: one.text for file, one in syntax.items()})
        now, then = project.meaning(looked_at), fresh.meaning(looked_at)
        assert now is not None
        assert then is not None
        assert comparable(now) == comparable(then)
        assert checks.problems(looked_at) == check_static(fresh, looked_at)
    for path in paths:
        fresh = project_of({file: one.text for file, one in syntax.items()})
        assert checks.problems(path) == check_static(fresh, path)


def test_a_file_that_nothing_has_changed_keeps_its_meaning():
    files = sources()
    project = project_of(files)
    paths = list(files)
    before = {path: project.meaning(path) for path in paths}
    changed = next(path for path in paths if path.name == "search.prompt")
    text = files[changed]
    project.put(changed, SyntaxFile.parse(text.replace(b"{{query}}", b"Find {{query}}")))
    for path in paths:
        assert (project.meaning(path) is before[path]) is (path != changed)


def test_an_edit_of_a_text_resolves_one_declaration():
    path = Path("/project/multihop.prompt")
    project = project_of(sources())
    before = project.meaning(path)
    assert before is not None
    start = before.syntax.text.index(b"Turn the question")
    project.put(path, before.syntax.edit(Span(start, start), b"Please "))
    after = project.meaning(path)
    assert after is not None
    pairs = zip(before.resolution.resolved, after.resolution.resolved, strict=True)
    assert sum(old is not new for old, new in pairs) == 1
    assert after.resolution.structure is before.resolution.structure


def test_an_edit_of_a_head_resolves_those_that_refer_to_it():
    path = Path("/project/multihop.prompt")
    project = project_of(sources())
    before = project.meaning(path)
    assert before is not None
    place = before.syntax.text.index(b"query: text\n  model student")
    project.put(path, before.syntax.edit(Span(place, place + len(b"query: text")), b"query: integer"))
    after = project.meaning(path)
    assert after is not None
    changed = [
        entry.anchor
        for entry, old, new in zip(
            after.module.entries, before.resolution.resolved, after.resolution.resolved, strict=True
        )
        if old is not new
    ]
    assert changed == ["multihop/plan", "multihop/first"]


def test_a_declaration_that_becomes_another_kind_is_no_longer_what_it_was():
    path = Path("/project/main.prompt")
    text = b'model student = "a/b"\n\ngraph g(q: text) -> n\n\nllm n(q) -> a: text\n  model student\n  user: {{q}}\n'
    project = project_of({path: text})
    before = project.meaning(path)
    assert before is not None
    project.put(path, before.syntax.edit(Span(0, 5), b"modal"))  # The name stands where it stood.
    after = project.meaning(path)
    assert after is not None
    assert comparable(after) == comparable(meaning_of_text(path, after.syntax.text))


GRAPH_OF_TWO = b"""model student = "a/b"

graph g(q: text) -> a = n.a else m.a

llm m(q) -> a: text
  model student
  user: {{q}}

llm n(q = m.a) -> a: text
  when m.a
  model student
  user: {{q}}
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"  when m", b"  learn when m"),  # `when` is a section now, and the node is never skipped
        (b"llm m(q)", b"lm m(q)"),
        (b"llm m(q)", b"lm k(q)"),
        (b"model student =", b"modal student ="),
        (b"model student =", b'use student from "./nowhere.prompt"\nmodel teacher ='),
        (b"llm m", b"llm mm"),
        (b"llm m", b"llm {{m"),  # no name at all
        (b"llm m", b"llm q"),  # the name of an input
        (b"llm m", b"llm n"),  # a name that is taken
        (b"llm m(q)", b"llm m(q = n.a)"),  # a circle
        (b"llm m(q)", b"llm m(r)"),
        (b"llm m(q) -> a: text", b"llm m(q) -> a: integer"),  # the interface of the graph is another one
        (b"llm n(q = m.a)", b"code n(q = m.a)"),
        (b"llm n(q = m.a)", b"call n = h(q)"),
    ],
)
def test_what_one_edit_does_another_takes_back(old: bytes, new: bytes):
    path = Path("/project/main.prompt")
    project = project_of({path: GRAPH_OF_TWO})
    checks = StaticChecks(project)
    assert checks.problems(path) == ()
    syntax, start = SyntaxFile.parse(GRAPH_OF_TWO), GRAPH_OF_TWO.index(old)
    for was, becomes in ((old, new), (new, old)):
        syntax = syntax.edit(Span(start, start + len(was)), becomes)
        project.put(path, syntax)
        after = project.meaning(path)
        assert after is not None
        assert comparable(after) == comparable(meaning_of_text(path, syntax.text))
        assert checks.problems(path) == check_static(project_of({path: syntax.text}), path)


def test_a_node_under_another_name_concerns_its_graph_alone():
    path = Path("/project/main.prompt")
    graphs = b"".join(
        GRAPH_OF_TWO.partition(b"\n\n")[2].replace(b"graph g", b"graph g%d" % number) for number in range(20)
    )
    project = project_of({path: b'model student = "a/b"\n\n' + graphs})
    before = project.meaning(path)
    assert before is not None
    start = before.syntax.text.rindex(b"llm m(") + len(b"llm m")
    project.put(path, before.syntax.edit(Span(start, start), b"m"))
    after = project.meaning(path)
    assert after is not None
    assert comparable(after) == comparable(meaning_of_text(path, after.syntax.text))
    pairs = zip(after.module.entries, before.resolution.resolved, after.resolution.resolved, strict=True)
    assert {entry.graph or entry.anchor for entry, old, new in pairs if old is not new} == {"g19"}


def meaning_of_text(path: Path, text: bytes) -> FileMeaning:
    meaning = project_of({path: text}).meaning(path)
    assert meaning is not None
    return meaning


def test_the_order_in_which_files_are_asked_for_does_not_matter():
    files = {
        Path("/project/a.prompt"): b'use b from "./b.prompt"\ngraph a(x: text) -> x\n',
        Path("/project/b.prompt"): b'use c from "./c.prompt"\ngraph b(x: text) -> x\n',
        Path("/project/c.prompt"): b'use a from "./a.prompt"\ngraph c(x: text) -> x\n',
        Path("/project/d.prompt"): b'use a from "./a.prompt"\n\ngraph d(x: text) -> y = n.x\n\ncall n = a(x)\n',
    }
    found = set()
    for first in files:
        project = project_of(files)
        project.meaning(first)
        found.add(tuple(tuple(problem.code for problem in check_static(project, path)) for path in files))
    assert found == {(("P209",), ("P209",), ("P209",), ())}


def test_a_chain_of_files_may_be_long():
    files = {
        Path(f"/project/f{number}.prompt"): (
            f'use g from "./f{number + 1}.prompt"\n'.encode() if number < 2000 else b"graph g(x: text) -> x\n"
        )
        for number in range(2001)
    }
    project = project_of(files)
    first = project.meaning(Path("/project/f0.prompt"))
    assert first is not None
    assert len(first.used) == 2000
