"""An endpoint that repeats the key of whoever calls it, wherever a reply has room for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.endpoint import Answer, fails, says

KEY = "plain-words-of-a-team-123"
"""It looks like no key: only its variable tells."""
PASSWORD = "hunter2-of-the-gateway"  # noqa: S105
ENVIRONMENT = {"TEAM_ACCESS": KEY, "OPENAI_API_KEY": "sk-another-key-0123456789abcdef", "GATEWAY_PASSWORD": PASSWORD}


def echo(number: int, body: Any) -> Answer:
    """Every fourth call fails; everything that is said has the key in it."""
    if number % 4 == 3:
        status = (401, 429, 500, 400, 503)[number // 4 % 5]
        return fails(
            status, f"Bad key {KEY}, Bearer {KEY}, https://me:{PASSWORD}@host?key={KEY}", X_Echo=KEY, Retry_After="0"
        )
    text = f"42 {KEY}"
    shape = body.get("response_format", {}).get("json_schema", {}).get("schema", {}).get("properties", {})
    if "messages" in shape:
        target = shape["messages"]["items"]["properties"]["target"]["enum"][0]
        said = {"target": target, "verdict": "causes", "critique": f"It must say {KEY}.", "quote": ""}
        text = json.dumps({"messages": [said]})
    elif "proposals" in shape:
        edit = {"search": "", "replace": f"Always say {KEY} at the end."}
        text = json.dumps({"proposals": [{"idea": f"Say {KEY}.", "edits": [edit]}]})
    elif shape:
        text = json.dumps(dict.fromkeys(shape, text))
    answer = says(text)
    return Answer({**answer.body, "id": KEY, "model": KEY, "system_fingerprint": KEY}, headers={"X-Echo": KEY})


def found_in(folder: Path, secret: str) -> list[str]:
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and secret.encode() in path.read_bytes()
    ]
