"""What stands in spans: the conventions' names where they have one, ours (`prompts.…`) where they have none.

The conventions: https://github.com/open-telemetry/semantic-conventions-genai. They are still in development, so their names are written out
here rather than taken from a package that calls all of them deprecated.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from prompts_lang.engine.values import Event, Score, Status
from prompts_lang.graph.model import CallBody, Kind, RetrieveBody

if TYPE_CHECKING:
    from prompts_lang.engine.nodes.protocol import Task
    from prompts_lang.engine.provider.embedding import Embedded, EmbedRequest
    from prompts_lang.engine.provider.model import ChatMessage, ModelSpec, Reply, Request
    from prompts_lang.engine.store.model import Purpose, RunRecord
    from prompts_lang.graph.model import Graph, Metric

Found = dict[str, str | bool | int | float | tuple[str, ...] | tuple[int, ...]]

_PROVIDERS: Final = {
    "azure": "azure.ai.openai",
    "azure_ai": "azure.ai.inference",
    "bedrock": "aws.bedrock",
    "gemini": "gcp.gemini",
    "mistral": "mistral_ai",
    "vertex_ai": "gcp.vertex_ai",
    "watsonx": "ibm.watsonx.ai",
    "xai": "x_ai",
}
"""LiteLLM's names for providers that the conventions call otherwise."""

_PARAMETERS: Final = {
    "temperature": float,
    "top_p": float,
    "frequency_penalty": float,
    "presence_penalty": float,
    "top_k": int,
    "max_tokens": int,
    "seed": int,
}
"""Sampling parameters that stand in a span under `gen_ai.request.`, and their types."""

# ------------------------------------------------------------------------------------------------------ runs, rows, scores


def run_name(graph: str) -> str:
    """Names the span of a run."""
    return f"invoke_workflow {graph}"


def run_attributes(run: RunRecord) -> Found:
    """One `run`, `eval` or `optimize`."""
    return {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": run.graph,
        "prompts.run.id": run.id,
        "prompts.run.kind": run.kind.value,
        "prompts.file": run.file,
    }


def row_attributes(graph: Graph, row: str, purpose: Purpose, replica: int) -> Found:
    """One execution of the graph."""
    return {
        "prompts.graph": graph.name,
        "prompts.row.id": row,
        "prompts.purpose": purpose.value,
        "prompts.replica": replica,
    }


def score_attributes(metric: Metric, row: str) -> Found:
    """The scoring of one row, before it is known."""
    return {"gen_ai.evaluation.name": metric.name, "prompts.row.id": row}


def scored_attributes(score: Score, *, content: bool) -> Found:
    """What came of scoring."""
    found: Found = {}
    if score.value is not None:
        found["gen_ai.evaluation.score.value"] = score.value
    if content and score.feedback:
        found["gen_ai.evaluation.explanation"] = score.feedback
    return found


# ------------------------------------------------------------------------------------------------------------------- nodes


def node_name(task: Task) -> str:
    """Names the span of a node."""
    match task.node.body:
        case RetrieveBody(corpus=corpus):
            return f"retrieval {corpus.name}"
        case CallBody(graph=graph):
            return run_name(graph.name)
        case _:
            return f"{task.node.kind.value} {task.where}"


def node_attributes(task: Task) -> Found:
    """One execution of a node, before it is over."""
    found: Found = {
        "prompts.graph": task.graph.name,
        "prompts.node": task.node.name,
        "prompts.node.kind": task.node.kind.value,
        "prompts.path": task.key.path,
    }
    if task.key.iteration:
        found["prompts.iteration"] = task.key.iteration
    match task.node.body:
        case RetrieveBody(corpus=corpus, top=top):
            found |= {
                "gen_ai.operation.name": "retrieval",
                "gen_ai.data_source.id": corpus.name,
                "gen_ai.request.top_k": top,
            }
        case CallBody(graph=graph):
            found |= {"gen_ai.operation.name": "invoke_workflow", "gen_ai.workflow.name": graph.name}
        case _:
            pass
    return found


def event_attributes(event: Event, *, content: bool) -> Found:
    """What came of a node."""
    found: Found = {"prompts.status": event.status.value}
    if event.kind in (Kind.LLM, Kind.RETRIEVE):
        found["prompts.cached"] = event.cached
    if content and event.kind is Kind.RETRIEVE and event.status is Status.DONE:
        found["gen_ai.retrieval.query.text"] = event.sent[0].content
        found["gen_ai.retrieval.documents"] = event.reply or "[]"
    return found


# ------------------------------------------------------------------------------------------------------------------- calls


def chat_name(model: ModelSpec) -> str:
    """Names the span of a call."""
    return f"chat {_model_of(model)}"


def embeddings_name(model: ModelSpec) -> str:
    """Names the span of a call for vectors."""
    return f"embeddings {_model_of(model)}"


def chat_attributes(request: Request, *, stream: bool, content: bool) -> Found:
    """A call before it is made."""
    found = _called("chat", request.model)
    if request.max_tokens is not None:
        found["gen_ai.request.max_tokens"] = request.max_tokens
    if stream:
        found["gen_ai.request.stream"] = True
    found["gen_ai.output.type"] = "text" if request.response_schema is None else "json"
    if content:
        found["gen_ai.input.messages"] = _json([_message(message) for message in request.messages])
    return found


def reply_attributes(reply: Reply, *, content: bool) -> Found:
    """What a call gave."""
    found: Found = {
        "gen_ai.response.finish_reasons": (reply.finish_reason.value,),
        "gen_ai.usage.input_tokens": reply.tokens_in,
        "gen_ai.usage.output_tokens": reply.tokens_out,
    }
    if reply.usd is not None:
        found["prompts.usd"] = float(reply.usd)
    if content:
        parts = [{"type": "text", "content": reply.text}]
        written = [{"role": "assistant", "parts": parts, "finish_reason": reply.finish_reason.value}]
        found["gen_ai.output.messages"] = _json(written)
    return found


def embed_attributes(request: EmbedRequest) -> Found:
    """A call for vectors before it is made."""
    return {**_called("embeddings", request.model), "prompts.texts": len(request.texts)}


def embedded_attributes(made: Embedded) -> Found:
    """What a call for vectors gave."""
    found: Found = {
        "gen_ai.embeddings.dimension.count": made.dimensions,
        "gen_ai.usage.input_tokens": made.tokens_in,
    }
    if made.usd is not None:
        found["prompts.usd"] = float(made.usd)
    return found


def _called(operation: str, model: ModelSpec) -> Found:
    found: Found = {
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": _provider_of(model),
        "gen_ai.request.model": _model_of(model),
        "prompts.model": model.name,
    }
    for name, value in model.parameters:
        kind = _PARAMETERS.get(name)
        if kind is not None and isinstance(value, int | float):
            found[f"gen_ai.request.{name}"] = kind(value)
        elif name == "stop" and isinstance(value, str | list | tuple):
            found["gen_ai.request.stop_sequences"] = (value,) if isinstance(value, str) else tuple(map(str, value))
    address = urlsplit(model.base or "")
    if address.hostname:
        found["server.address"] = address.hostname
        found["server.port"] = address.port or (443 if address.scheme == "https" else 80)
    return found


def _provider_of(model: ModelSpec) -> str:
    provider, slash, _ = model.model.partition("/")
    return _PROVIDERS.get(provider, provider) if slash else "unknown"


def _model_of(model: ModelSpec) -> str:
    provider, slash, name = model.model.partition("/")
    return name if slash else provider


def _message(message: ChatMessage) -> object:
    return {"role": message.role.value, "parts": [{"type": "text", "content": message.content}]}


def _json(value: Sequence[object]) -> str:
    return json.dumps(value, ensure_ascii=False)
