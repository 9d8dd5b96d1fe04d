"""Parameters of the methods that the protocol does not have, or of which it says more than is read here."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define
from lsprotocol import types


@define
class Beginning:
    """What of `InitializeParams` matters here. The capabilities stay plain data; see `ClientFacts.of`."""

    capabilities: Mapping[str, Any]
    process_id: int | None = None
    root_uri: str | None = None
    workspace_folders: Sequence[types.WorkspaceFolder] | None = None
    initialization_options: Any = None


@define
class TrustChangedParams:
    """The parameters of `prompts/trustChanged`."""

    trusted: bool


@define
class SelectionParams:
    """The parameters of `prompts/selection`."""

    uri: str
    position: types.Position
