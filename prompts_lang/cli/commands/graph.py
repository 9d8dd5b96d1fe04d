"""`prompts graph FILE[:GRAPH]`: the graph as a picture or as data."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import click

from prompts_lang.cli.files import Target
from prompts_lang.cli.writing import write_file
from prompts_lang.engine.objective import choose_graph
from prompts_lang.features import graph_view
from prompts_lang.graph.load import require_program

FORMATS = {
    "svg": graph_view.to_svg,
    "dot": graph_view.to_dot,
    "mermaid": graph_view.to_mermaid,
    "json": graph_view.to_json,
}


@click.command(name="graph")
@click.argument("target", metavar="FILE[:GRAPH]")
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="svg", show_default=True, help="What to print."
)
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file instead.")
@click.option("--open", "open_", is_flag=True, help="Show it in a browser, and follow the file until Ctrl-C.")
def command(target: str, *, form: str, output: Path | None, open_: bool) -> None:
    """Draws a graph."""
    chosen = Target.parse(target)
    graph = choose_graph(require_program(chosen.path), chosen.graph)
    if open_:
        _show(chosen.path, graph.name)
        return
    text = FORMATS[form](graph_view.view_of(graph))
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    write_file(output, text.encode("utf-8"))
    click.echo(f"Written to {output}", err=True)


def _show(path: Path, graph: str) -> None:
    """Serves the panel that editors show, too."""
    # The panel's server stands above this package, and only this option needs it.
    from prompts_server.panel.open import show_in_browser  # noqa: PLC0415

    def told(url: str) -> None:
        click.echo(f"{url}\nFollowing {path}; Ctrl-C ends it.", err=True)

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(show_in_browser(path, graph, told))
