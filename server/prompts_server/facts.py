"""What runs have shown of a node, gathered for its hover: the last score of its graph, and the findings on its texts."""

from collections.abc import Mapping
from typing import Any

from prompts_lang.features.hover import FactsOf, NodeFacts
from prompts_server.data import as_count, as_number, as_object, as_pair
from prompts_server.documents import OpenDocument
from prompts_server.findings import State
from prompts_server.jobs import GraphKey, Phase
from prompts_server.session import Session

_MAX_FEEDBACK = 3


def facts_of(session: Session, document: OpenDocument) -> FactsOf:
    """The facts of the nodes of one document, as they are now."""

    def facts(graph: str, node: str) -> NodeFacts:
        job = session.jobs.table.of(GraphKey(document.key, graph))
        score, interval, rows = _measured({} if job is None else job.report)
        shown = [
            placed.finding.critique
            for placed in session.workspace.findings(document)
            if placed.state in {State.FRESH, State.OUTDATED} and placed.slot.rpartition("/")[0] == f"{graph}/{node}"
        ]
        return NodeFacts(
            score=score,
            interval=interval,
            rows=rows,
            feedback=tuple(dict.fromkeys(shown))[:_MAX_FEEDBACK],
            outdated=job is not None and job.phase is Phase.STALE,
        )

    return facts


def _measured(report: Mapping[str, Any]) -> tuple[float | None, tuple[float, float] | None, int]:
    """Score, interval and number of rows: of an evaluation, or of what an optimisation started from."""
    source = as_object(report.get("before")) or report
    rows = as_count(source.get("scored", source.get("rows")))
    return as_number(source.get("score")), as_pair(source.get("interval")), rows
