"""Calls of a model: messages out of sections, outputs out of a reply.

A reply that does not fit the declared outputs is sent back once with the exact complaint, where the model's `retry` allows any retries at
all. If the second reply does not fit either, the node has failed, and that is the graph's fault: it is scored. What the provider, the
budget or the network does is not the graph's fault: the row counts as not run.
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from prompts_lang.engine.nodes.protocol import Context, Outcome, Services, Task
from prompts_lang.engine.provider.declared import model_spec
from prompts_lang.engine.provider.model import ChatMessage, FinishReason, Reply, Request, Role
from prompts_lang.engine.render import ASSISTANT, USER, render_messages, shot
from prompts_lang.engine.structured import Misfit, Reading, as_reply, is_plain, read_reply, reply_schema
from prompts_lang.engine.values import Cost, Message, Problem, ProblemKind
from prompts_lang.errors import BudgetExceeded, DataError, ProviderError, ProviderFailure
from prompts_lang.graph.model import Examples, Graph, LlmBody, Model, Node

if TYPE_CHECKING:
    from prompts_lang.data.dataset import Row

GRAPHS_FAULT = {ProviderFailure.REFUSED: ProblemKind.REFUSAL, ProviderFailure.CONTEXT: ProblemKind.CONTEXT}
"""Failures of a call that the prompt itself causes, so that asking again is no use and the row is scored."""


class LlmRunner:
    """Runs one call of a model, and at most one repair of its reply."""

    async def prepare(self, graph: Graph, node: Node, services: Services) -> None:
        """Reads the examples and finds the model's address."""
        assert isinstance(node.body, LlmBody)  # noqa: S101  the table of runners sends llm nodes only
        model_spec(node.body.model, services.environ)
        _shown(node, services, where=f"{graph.name}/{node.name}", but=None)

    async def run(self, task: Task, context: Context) -> Outcome:
        """Renders, asks, reads."""
        body = task.node.body
        assert isinstance(body, LlmBody)  # noqa: S101  the table of runners sends llm nodes only
        messages = render_messages(
            body, task.inputs, _shown(task.node, context.services, where=task.where, but=task.key.row)
        )
        outcome, complaint = await _ask(body.model, messages, task, context)
        if complaint is None or body.model.retries == 0 or is_plain(task.node.outputs):
            return outcome
        again = (*messages, Message(ASSISTANT, outcome.reply or ""), Message(USER, _correction(complaint)))
        second, _ = await _ask(body.model, again, task, context)
        return replace(second, cost=outcome.cost + second.cost, cached=outcome.cached and second.cached)


async def _ask(
    model: Model, messages: tuple[Message, ...], task: Task, context: Context
) -> tuple[Outcome, Misfit | None]:
    """One reply as an outcome, and what to complain about, if that could help."""
    request = Request(
        model=model_spec(model, context.services.environ),
        messages=tuple(ChatMessage(Role(message.role), message.content) for message in messages),
        response_schema=reply_schema(task.node.outputs),
        replica=task.key.replica,
    )
    try:
        reply = await _reply(request, task, context)
    except (ProviderError, BudgetExceeded) as error:
        return Outcome(problem=problem_of(error), sent=messages, memo_key=request.key), None
    outcome = Outcome(sent=messages, reply=reply.text, cost=cost_of(reply), cached=reply.cached, memo_key=request.key)
    if reply.finish_reason is FinishReason.REFUSED:
        return replace(outcome, problem=Problem(ProblemKind.REFUSAL, f"{reply.model} refused to answer")), None
    reading = _read(reply, task.node)
    if isinstance(reading, Misfit):
        return replace(outcome, problem=reading.problem()), reading
    if isinstance(reading, Problem):
        return replace(outcome, problem=reading), None
    return replace(outcome, outputs=reading), None


async def _reply(request: Request, task: Task, context: Context) -> Reply:
    listener = context.listener(task.key)
    if listener is None:
        return await context.services.caller.complete(request, purpose=context.purpose, node=task.where)
    pieces: list[str] = []
    answer = context.services.caller.stream(request, purpose=context.purpose, node=task.where)
    async with aclosing(answer):
        async for piece in answer:
            pieces.append(piece)
            listener(piece)
    # What it cost is in the ledger; a stream does not tell.
    return Reply("".join(pieces), FinishReason.STOP, 0, 0, None, 0.0, request.model.model)


def _read(reply: Reply, node: Node) -> Reading | Problem:
    if reply.truncated:
        return Problem(ProblemKind.TRUNCATED, f"the reply of {reply.model} hit the token limit and is cut off")
    return read_reply(reply.text, node.outputs)


def _correction(complaint: Misfit) -> str:
    return f"Your reply cannot be used: {complaint.message}. Answer again with nothing but the JSON object."


def problem_of(error: ProviderError | BudgetExceeded) -> Problem:
    """The error as the problem of an event."""
    if isinstance(error, BudgetExceeded):
        return Problem(ProblemKind.BUDGET, str(error))
    return Problem(GRAPHS_FAULT.get(error.kind, ProblemKind.PROVIDER), str(error), detail=error.kind.value)


def cost_of(reply: Reply) -> Cost:
    """What a reply cost this run: nothing where it was remembered."""
    return Cost() if reply.cached else Cost(1, reply.tokens_in, reply.tokens_out, reply.usd, reply.seconds)


# -------------------------------------------------------------------------------------------------------------- examples


def _shown(node: Node, services: Services, *, where: str, but: str | None) -> tuple[Message, ...]:
    """The turns of a node's examples. The row `but` is left out: shown its own answer, it would say nothing about the prompt."""
    examples = node.examples
    if examples is None or not examples.rows:
        return ()
    rows = services.resources.rows_by_id(examples.dataset)
    turns: list[Message] = []
    for row_id in examples.rows[: examples.at_most]:
        if row_id == but:
            continue
        if (row := rows.get(row_id)) is None:
            raise DataError(
                f"'{examples.dataset.name}' has no row '{row_id}'.",
                where=f"{where}/{examples.name}",
                hint="Take it out of the examples, or put the row back.",
            )
        turns.extend(show(node, examples, row))
    return tuple(turns)


def show(node: Node, examples: Examples, row: Row) -> tuple[Message, Message]:
    """A row as one few-shot example of a node.

    Raises:
        DataError: The row does not say what the node should have answered (see `can_show`).
    """
    assert isinstance(node.body, LlmBody)  # noqa: S101  only llm nodes have examples
    answer = _answer(node, examples, row)
    if answer is None:
        names = ", ".join(f"'{port.name}'" for port in node.outputs)
        raise DataError(
            f"Row '{row.id}' of '{examples.dataset.name}' has no value for {names}.",
            where=node.name,
            hint="An example needs a column for every output of its node, or one `expect` column for a single output.",
        )
    return shot(node.body, row.values, answer)


def can_show(node: Node, examples: Examples, row: Row) -> bool:
    """Whether the row says what the node should answer, so that it can stand among the examples."""
    return _answer(node, examples, row) is not None


def _answer(node: Node, examples: Examples, row: Row) -> str | None:
    if (answer := as_reply(row.values, node.outputs)) is not None:
        return answer
    if len(node.outputs) == 1 and len(examples.dataset.expect) == 1:
        return as_reply({node.outputs[0].name: row.values.get(examples.dataset.expect[0])}, node.outputs)
    return None
