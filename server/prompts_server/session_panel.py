"""The panel over a session: what the editor has open, what its jobs have shown, and the cursor."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from prompts_lang.features.lenses import Lens, lenses
from prompts_lang.graph.slots import named_sections
from prompts_lang.text import Span
from prompts_lang.worker.protocol import JobEvent
from prompts_server.data import as_count, as_number, as_object, as_text
from prompts_server.documents import OpenDocument
from prompts_server.editor import Editor
from prompts_server.findings import Placed, State
from prompts_server.graphs import main_graph
from prompts_server.job_control import JobControl
from prompts_server.jobs import GraphKey, Job
from prompts_server.messages import RequestError
from prompts_server.panel.graph_of import END, START, Drawing, drawing_of
from prompts_server.panel.history import history_of
from prompts_server.panel.protocol import (
    CommandName,
    NodeState,
    NodeStatus,
    PanelFailure,
    PanelGradient,
    PanelGraph,
    PanelJob,
    PanelScore,
    PanelState,
    PanelSuggestion,
    Reveal,
)
from prompts_server.panel.source import PanelError, Query
from prompts_server.results import Results
from prompts_server.to_lsp import Places
from prompts_server.uris import UriKey
from prompts_server.workspace import Workspace

_COMMANDS: tuple[CommandName, ...] = ("run", "evaluate", "optimize", "stop")


class Host(Protocol):
    """What this module needs of the session."""

    @property
    def trusted(self) -> bool:
        """Whether the workspace may run things."""
        ...

    @property
    def editor(self) -> Editor:
        """The editor."""
        ...

    @property
    def workspace(self) -> Workspace:
        """The documents and what they mean."""
        ...

    @property
    def jobs(self) -> JobControl:
        """What runs."""
        ...

    @property
    def results(self) -> Results:
        """What that has brought."""
        ...

    @property
    def shown_lenses(self) -> Mapping[UriKey, tuple[Lens, ...]]:
        """The lenses that were last given for each document: the panel offers the same."""
        ...

    @property
    def places(self) -> Places:
        """Turns places in files into what the editor counts."""
        ...


class SessionPanel:
    """A `Source` over a session.

    Args:
        session: The session.
        perform: Does a command by its short name, on an argument of `workspace/executeCommand`.
    """

    def __init__(self, session: Host, perform: Callable[[str, Mapping[str, Any]], Any]) -> None:
        self._session = session
        self._perform = perform
        self._watchers: set[Callable[[], None]] = set()
        self._drawn: dict[GraphKey, Drawing] = {}
        self._history: dict[GraphKey, tuple[PanelScore, ...]] = {}
        self._cursor: tuple[str, str, str] | None = None

    # --- what the session tells ------------------------------------------------------------------------------------

    def changed(self) -> None:
        """Takes note that anything may have changed."""
        for changed in tuple(self._watchers):
            changed()

    def happened(self, job: Job, event: JobEvent) -> None:
        """Takes note of an event of a job; when it has ended, there may be a new score."""
        if event.event == "finished":
            self._history.pop(job.key, None)
        self.changed()

    def cursor(self, document: OpenDocument, graph: str | None, node: str | None) -> None:
        """Takes note of where the cursor is."""
        self._cursor = None if graph is None or node is None else (document.key, graph, node)
        self.changed()

    # --- what pages ask --------------------------------------------------------------------------------------------

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """See `Source`."""
        self._watchers.add(changed)
        return lambda: self._watchers.discard(changed)

    async def graph(self, query: Query) -> PanelGraph:
        """See `Source`."""
        document, graph = self._asked(query)
        meaning = self._session.workspace.meaning(document)
        key = GraphKey(document.key, graph)
        drawing = drawing_of(meaning, graph)
        stale = drawing is None or not drawing.complete
        if drawing is None:
            drawing = self._drawn.get(key)
        if drawing is None:
            raise PanelError(f"There is no graph '{graph}' in {document.path.name}.")
        self._drawn[key] = drawing
        offered = lenses(meaning, self._session.shown_lenses.get(document.key, ()))
        actions = {lens.action.value for lens in offered if lens.graph == graph}
        commands: tuple[CommandName, ...] = tuple(
            command for command in _COMMANDS if command == "stop" or command in actions
        )
        may_run = self._session.trusted and document.is_file
        return PanelGraph(
            uri=document.uri,
            file=document.path.name,
            graph=graph,
            graphs=tuple(dict.fromkeys([*meaning.module.graphs, graph])),
            nodes=drawing.nodes,
            edges=drawing.edges,
            stale=stale,
            can_reveal=self._session.editor.facts.shows_documents,
            commands=commands if may_run else (),
        )

    async def state(self, query: Query) -> PanelState:
        """See `Source`."""
        document, graph = self._asked(query)
        key = GraphKey(document.key, graph)
        job = self._session.jobs.table.of(key)
        drawing = drawing_of(self._session.workspace.meaning(document), graph) or self._drawn.get(key)
        boxes = () if drawing is None else drawing.nodes
        states = {box.id: self._node(key, box.id) for box in boxes if box.id not in (START, END)}
        samples: dict[str, str] = {}
        for edge in () if drawing is None else drawing.edges:
            sample = states[edge.source].sample if edge.source in states else None
            if sample is not None and edge.label in sample:
                samples[edge.id] = sample[edge.label]
        return PanelState(
            job=None if job is None else _job(job),
            history=await self._scores(key, document.path),
            nodes=states,
            samples=samples,
            gradients=tuple(self._gradients(document, graph)),
        )

    def selected(self, query: Query) -> str | None:
        """See `Source`."""
        try:
            document, graph = self._asked(query)
        except PanelError:
            return None
        return self._cursor[2] if self._cursor is not None and self._cursor[:2] == (document.key, graph) else None

    def reveal(self, query: Query, place: Reveal) -> None:
        """See `Source`."""
        document, graph = self._asked(query)
        span = self._span(document, graph, place)
        location = None if span is None else self._session.places.location(document.path, span)
        if location is None:
            raise PanelError("There is no such place any more.")
        if not self._session.editor.facts.shows_documents:
            raise PanelError("This editor shows no places for others.")
        self._session.editor.show_document(location.uri, selection=location.range)

    def command(self, query: Query, command: CommandName) -> Any:
        """See `Source`."""
        document, graph = self._asked(query)
        try:
            return self._perform(command, {"uri": document.uri, "graph": graph})
        except RequestError as error:
            raise PanelError(error.message) from error

    # --- parts -----------------------------------------------------------------------------------------------------

    def _asked(self, query: Query) -> tuple[OpenDocument, str]:
        document = self._session.workspace.documents.get(query.uri)
        if document is None:
            raise PanelError("The document is not open in the editor.")
        graph = query.graph or main_graph(self._session.workspace.meaning(document).module)
        if graph is None:
            raise PanelError(f"Say which graph of {document.path.name} you mean: it has several, or none.")
        return document, graph

    def _span(self, document: OpenDocument, graph: str, place: Reveal) -> Span | None:
        meaning = self._session.workspace.meaning(document)
        group = meaning.module.graphs.get(graph)
        if group is None:
            return None
        entry = group.head if place.node in (START, END) else group.nodes.get(place.node)
        if entry is None:
            return None
        declaration = entry.declaration
        section = next((one for name, one in named_sections(declaration) if name == place.section), None)
        name = declaration.name or declaration.keyword
        return meaning.position(entry, name.span if section is None else section.head_span)

    def _node(self, key: GraphKey, node: str) -> NodeState:
        seen, live = self._session.results.node(key, node), self._session.results.live(key, node)
        failure = as_object(seen.get("failure"))
        score = as_number(failure.get("score"))
        status = NodeStatus.IDLE
        if seen:
            status = NodeStatus.FAILED if as_count(seen.get("failed")) else NodeStatus.DONE
        return NodeState(
            status=_STATUS.get(as_text(live.get("state")), status),
            score=as_number(seen.get("score")),
            rows=as_count(seen.get("rows")),
            usd=as_number(seen.get("usd")),
            seconds=as_number(seen.get("seconds")),
            done=as_count(live.get("done")),
            total=as_count(live.get("total")),
            problem=as_text(seen.get("problem")),
            sample=_texts(seen["sample"]) if "sample" in seen else None,
            failure=None
            if score is None
            else PanelFailure(
                as_text(failure.get("row")), score, _texts(failure.get("inputs")), _texts(failure.get("outputs"))
            ),
        )

    async def _scores(self, key: GraphKey, path: Path) -> tuple[PanelScore, ...]:
        if key not in self._history:
            self._history[key] = await asyncio.to_thread(history_of, path, key.graph)
        return self._history[key]

    def _gradients(self, document: OpenDocument, graph: str) -> "list[PanelGradient]":
        shown = {State.FRESH, State.OUTDATED}
        found = self._session.workspace.findings(document)
        return [_gradient(one) for one in found if one.state in shown and one.slot.partition("/")[0] == graph]


_STATUS = {
    "running": NodeStatus.RUNNING,
    "done": NodeStatus.DONE,
    "failed": NodeStatus.FAILED,
}


def _job(job: Job) -> PanelJob:
    return PanelJob(
        id=job.id,
        task=job.task.value,
        phase=job.phase.value,
        active=job.phase.active,
        doing=job.doing,
        percentage=job.percentage,
        calls=job.calls,
        usd=job.usd,
        message=job.message,
    )


def _gradient(placed: Placed) -> PanelGradient:
    finding = placed.finding
    suggestion = finding.suggestion
    return PanelGradient(
        id=finding.id,
        node=placed.slot.split("/")[1],
        slot=placed.slot,
        critique=finding.critique,
        downstream=finding.downstream,
        verdict=finding.verdict,
        verified=finding.verified,
        quote=finding.quote,
        rows=finding.rows,
        outdated=placed.state is State.OUTDATED,
        suggestion=None
        if suggestion is None
        else PanelSuggestion(
            suggestion.text,
            suggestion.proven,
            suggestion.before,
            suggestion.after,
            suggestion.interval,
            suggestion.rows,
            suggestion.together,
        ),
    )


def _texts(values: Any) -> dict[str, str]:
    return {name: as_text(value) for name, value in as_object(values).items()}
