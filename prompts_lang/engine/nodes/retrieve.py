"""Retrieval: the best documents of a corpus for a rendered query."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from prompts_lang.data.content import content_key
from prompts_lang.engine.nodes.llm import problem_of
from prompts_lang.engine.nodes.protocol import Context, Outcome, Services, Task
from prompts_lang.engine.render import USER, render
from prompts_lang.engine.structured import Misfit, fit_outputs
from prompts_lang.engine.values import Cost, Message
from prompts_lang.errors import BudgetExceeded, ProviderError
from prompts_lang.graph.model import Graph, Node, RetrieveBody
from prompts_lang.graph.types import ListType, RecordType, Type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prompts_lang.engine.retrieval.protocol import Hit
    from prompts_lang.graph.types import JsonValue


class RetrieveRunner:
    """Renders the query and looks it up. An empty list of documents is a result like any other."""

    async def prepare(self, graph: Graph, node: Node, services: Services) -> None:  # noqa: ARG002  others need the graph
        """Opens the index, so that a mistake in the documents shows now. Embeddings are paid for by the first search."""
        assert isinstance(node.body, RetrieveBody)  # noqa: S101  the table of runners sends retrievals only
        await services.resources.retriever(node.body.corpus, services.environ)

    async def run(self, task: Task, context: Context) -> Outcome:
        """Searches once."""
        body = task.node.body
        assert isinstance(body, RetrieveBody)  # noqa: S101  the table of runners sends retrievals only
        query = render(body.query.template, task.inputs)
        sent = (Message(USER, query),)
        services = context.services
        retriever = await services.resources.retriever(body.corpus, services.environ)
        key = content_key("retrieve", [retriever.digest, query, body.top])
        try:
            found = await retriever.search(query, body.top, services.caller, node=task.where)
        except (ProviderError, BudgetExceeded) as error:
            return Outcome(problem=problem_of(error), sent=sent, memo_key=key)
        hits = [{"id": hit.document.id, "score": round(hit.score, 4)} for hit in found.hits]
        reply = json.dumps(hits, ensure_ascii=False)
        value: JsonValue = {port.name: _shaped(found.hits, port.type) for port in task.node.outputs}
        # Searching itself costs nothing, so it is done again rather than kept; what may cost is the embedding of the query.
        made = found.query
        cached = made is None or made.cached
        cost = Cost() if made is None or made.cached else Cost(1, made.tokens_in, 0, made.usd, made.seconds)
        outputs = fit_outputs(value, task.node.outputs, "what was found")
        if isinstance(outputs, Misfit):
            return Outcome(problem=outputs.problem(), sent=sent, reply=reply, cost=cost, cached=cached, memo_key=key)
        return Outcome(outputs, sent=sent, reply=reply, cost=cost, cached=cached, memo_key=key)


def _shaped(hits: Sequence[Hit], type_: Type) -> JsonValue:
    """The documents as the declared output wants them: their texts, or records with the fields that are named."""
    if not (isinstance(type_, ListType) and isinstance(type_.item, RecordType)):
        return [hit.document.text for hit in hits]
    names = [field.name for field in type_.item.fields]
    return [{name: _field(hit, name) for name in names if _field(hit, name) is not None} for hit in hits]


def _field(hit: Hit, name: str) -> JsonValue:
    document = hit.document
    known: dict[str, JsonValue] = {"id": document.id, "text": document.text, "score": hit.score}
    return document.fields.get(name, known.get(name))
