"""The commands of this server, in one table.

Each takes at most one argument: `{"uri": ..., "graph": NAME}` or `{"uri": ..., "position": ...}` for the graph around a
position, and for those that start a job `"options"` as on the command line. They answer at once, with the id of the job.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from prompts_lang.worker.protocol import Task
from prompts_server.data import as_object, as_text
from prompts_server.graphs import graph_at, main_graph
from prompts_server.jobs import GraphKey
from prompts_server.messages import ErrorCode, RequestError
from prompts_server.report_text import outcome
from prompts_server.text_content import sent_address, suggestion_address, transcript_address
from prompts_server.to_lsp import offset_of

SHOW_PANEL = "prompts/showPanel"
"""Tells an editor that shows the panel itself where it is served."""

if TYPE_CHECKING:
    from prompts_server.documents import OpenDocument
    from prompts_server.session import Session


@dataclass(frozen=True, slots=True)
class Command:
    """One entry of `workspace/executeCommand`.

    Attributes:
        name: Its name in the protocol.
        title: What people see.
        about: What it takes and gives, for the documentation.
        perform: Does it, with the session and the argument as it came; a coroutine where it takes long.
    """

    name: str
    title: str
    about: str
    perform: Callable[["Session", Any], Any]


def _start(task: Task) -> Callable[["Session", Any], dict[str, str]]:
    def perform(session: "Session", argument: Any) -> dict[str, str]:
        document, graph = _target(session, argument)
        if not session.trusted:
            raise _failed("Running a prompt graph calls models and executes the project's code, so it needs trust.")
        if not document.is_file:
            raise _failed("Save the document first: a run keeps its results beside the file.")
        if graph is None:
            raise _failed("Put the cursor into the graph that you mean: this file has several, or none.")
        options = as_object(as_object(argument).get("options"))
        return {"job": session.order(document, graph, task, options)}

    return perform


def _stop(session: "Session", argument: Any) -> dict[str, int]:
    """Stops one job, the jobs of a graph or a document, or everything."""
    match argument:
        case {"job": str(job_id)}:
            return {"stopped": int(session.jobs.stop(job_id))}
        case {"uri": str()}:
            document, graph = _target(session, argument)
            named = {key for job in session.jobs.table if (key := job.key).document == document.key}
            return {"stopped": session.jobs.stop_where(lambda key: key in named and graph in {None, key.graph})}
        case _:
            return {"stopped": session.jobs.stop_where(lambda _: True)}


def _show_report(session: "Session", argument: Any) -> dict[str, Any] | None:
    """Shows what a graph's last job found, and gives its report, as in the command line's `--json`."""
    document, graph = _target(session, argument)
    job = None if graph is None else session.jobs.table.of(GraphKey(document.key, graph))
    if job is None or not job.report:
        return None
    session.editor.show(
        types.MessageType.Info, f"{job.title}: {', '.join(filter(None, (outcome(job.report), job.cost)))}"
    )
    return dict(job.report)


def _preview_rewrite(session: "Session", argument: Any) -> dict[str, str]:
    """Addresses to compare: the document, and how it would be with one rewrite (`"finding": ID`) or with all proven ones."""
    fields = as_object(argument)
    document, _ = _target(session, argument)
    address = suggestion_address(document.uri, as_text(fields.get("finding")) or None)
    return {"original": document.uri, "suggested": address, "title": f"{document.path.name}: suggested rewrite"}


def _show_run(session: "Session", argument: Any) -> dict[str, str]:
    """Shows what a run of a document did (`"run": ID`, else the latest)."""
    document, _ = _target(session, argument)
    return session.show_text(transcript_address(document.uri, as_text(as_object(argument).get("run")) or None))


def _show_prompt(session: "Session", argument: Any) -> dict[str, str]:
    """Shows what a node (`"node": NAME`) was last sent (for `"row": ID`), and what came back."""
    fields = as_object(argument)
    document, graph = _target(session, argument)
    node = as_text(fields.get("node"))
    if graph is None or not node:
        raise RequestError(ErrorCode.INVALID_PARAMS, 'The command needs the "graph" and the "node".')
    return session.show_text(sent_address(document.uri, graph, node, as_text(fields.get("row")) or None))


async def _show_graph(session: "Session", argument: Any) -> dict[str, str]:
    """Gives the address of the panel with a graph, and shows it: in the editor, where that shows panels, or in a browser."""
    # The panel's parts are imported when it is asked for.
    from prompts_server.panel.source import Query  # noqa: PLC0415

    document, graph = _target(session, argument)
    try:
        url = await session.panel_server().url(Query(document.uri, graph))
    except OSError as error:
        raise _failed(f"The panel cannot be served: {error.strerror}.") from error
    if session.editor.shows_panel:
        session.editor.notify(SHOW_PANEL, {"url": url, "uri": document.uri, "graph": graph})
    else:
        session.editor.show_document(url, external=True)
    return {"url": url}


def _target(session: "Session", argument: Any) -> tuple["OpenDocument", str | None]:
    """The document and the graph that an argument names."""
    fields = as_object(argument)
    uri = as_text(fields.get("uri"))
    if not uri:
        raise RequestError(ErrorCode.INVALID_PARAMS, 'The command needs an argument with the "uri" of a document.')
    document = session.workspace.documents.get(uri)
    if document is None:
        raise _failed("The document is not open.")
    meaning = session.workspace.meaning(document)
    match fields:
        case {"graph": str(name)}:
            return document, name
        case {"position": {"line": int(line), "character": int(character)}}:
            position = types.Position(max(line, 0), max(character, 0))
            offset = offset_of(document.content, position, session.editor.facts.encoding)
            return document, graph_at(meaning, offset) or main_graph(meaning.module)
        case _:
            return document, main_graph(meaning.module)


def _failed(message: str) -> RequestError:
    return RequestError(ErrorCode.REQUEST_FAILED, message)


RUN = Command(
    "prompts.run",
    "Run",
    (
        'Runs the graph on one row (`"options": {"row": ID}` or `{"inputs": {NAME: TEXT}}`; else the first row of '
        'its dataset). Gives `{"job": ID}` at once'
    ),
    _start(Task.RUN),
)
EVALUATE = Command(
    "prompts.evaluate",
    "Evaluate",
    (
        'Measures the graph on its test rows, or as `"options"` say (`split`, `rows`, `budget`). Gives `{"job": '
        "ID}` at once"
    ),
    _start(Task.EVALUATE),
)
OPTIMIZE = Command(
    "prompts.optimize",
    "Optimize",
    (
        'Improves the texts of the graph within its budget (`"options"`: `budget`, `rounds`, `seed`). Gives '
        '`{"job": ID}` at once'
    ),
    _start(Task.OPTIMIZE),
)
STOP = Command(
    "prompts.stop",
    "Stop",
    (
        'Stops one job (`{"job": ID}`), those of a document or graph, or all. What was paid for is kept. Gives '
        '`{"stopped": COUNT}`'
    ),
    _stop,
)
SHOW_REPORT = Command(
    "prompts.showReport",
    "Show report",
    "Shows what the graph's last job found, and gives its report as `--json` has it",
    _show_report,
)
PREVIEW_REWRITE = Command(
    "prompts.previewRewrite",
    "Preview rewrite",
    (
        'Gives the addresses of a document and of its suggested version (`"finding": ID`, else all proven '
        'rewrites): `{"original", "suggested", "title"}`'
    ),
    _preview_rewrite,
)
SHOW_RUN = Command(
    "prompts.showRun",
    "Show run",
    'Shows what a run did (`"run": ID`, else the latest), and gives the address of that text: `{"uri"}`',
    _show_run,
)
SHOW_GRAPH = Command(
    "prompts.showGraph",
    "Show graph",
    'Shows the graph panel, and gives its address: `{"url"}`',
    _show_graph,
)
SHOW_PROMPT = Command(
    "prompts.showPrompt",
    "Show prompt as it was sent",
    (
        'Shows what a node (`"node"`, perhaps for one `"row"`) was last sent and what came back, and gives the '
        'address: `{"uri"}`'
    ),
    _show_prompt,
)

COMMANDS = {
    command.name: command
    for command in (
        RUN,
        EVALUATE,
        OPTIMIZE,
        STOP,
        SHOW_REPORT,
        PREVIEW_REWRITE,
        SHOW_RUN,
        SHOW_PROMPT,
        SHOW_GRAPH,
    )
}
