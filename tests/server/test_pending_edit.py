"""Many edits read as one are what they are one by one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from prompts_lang.syntax.file import SyntaxFile
from prompts_lang.text import Encoding, Span
from prompts_server.pending_edit import PendingEdit
from prompts_server.workspace import Workspace


@given(data=st.data())
def test_edits_put_together_lead_to_the_same_text(data: st.DataObject) -> None:
    before = now = data.draw(st.binary(max_size=12))
    pending: PendingEdit | None = None
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(now)))
        removed = Span(start, data.draw(st.integers(start, len(now))))
        inserted = data.draw(st.binary(max_size=4))
        now = now[: removed.start] + inserted + now[removed.end :]
        pending = PendingEdit.of(removed, len(inserted)) if pending is None else pending.then(removed, len(inserted))
        assert pending is not None
    assert pending is not None
    known, later = pending.known, pending.now
    assert before[: known.start] + now[later.start : later.end] + before[known.end :] == now


def test_edits_far_from_each_other_are_not_one() -> None:
    pending = PendingEdit.of(Span(5_000, 5_000), 1)
    assert pending.then(Span(5_001, 5_001), 1) == PendingEdit(Span(5_000, 5_000), Span(5_000, 5_002))
    assert pending.then(Span(9_000, 9_000), 1) is None
    assert pending.then(Span(100, 200), 0) is None


LONG = "".join(f"graph g{number}(x: text) -> x\n# {'y' * 400}\n\n" for number in range(8))


@given(data=st.data())
def test_whenever_a_document_is_asked_about_it_is_the_latest_text(data: st.DataObject) -> None:
    """Changes near to each other and far from each other, in one message or in many, whole documents, questions in between."""
    workspace, uri = Workspace(), "untitled:a"
    document = workspace.open(types.TextDocumentItem(uri, "prompt-graph", 1, LONG))
    for version in range(2, 2 + data.draw(st.integers(1, 4))):
        changes: list[types.TextDocumentContentChangeEvent] = []
        for _ in range(data.draw(st.integers(1, 3))):
            text = data.draw(st.sampled_from(["", "z", "\n", "graph h(x: text) -> x\n", "{{x}}", "é"]))
            start = types.Position(data.draw(st.integers(0, 26)), data.draw(st.integers(0, 9)))
            end = types.Position(start.line + data.draw(st.integers(0, 2)), data.draw(st.integers(0, 9)))
            changes.append(types.TextDocumentContentChangePartial(types.Range(start, end), text))
        if data.draw(st.booleans()) and version == 3:
            changes.append(types.TextDocumentContentChangeWholeDocument(LONG.replace("g3", "other")))
        identifier = types.VersionedTextDocumentIdentifier(version, uri)
        changed = workspace.change(identifier, changes, Encoding.UTF_8)
        assert changed is not None
        document = changed
        if data.draw(st.booleans()):
            assert workspace.meaning(document).syntax == SyntaxFile.parse(document.text)
    assert workspace.meaning(document).syntax == SyntaxFile.parse(document.text)
