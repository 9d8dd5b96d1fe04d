"""Files of other tools as code actions: each becomes a new file beside the old one, which stays as it is."""

from collections.abc import Iterator

from lsprotocol import types

from prompts_lang.errors import PromptsError
from prompts_lang.graph.problem import Check
from prompts_server.documents import OpenDocument
from prompts_server.session import Session
from prompts_server.uris import uri_of


def conversion_actions(session: Session, document: OpenDocument) -> Iterator[types.CodeAction]:
    """The action that converts a document which is no prompt graph, where its format is known and the editor creates files."""
    foreign = any(problem.check is Check.FOREIGN_FILE for problem in session.workspace.problems(document))
    target = document.path.with_name(f"{document.path.name.removesuffix('.prompt')}.graph.prompt")
    if not foreign or not document.is_file or not session.editor.facts.creates_files or target.exists():
        return
    # Imported here: no other feature needs YAML.
    from prompts_lang.convert.convert import convert  # noqa: PLC0415

    try:
        conversion = convert(document.path)
    except (PromptsError, OSError):
        return
    lost = len(conversion.losses)
    losses = f"; {lost} thing{'s' if lost != 1 else ''} cannot be kept and stand{'' if lost != 1 else 's'} at its top"
    uri, start = uri_of(target), types.Position(0, 0)
    identifier = types.OptionalVersionedTextDocumentIdentifier(uri=uri, version=None)
    edit = types.TextDocumentEdit(identifier, [types.TextEdit(types.Range(start, start), conversion.text)])
    yield types.CodeAction(
        title=f"Convert to the prompt graph {target.name}{losses if lost else ''}",
        kind=types.CodeActionKind.QuickFix,
        edit=types.WorkspaceEdit(document_changes=[types.CreateFile(uri), edit]),
    )
