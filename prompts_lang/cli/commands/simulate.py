"""`prompts simulate WORLD`: a simulated world as an OpenAI-compatible endpoint on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import click

from prompts_lang.cli.running import run, stopping_on_interrupt
from prompts_lang.errors import UsageError
from prompts_lang.simulate.endpoint import serve
from prompts_lang.simulate.load import dial_names, load_world, override
from prompts_lang.simulate.world import World


@click.command(name="simulate")
@click.argument("world", type=click.Path(path_type=Path))
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The port; by default a free one, which is printed."
)
@click.option("--latency", type=click.FloatRange(min=0), help="Seconds that every call takes.")
@click.option(
    "--dial", "dials", multiple=True, metavar="NAME=NUMBER", help="Turns a dial of the world; `--dial list` names them."
)
@click.option("--json", "as_json", is_flag=True, help="Print the address as JSON when it is ready.")
def command(world: Path, *, port: int, latency: float | None, dials: tuple[str, ...], as_json: bool) -> None:
    """Serves a world until Ctrl-C. The models and their answers are simulated, and say so; nothing leaves this machine."""
    if "list" in dials:
        click.echo("\n".join(dial_names()))
        return
    changes = dict(_dial(text) for text in dials)
    if latency is not None:
        changes["service.latency"] = latency
    served = load_world(world)
    served = replace(served, dials=override(served.dials, changes, where="--dial"))
    run(_serve(served, port, as_json=as_json))


def _dial(text: str) -> tuple[str, float]:
    name, equals, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError as error:
        hint = f"Write `--dial NAME=NUMBER`, for example `--dial {_first(dial_names())}=0.1`."
        raise UsageError(
            f"'{text}' is no dial with a number." if equals else f"'{text}' has no number.", hint=hint
        ) from error


def _first(names: Iterable[str]) -> str:
    return next(iter(names))


async def _serve(world: World, port: int, *, as_json: bool) -> None:
    stopped = asyncio.Event()
    async with serve(world, port) as endpoint:
        if as_json:
            click.echo(json.dumps({"base": endpoint.base, "port": endpoint.port, "models": list(world.models)}))
        else:
            click.echo(
                f"The world '{world.name}' answers at {endpoint.base} as {', '.join(world.models)}. Ctrl-C stops it."
            )
        with stopping_on_interrupt(stopped.set):
            await stopped.wait()
