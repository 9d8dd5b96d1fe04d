"""Code lenses: the actions of `prompts_lang.features.lenses`, or Stop while something runs, and what the last job found."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from lsprotocol import types

from prompts_lang.features.lenses import Action, Lens, lenses
from prompts_lang.text import Span
from prompts_server.commands import EVALUATE, OPTIMIZE, RUN, SHOW_REPORT, STOP, Command
from prompts_server.documents import OpenDocument
from prompts_server.jobs import GraphKey, Job, Phase
from prompts_server.report_text import summary
from prompts_server.session import Session
from prompts_server.to_lsp import range_of

_COMMANDS = {Action.RUN: RUN, Action.EVALUATE: EVALUATE, Action.OPTIMIZE: OPTIMIZE}


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be done now with a graph, and the place above which that stands."""

    graph: str
    place: types.Range
    command: types.Command


def code_lenses(session: Session, document: OpenDocument) -> Iterator[types.CodeLens]:
    """The lenses of a document, in order."""
    for offer in offers(session, document):
        yield types.CodeLens(offer.place, offer.command)


def offers(session: Session, document: OpenDocument) -> Iterator[Offer]:
    """What the lenses of a document offer, in order."""
    offered = lenses(session.workspace.meaning(document), session.shown_lenses.get(document.key, ()))
    session.shown_lenses[document.key] = offered
    for (span, graph), actions in groupby(offered, key=lambda lens: (lens.span, lens.graph)):
        start = Span(span.start, span.start)
        place = range_of(document.content, start, session.editor.facts.encoding)
        job = session.jobs.table.of(GraphKey(document.key, graph))
        for command, title in _titles(job, actions):
            argument = {"uri": document.uri, "graph": graph}
            yield Offer(graph, place, types.Command(title=title, command=command.name, arguments=[argument]))


def _titles(job: Job | None, actions: Iterator[Lens]) -> Iterator[tuple[Command, str]]:
    if job is not None and job.phase.active:
        yield STOP, _running(job)
        return
    for lens in actions:
        command = _COMMANDS[lens.action]
        yield command, _resume(job) if command is OPTIMIZE and job is not None and job.can_go_on else command.title
    if job is not None and (text := _finished(job)):
        yield SHOW_REPORT, text


def _resume(job: Job) -> str:
    return f"Resume optimizing · {job.cost} paid"


def _running(job: Job) -> str:
    if job.phase is Phase.STOPPING:
        return f"Stopping {job.task.value}"
    steps = f"{job.done} of {job.total}" if job.total else ""
    return " · ".join(part for part in (STOP.title, job.task.value, steps, job.cost) if part)


def _finished(job: Job) -> str:
    state = "" if job.phase is Phase.DONE else job.phase.value
    return " · ".join(part for part in (summary(job.report), state) if part)
