"""The session: all state of one connection, and the only mutable thing that handlers share."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from prompts_lang.features.lenses import Lens
from prompts_lang.worker.protocol import JobEvent, Start, Task
from prompts_server.background import Background
from prompts_server.coalesce import Coalescer
from prompts_server.diagnostics import Diagnostics
from prompts_server.documents import OpenDocument
from prompts_server.editor import Editor
from prompts_server.job_control import CreateWorker, JobControl, Order
from prompts_server.jobs import GraphKey, Job, Phase
from prompts_server.outside import OutsideFiles
from prompts_server.report_text import outcome
from prompts_server.results import Results
from prompts_server.row_places import RowPlaces
from prompts_server.semantic_tokens import SemanticTokens
from prompts_server.settings import Settings, read_settings
from prompts_server.status import Status
from prompts_server.stored_findings import stored_findings
from prompts_server.stored_runs import earlier_scores, interrupted_runs
from prompts_server.threads import in_thread
from prompts_server.to_lsp import Places
from prompts_server.uris import UriKey
from prompts_server.workspace import Workspace

if TYPE_CHECKING:
    from prompts_server.panel.server import PanelServer
    from prompts_server.session_panel import SessionPanel

logger = logging.getLogger(__name__)

_SECONDS_BETWEEN_REFRESHES = 0.5


class Session:
    """What the server knows about one editor.

    Args:
        editor: The way to the editor.
        create_worker: Makes the client of the worker.
        watch_process: Ends the connection when the process with an id dies; False when there is no such process.

    Attributes:
        trusted: Whether the person has said that this workspace may run things. Denied until said.
        settings: The settings in force.
        workspace: Documents, what they mean, findings.
        outside: The data and code that documents name, read in the background.
        rows: Where the rows stand that findings name, looked up in the background.
        diagnostics: What the editor shows of that.
        tokens: The semantic tokens that it was given.
        jobs: What runs.
        results: What that has brought.
        background: What is optimised without being asked.
        panel: What the graph panel shows; None before the first one was asked for.
        shown_lenses: The lenses that were last given for each document, for while it is broken.
    """

    def __init__(self, editor: Editor, create_worker: CreateWorker, watch_process: Callable[[int], bool]) -> None:
        self.editor = editor
        self.watch_process = watch_process
        self.trusted = False
        self.settings = Settings()
        self.workspace = Workspace()
        self.outside = OutsideFiles(self.workspace.samples, self._outside_changed)
        self.rows = RowPlaces(self._rows_found)
        self.diagnostics = Diagnostics(editor, self.workspace, self.rows)
        self.tokens = SemanticTokens()
        self.jobs = JobControl(editor, create_worker, self._job_changed, self._job_event)
        self.results = Results(self.workspace, self._findings_changed)
        self.shown_lenses: dict[UriKey, tuple[Lens, ...]] = {}
        self.background = Background(self)
        self.panel: SessionPanel | None = None
        self._panel_server: PanelServer | None = None
        self._recalling: set[asyncio.Task[None]] = set()
        self._status = Status(editor, self.jobs.table)
        self._shown = Coalescer(_SECONDS_BETWEEN_REFRESHES, self._refresh_shown)

    @property
    def places(self) -> Places:
        """Turns places in files into what the editor counts."""
        return Places(self.workspace, self.editor.facts.encoding)

    def configure(self, value: Any) -> None:
        """Puts settings into force and says what is wrong with them. Nothing is shown anew yet; see `refresh`."""
        self.settings, problems = read_settings(value)
        for problem in problems:
            self.editor.show(types.MessageType.Warning, problem)
        self.diagnostics.show_findings = self.settings.findings

    def refresh(self) -> None:
        """Makes the editor show everything anew. Must not come before `initialized`."""
        self.diagnostics.all_changed()
        self.diagnostics.push_due()
        self._shown.request()

    def order(
        self,
        document: OpenDocument,
        graph: str,
        task: Task,
        options: Mapping[str, Any],
        *,
        background: bool = False,
    ) -> str:
        """Starts a job on a graph; gives its id at once. A job in the background ends without a message."""
        if task is Task.OPTIMIZE and self.settings.budget:
            options = {"budget": self.settings.budget, **options}

        def start(job_id: str) -> Start:
            current = self.workspace.documents.get(document.uri) or document
            self.results.begin(job_id, current.path)
            return Start(task, job_id, current.path, self.workspace.unsaved(current), graph, options)

        return self.jobs.request(Order(GraphKey(document.key, graph), task, start, background))

    def show_text(self, address: str) -> dict[str, str]:
        """Shows a text that stands in no file, where the editor can read it and shows documents; gives its address."""
        if self.editor.facts.reads_text_content:
            self.editor.show_document(address)
        return {"uri": address}

    def recall(self, document: OpenDocument, *, again: bool = False) -> None:
        """Brings back what the store keeps of a file, without making anybody wait for it: findings, the last scores, and optimisations
        that did not come to their end, as those of an editor that died.

        `again` is for when the store has changed by another process: what it has now takes the place of what is shown,
        unless a job of this session is at work on the file.
        """
        if document.is_file:
            task = asyncio.get_running_loop().create_task(self._recall(document, again=again))
            self._recalling.add(task)
            task.add_done_callback(self._recalling.discard)

    async def _recall(self, document: OpenDocument, *, again: bool) -> None:
        findings = await in_thread(stored_findings, document.path)
        scores = await in_thread(earlier_scores, document.path)
        interrupted = await in_thread(interrupted_runs, document.path)
        current = self.workspace.documents.get(document.uri)
        if current is None:
            return
        at_work = any(job.phase.active for job in self.jobs.table if job.key.document == current.key)
        shown = self.workspace.findings(current)
        if findings and not at_work and (again or not shown) and {one.finding for one in shown} != {*findings}:
            self.workspace.set_findings(current, findings)
            self._findings_changed(current.path)
        own = {job.key for job in self.jobs.table}
        for score in scores:
            key = GraphKey(current.key, score.graph)
            self.jobs.table.recall(key, score.task, score.report, current=score.current)
        for run in interrupted:
            key = GraphKey(current.key, run.graph)
            # Only on the very same texts is what was paid for still of use.
            if key not in own and run.files == self.workspace.text_hashes(current):
                self.jobs.table.recall_interrupted(key, run.calls, run.usd)

    def idle(self) -> None:
        """Does what waits until every message that has arrived is handled."""
        self.diagnostics.push_due()
        self._tell_panel()
        self.outside.look()
        self.rows.look()

    async def close(self) -> None:
        """Ends everything that the session started, the worker with its children included. Takes a bounded time."""
        self._shown.close()
        await self.background.close()
        if self._panel_server is not None:
            await self._panel_server.close()
        self.outside.close()
        self.rows.close()
        await self.jobs.close()
        self._status.close()

    def panel_server(self) -> "PanelServer":
        """The server of the graph panel, made when it is first asked for."""
        # Most sessions never show the panel, and its parts would make every start slower.
        from prompts_server.panel.server import PanelServer  # noqa: PLC0415
        from prompts_server.session_panel import SessionPanel  # noqa: PLC0415

        if self.panel is None or self._panel_server is None:
            self.panel = SessionPanel(self, self._perform)
            self._panel_server = PanelServer(self.panel)
        return self._panel_server

    def _tell_panel(self) -> None:
        if self.panel is not None:
            self.panel.changed()

    def _perform(self, name: str, argument: Mapping[str, Any]) -> Any:
        """Does a command of the table for the panel, by the last part of its name."""
        # Imported here, since the table's functions take a session.
        from prompts_server.commands import COMMANDS  # noqa: PLC0415

        return COMMANDS[f"prompts.{name}"].perform(self, argument)

    def _refresh_shown(self) -> None:
        """Makes the editor show anew what jobs change: lenses, and the scores between the words."""
        self.editor.refresh_code_lenses()
        self.editor.refresh_inlay_hints()

    def _job_changed(self, job: Job) -> None:
        logger.debug("%s: %s", job.title, job.phase.value)
        self._shown.request()
        self._status.changed(job)
        self._tell_panel()

    def _job_event(self, job: Job, event: JobEvent) -> None:
        self.results.take_in(job, event)
        if self.panel is not None:
            self.panel.happened(job, event)
        text = outcome(job.report)
        if event.event == "finished" and job.phase is Phase.DONE and text and not job.background:
            self.editor.show(types.MessageType.Info, f"{job.title}: {text}")

    def files_changed(self) -> None:
        """Takes note that files on disk may have changed: what was read of them is read again."""
        self.outside.outdate()
        self.rows.outdate()

    def _rows_found(self) -> None:
        for document in self.workspace.documents:
            if self.workspace.findings(document):
                self.diagnostics.changed(document)
        self.diagnostics.push_due()
        self.rows.look()

    def _outside_changed(self) -> None:
        self.diagnostics.all_changed()
        self.diagnostics.push_due()

    def _findings_changed(self, path: Path) -> None:
        document = self.workspace.documents.at(path)
        if document is not None:
            self.diagnostics.changed(document)
            self.diagnostics.push_due()
            self.rows.look()
