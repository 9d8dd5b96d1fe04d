"""Addresses of texts that stand in no file: a suggested version, a prompt as it was sent, a run.

`prompts:/NAME?FIELDS`: the name is for people, and its ending tells the language. The fields are JSON in the URL-safe
alphabet of base64, because editors quote and unquote queries as they like, and nothing in that alphabet is ever quoted.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from prompts_server.data import as_object, as_text
from prompts_server.uris import path_of

SCHEME = "prompts"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A document with a rewrite applied; with all proven rewrites where `finding` is None."""

    uri: str
    finding: str | None


@dataclass(frozen=True, slots=True)
class Sent:
    """A node's prompt as it was sent in the latest run that has it, and the reply."""

    path: Path
    graph: str
    node: str
    row: str | None


@dataclass(frozen=True, slots=True)
class Transcript:
    """A run of a file; the latest where `run` is None."""

    path: Path
    run: str | None


def suggestion_address(uri: str, finding: str | None) -> str:
    """The address of a suggested version."""
    name = unquote(uri.rpartition("/")[2]) or "suggestion.prompt"
    return _address(name, view="suggestion", uri=uri, finding=finding)


def sent_address(uri: str, graph: str, node: str, row: str | None) -> str:
    """The address of a node's prompt as it was sent."""
    return _address(f"{node}.md", view="sent", uri=uri, graph=graph, node=node, row=row)


def transcript_address(uri: str, run: str | None) -> str:
    """The address of a run."""
    return _address(f"{run or 'run'}.md", view="run", uri=uri, run=run)


def read_address(address: str) -> Suggestion | Sent | Transcript | None:
    """What an address stands for; None where it is none of ours."""
    scheme, _, rest = address.partition(":")
    try:
        fields = as_object(json.loads(urlsafe_b64decode(rest.partition("?")[2] + "==")))
    except ValueError:
        return None
    texts = {name: as_text(value) or None for name, value in fields.items()}
    uri, graph, node = texts.get("uri"), texts.get("graph"), texts.get("node")
    path = None if uri is None else path_of(uri)
    if scheme != SCHEME or uri is None:
        return None
    match texts.get("view"):
        case "suggestion":
            return Suggestion(uri, texts.get("finding"))
        case "sent" if path is not None and graph is not None and node is not None:
            return Sent(path.resolve(), graph, node, texts.get("row"))
        case "run" if path is not None:
            return Transcript(path.resolve(), texts.get("run"))
        case _:
            return None


def _address(name: str, **fields: str | None) -> str:
    said = json.dumps({name: value for name, value in fields.items() if value is not None}, ensure_ascii=True)
    return f"{SCHEME}:/{quote(name, safe='')}?{urlsafe_b64encode(said.encode()).decode().rstrip('=')}"
