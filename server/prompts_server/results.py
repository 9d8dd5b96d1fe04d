"""Results of jobs: the worker's events become findings, and findings become what the workspace shows.

A finding speaks about the text that the run was given, so the hashes of all sections are kept when a run starts. Findings
of a run replace those of earlier runs over the same graph when the first of them arrives; the final report has the last
word, and brings the tested rewrites.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from prompts_lang.graph.slots import text_hash
from prompts_lang.worker.protocol import JobEvent, Task
from prompts_server.data import as_object, as_text
from prompts_server.finding_events import finding_of, suggestions_of
from prompts_server.findings import Finding, with_share
from prompts_server.jobs import GraphKey, Job
from prompts_server.sections import Section, sections_of
from prompts_server.workspace import Workspace


@dataclass(slots=True)
class _Run:
    """What one job has brought so far. `files` and `texts` say, by slot, where a section stood and what its text was."""

    job: str
    files: Mapping[str, Path]
    texts: Mapping[str, str]
    findings: dict[str, Finding] = field(default_factory=dict[str, Finding])


class Results:
    """Takes in what jobs bring.

    Args:
        workspace: Where findings are placed.
        changed: Called with each file whose findings have changed.
    """

    def __init__(self, workspace: Workspace, changed: Callable[[Path], None]) -> None:
        self._workspace = workspace
        self._changed = changed
        self._runs: dict[str, _Run] = {}
        self._nodes: dict[GraphKey, Mapping[str, Any]] = {}
        self._live: dict[GraphKey, dict[str, Mapping[str, Any]]] = {}

    def node(self, key: GraphKey, node: str) -> Mapping[str, Any]:
        """What the last run or evaluation of a graph showed of one of its nodes; empty when it was never run."""
        return as_object(self._nodes.get(key, {}).get(f"{key.graph}/{node}"))

    def live(self, key: GraphKey, node: str) -> Mapping[str, Any]:
        """What the running job has told of a node: `state`, `done`, `total`; empty when none runs."""
        return self._live.get(key, {}).get(f"{key.graph}/{node}", {})

    def begin(self, job_id: str, path: Path) -> None:
        """Remembers the texts that a job starts from."""
        sections = [(file, section) for file in self._files(path) for section in self._sections(file)]
        self._runs[job_id] = _Run(
            job_id,
            {section.slot: file for file, section in sections},
            {section.slot: section.text for _, section in sections},
        )

    def take_in(self, job: Job, event: JobEvent) -> None:
        """Takes in an event of a graph's latest job."""
        match event.event:
            case "started" | "finished":
                self._live[job.key] = {}
            case "node":
                self._live.setdefault(job.key, {})[as_text(event.body.get("node"))] = event.body
            case "report" if "nodes" in event.body:
                self._nodes[job.key] = as_object(event.body["nodes"])
            case _:
                pass
        run = self._runs.get(job.id)
        if run is None or job.task is not Task.OPTIMIZE:
            return
        match event.event:
            case "finding":
                self._add(run, event.body)
            case "report":
                self._settle(run, event.body)
            case "finished":
                del self._runs[job.id]
            case _:
                pass

    def _add(self, run: _Run, body: Mapping[str, Any]) -> None:
        finding = self._read(run, body)
        if finding is not None and run.findings.get(finding.id) != finding:
            run.findings[finding.id] = finding
            self._show(run)

    def _settle(self, run: _Run, report: Mapping[str, Any]) -> None:
        """Replaces what came during the run by what the report says, with the rewrites that were tested."""
        found = [self._read(run, body) for body in report.get("findings") or ()]
        run.findings = {finding.id: finding for finding in found if finding is not None}
        suggestions = suggestions_of(report)
        run.findings = {
            finding.id: replace(finding, suggestion=suggestions.get(finding.slot)) for finding in run.findings.values()
        }
        explained = {finding.slot for finding in run.findings.values()}
        for slot in suggestions.keys() - explained:
            body = {"slot": slot, "critique": "A rewrite of this text was tested.", "verdict": "contributes"}
            finding = self._read(run, body)
            if finding is not None:
                run.findings[finding.id] = replace(finding, suggestion=suggestions[slot])
        self._show(run)

    def _read(self, run: _Run, body: Any) -> Finding | None:
        """A finding of the run; None for a section that the run did not start from."""
        finding = finding_of(body, run.job)
        if finding is None or finding.slot not in run.texts:
            return None
        # The worker says which text it means; it is the one that the run was given.
        return replace(finding, text_hash=finding.text_hash or text_hash(run.texts[finding.slot]))

    def _show(self, run: _Run) -> None:
        by_file: dict[Path, list[Finding]] = {file: [] for file in run.files.values()}
        for finding in with_share(tuple(run.findings.values())):
            by_file[run.files[finding.slot]].append(finding)
        for file, findings in by_file.items():
            document = self._workspace.documents.at(file)
            if document is not None:
                self._workspace.set_findings(document, findings)
                self._changed(file)

    def _files(self, path: Path) -> tuple[Path, ...]:
        meaning = self._workspace.project.meaning(path)
        return (path,) if meaning is None else (path, *sorted(meaning.used))

    def _sections(self, file: Path) -> tuple[Section, ...]:
        meaning = self._workspace.project.meaning(file)
        return () if meaning is None else sections_of(meaning)
