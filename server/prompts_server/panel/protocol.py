"""What the panel's page and its server say to each other. The values here are the JSON: `to_json` adds and drops nothing.

The page is opened under `http://127.0.0.1:PORT/TOKEN/?uri=URI&graph=NAME`; every address below is relative to the folder
`/TOKEN/`, and carries the page's own query:

* `GET graph.json?QUERY` is a `PanelGraph`, `GET state.json?QUERY` a `PanelState`.
* `GET events?QUERY` is a stream of server-sent events. It starts with one `graph` and one `state`, and sends either again,
  whole, whenever it has changed, at most four times a second; `selection` (`{"node": ID | null}`) follows the cursor of
  the editor. `gone` (`{"message": TEXT}`) says that the graph is not there any more; it may come back.
* `POST reveal?QUERY` with a `Reveal` shows a place in the editor.
* `POST command?QUERY` with `{"command": NAME}` does what the code lens of that name does, on the page's graph. The answer is the
  command's result.

The address comes from the command `prompts.showGraph` (argument as of `prompts.run`), whose result is `{"url": URL}`. A
client that shows the panel itself says `"panel": true` in `initializationOptions` and gets the notification
`prompts/showPanel` (`{"url", "uri", "graph"}`) as well; for all others the page opens in the browser. The notification
`prompts/selection` (`{"uri", "position"}`) tells the server where the cursor is.

The page's files stand in `panel/static/`, `index.html` first; scripts and styles are files of their own, because the
content security policy allows nothing inline and nothing from elsewhere.

An address that does not exist, a wrong token, a foreign `Host` or `Origin` are all 404. A request that cannot be done is a
400 or 409 with `{"message": TEXT}`, written for people. Ids of nodes are their names, and `in` and `out` for the two ends of a
graph; texts from models and data are plain text, never markup. Scores are from 0 to 1, money is in US dollars, times are in
seconds. Both sides ignore fields that they do not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any, Literal, cast

PROTOCOL_VERSION = 1
"""Raised whenever one side could misunderstand the other."""

CommandName = Literal["run", "evaluate", "optimize", "stop"]


@dataclass(frozen=True, slots=True)
class PanelSlot:
    """A text section of a node. `id` is `graph/node/section`; `tokens` is an estimate."""

    id: str
    section: str
    learn: bool
    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class PanelPort:
    """An input or an output, with its type as it is written in the language."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class PanelNode:
    """A box. `kind` is `llm`, `code`, `retrieve`, `call`, `input` or `output`; `detail` its model, corpus or callee."""

    id: str
    label: str
    kind: str
    detail: str = ""
    documentation: str = ""
    inputs: tuple[PanelPort, ...] = ()
    outputs: tuple[PanelPort, ...] = ()
    slots: tuple[PanelSlot, ...] = ()


@dataclass(frozen=True, slots=True)
class PanelEdge:
    """An arrow: `label` is the output that flows; a `condition` only decides whether the target runs."""

    id: str
    source: str
    target: str
    label: str
    condition: bool = False


@dataclass(frozen=True, slots=True)
class PanelGraph:
    """A graph as it stands in the file now.

    Attributes:
        uri: The document.
        file: Its name, for people.
        graph: The graph.
        graphs: All graphs of the file; `?graph=` takes any of them.
        stale: Whether the file is broken just now, so that this is the graph from before.
        can_reveal: Whether there is an editor that shows places.
        commands: What can be asked for now. Empty without an editor, and without trust.
        nodes: The boxes, in file order, between `in` and `out`.
        edges: The arrows.
        protocol: The version of this protocol.
    """

    uri: str
    file: str
    graph: str
    graphs: tuple[str, ...]
    nodes: tuple[PanelNode, ...]
    edges: tuple[PanelEdge, ...]
    stale: bool = False
    can_reveal: bool = False
    commands: tuple[CommandName, ...] = ()
    protocol: int = PROTOCOL_VERSION


class NodeStatus(Enum):
    """What a node does in the job that runs, or did in the last one."""

    IDLE = "idle"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PanelFailure:
    """A row on which the graph did not do well: what the node was given, and what came out."""

    row: str
    score: float
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NodeState:
    """What runs have shown of a node. `usd` and `seconds` are per call, `done` of `total` counts executions of the job."""

    status: NodeStatus = NodeStatus.IDLE
    score: float | None = None
    rows: int = 0
    usd: float | None = None
    seconds: float | None = None
    done: int = 0
    total: int = 0
    problem: str = ""
    sample: Mapping[str, str] | None = None
    failure: PanelFailure | None = None


@dataclass(frozen=True, slots=True)
class PanelJob:
    """The graph's latest job.

    `task` is `run`, `evaluate` or `optimize`; `phase` is one of `queued running stopping done stopped failed stale`, and
    `active` is true for the first three.
    """

    id: str
    task: str
    phase: str
    active: bool
    doing: str = ""
    percentage: int = 0
    calls: int = 0
    usd: float | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class PanelScore:
    """A measured score of the graph. `before` is set where an optimisation measured both. `time` is seconds since 1970."""

    time: float
    score: float
    interval: tuple[float, float] | None = None
    rows: int = 0
    before: float | None = None
    task: str = "evaluate"
    run: str = ""


@dataclass(frozen=True, slots=True)
class PanelSuggestion:
    """The tested rewrite of a slot; the scores are those of all `together` rewrites at once, on `rows` held-out rows."""

    text: str
    proven: bool
    before: float | None = None
    after: float | None = None
    interval: tuple[float, float] | None = None
    rows: int = 0
    together: int = 1


@dataclass(frozen=True, slots=True)
class PanelGradient:
    """A textual gradient, drawn against the flow: from `downstream`, where the failure shows, to `node`, whose text is blamed.

    Attributes:
        id: The finding.
        node: The node that has the text.
        slot: `graph/node/section`.
        downstream: The node where the failure shows; None for the graph's output.
        verdict: `causes`, `contributes` or `unknown`.
        verified: Whether the blame was confirmed; otherwise the critic only claims it.
        critique: What is wrong.
        quote: The words at fault; empty when all of the text is meant.
        rows: The failing rows that show it.
        outdated: Whether the text has changed since.
        suggestion: The tested rewrite, if there is one.
    """

    id: str
    node: str
    slot: str
    critique: str
    downstream: str | None = None
    verdict: str = "unknown"
    verified: bool = False
    quote: str = ""
    rows: tuple[str, ...] = ()
    outdated: bool = False
    suggestion: PanelSuggestion | None = None


@dataclass(frozen=True, slots=True)
class PanelState:
    """All that changes while the graph stays the same. `history` is in order of time; `nodes` and `samples` are by id.

    `samples` has, by id of an edge, a value that went through it.
    """

    job: PanelJob | None = None
    history: tuple[PanelScore, ...] = ()
    nodes: Mapping[str, NodeState] | None = None
    samples: Mapping[str, str] | None = None
    gradients: tuple[PanelGradient, ...] = ()


@dataclass(frozen=True, slots=True)
class Reveal:
    """Shows a node, or one of its sections, in the editor."""

    node: str
    section: str | None = None


def to_json(value: Any) -> Any:
    """The value as plain JSON data: fields by their names, None as null."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {key: to_json(item) for key, item in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, tuple):
        return [to_json(item) for item in cast("tuple[Any, ...]", value)]
    return value
