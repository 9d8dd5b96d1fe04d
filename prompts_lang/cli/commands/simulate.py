"""`prompts simulate WORLD`: a simulated world as an OpenAI-compatible endpoint on loopback."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from operator import attrgetter
from pathlib import Path

import click

from prompts_lang.cli.amounts import plural
from prompts_lang.cli.files import require_file
from prompts_lang.cli.running import run, stopping_on_interrupt
from prompts_lang.errors import UsageError
from prompts_lang.simulate.endpoint import serve
from prompts_lang.simulate.load import dial_names, load_world, override
from prompts_lang.simulate.world import Dials, World


def _list_dials(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        for name in dial_names():
            click.echo(f"{name} {attrgetter(name)(Dials())}")
        ctx.exit()


@click.command(name="simulate")
@click.argument("world", type=click.Path(path_type=Path))
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    default=0,
    help="The port; by default a free one, which is printed.",
)
@click.option("--latency", type=click.FloatRange(min=0), metavar="SECONDS", help="Seconds that every call takes.")
@click.option("--dial", "turned", multiple=True, metavar="NAME=NUMBER", help="Turns a dial of the world; repeatable.")
@click.option(
    "--dials",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_dials,
    help="List all dials with their defaults, and stop.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the address as JSON when it is ready.")
def command(world: Path, *, port: int, latency: float | None, turned: tuple[str, ...], as_json: bool) -> None:
    """Serves a world until Ctrl-C. The models and their answers are simulated, and say so; nothing leaves this machine."""
    require_file(world)
    changes = dict(_dial(text) for text in turned)
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
        raise UsageError(
            f"'{text}' is no dial with a number." if equals else f"'{text}' has no number.",
            hint="Write `--dial NAME=NUMBER`, as in `--dial service.server_error=0.1`; `--dials` lists them.",
        ) from error


async def _serve(world: World, port: int, *, as_json: bool) -> None:
    stopped = asyncio.Event()
    async with serve(world, port) as endpoint:
        with stopping_on_interrupt(stopped.set):
            if as_json:
                click.echo(json.dumps({"base": endpoint.base, "port": endpoint.port, "models": list(world.models)}))
            else:
                click.echo(f"The world '{world.name}' answers at {endpoint.base} as {', '.join(world.models)}.")
                click.echo("Ctrl-C stops it.", err=True)
            await stopped.wait()
        click.echo(f"{plural(endpoint.service.stats['requests'], 'request')} answered.", err=True)
