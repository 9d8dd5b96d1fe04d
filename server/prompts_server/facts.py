"""What runs have shown of a node, gathered for its hover: the last score of its graph, and the findings on its texts."""

from collections.abc import Mapping
from typing import Any

from prompts_lang.features.hover import FactsOf, Failure, NodeFacts
from prompts_server.data import as_count, as_number, as_object, as_pair, as_text
from prompts_server.documents import OpenDocument
from prompts_server.findings import State
from prompts_server.jobs import GraphKey, Phase
from prompts_server.session import Session

_MAX_FEEDBACK = 3


def facts_of(session: Session, document: OpenDocument) -> FactsOf:
    """The facts of the nodes of one document, as they are now."""

    def facts(graph: str, node: str) -> NodeFacts:
        key = GraphKey(document.key, graph)
        job, seen = session.jobs.table.of(key), session.results.node(key, node)
        score, interval, rows = _measured({} if job is None else job.report)
        return NodeFacts(
            score=score,
            interval=interval,
            rows=rows,
            usd=as_number(seen.get("usd")),
            seconds=as_number(seen.get("seconds")),
            feedback=tuple(_feedback(session, document, f"{graph}/{node}"))[:_MAX_FEEDBACK],
            failure=_failure(as_object(seen.get("failure"))),
            samples=_texts(seen.get("sample")),
            given=_texts(seen.get("given")),
            outdated=job is not None and job.phase is Phase.STALE,
        )

    return facts


def _measured(report: Mapping[str, Any]) -> tuple[float | None, tuple[float, float] | None, int]:
    """Score, interval and number of rows: of an evaluation, or of what an optimisation started from."""
    source = as_object(report.get("before")) or report
    rows = as_count(source.get("scored", source.get("rows")))
    return as_number(source.get("score")), as_pair(source.get("interval")), rows


def _feedback(session: Session, document: OpenDocument, node: str) -> dict[str, None]:
    """What findings say about the texts of a node, each sentence once."""
    return {
        placed.finding.critique: None
        for placed in session.workspace.findings(document)
        if placed.state in {State.FRESH, State.OUTDATED} and placed.slot.rpartition("/")[0] == node
    }


def _failure(seen: Mapping[str, Any]) -> Failure | None:
    score = as_number(seen.get("score"))
    if score is None:
        return None
    return Failure(as_text(seen.get("row")), score, (*_texts(seen.get("inputs")), *_texts(seen.get("outputs"))))


def _texts(values: Any) -> tuple[tuple[str, str], ...]:
    return tuple((name, as_text(value)) for name, value in as_object(values).items())
