"""The Python interface: a `.prompt` file as an object with one callable per graph.

    import prompts_lang

    qa = prompts_lang.load("qa.prompt")
    qa.multihop(question="Who wrote it?")              # waits
    await qa.multihop.acall(question="Who wrote it?")  # in any event loop
    qa.multihop.map(rows)                              # many at once
    for piece in qa.multihop.stream(question="…"):     # as it comes
        print(piece, end="")

Loading reads files and runs nothing. Running needs no store and keeps nothing on disk. Errors are those of `prompts_lang.errors`.
"""

from __future__ import annotations

import asyncio
import os
import queue
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

from prompts_lang.engine.outputs import Outputs
from prompts_lang.errors import (
    NodeError,
    PromptsError,
    ProviderError,
    ProviderFailure,
    UsageError,
)
from prompts_lang.graph.load import require_program
from prompts_lang.graph.types import describe

if TYPE_CHECKING:
    from concurrent.futures import Future

    from prompts_lang.engine.background import Background
    from prompts_lang.engine.session import Surroundings
    from prompts_lang.engine.values import Problem, Run
    from prompts_lang.graph.model import Graph, Program
    from prompts_lang.graph.types import JsonValue

Errors: TypeAlias = 'Literal["raise", "return"]'
"""Whether the first error of many rows is raised once all are through, or errors stand in the place of results."""


def load(path: str | os.PathLike[str]) -> PromptFile:
    """Reads a `.prompt` file and everything that it uses.

    Raises:
        FileError: The file cannot be read.
        ProgramError: It has errors; the message names the first one, and `prompts check` lists them all.
    """
    return PromptFile(require_program(Path(path)))


class PromptFile:
    """A loaded file. Its graphs are attributes; those whose names are taken here (`close`) are items: `qa["close"]`.

    A change on disk is seen by the next `load`. Close it, or use it as a context manager, to end its thread early.
    """

    def __init__(self, program: Program, *, surroundings: Surroundings | None = None) -> None:
        # Imported here, so that loading a file for its text alone does not wait for the engine.
        from prompts_lang.engine.background import Background  # noqa: PLC0415

        self._program = program
        self._background = Background(program, surroundings)
        self._graphs = {name: PromptGraph(graph, self._background) for name, graph in program.graphs.items()}

    def __getattr__(self, name: str) -> PromptGraph:
        graphs: dict[str, PromptGraph] = self.__dict__.get("_graphs", {})
        if name in graphs:
            return graphs[name]
        message = f"{self!r} has no graph '{name}'"
        raise AttributeError(message, name=name, obj=self)

    def __getitem__(self, name: str) -> PromptGraph:
        return self._graphs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._graphs)

    def __len__(self) -> int:
        return len(self._graphs)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._graphs]

    def __repr__(self) -> str:
        return f"<prompts {self._program.path.name}: {', '.join(self._graphs)}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends what is under way, and the thread. A closed file cannot be called again."""
        self._background.close()


class PromptGraph:
    """A graph as a function. Its inputs are keyword arguments.

    It returns the value of its output; a graph with several outputs returns `Outputs`. An optional output that is absent is None.
    """

    def __init__(self, graph: Graph, background: Background) -> None:
        self._graph = graph
        self._background = background

    @property
    def name(self) -> str:
        """The graph's name."""
        return self._graph.name

    @property
    def inputs(self) -> Mapping[str, str]:
        """The inputs and their types, as they are written in the file."""
        return {port.name: describe(port.type) for port in self._graph.inputs}

    @property
    def outputs(self) -> Mapping[str, str]:
        """The outputs and their types, as they are written in the file."""
        return {output.name: describe(output.type) for output in self._graph.outputs}

    def __repr__(self) -> str:
        taken = ", ".join(f"{name}: {type_}" for name, type_ in self.inputs.items())
        given = ", ".join(f"{name}: {type_}" for name, type_ in self.outputs.items())
        return f"<graph {self.name}({taken}) -> {given}>"

    def __call__(self, **inputs: JsonValue) -> Any:
        """Runs the graph and waits for it.

        Raises:
            UsageError: An input is missing, unknown or of another type.
            NodeError: A node failed, so that an output is absent.
            ProviderError: A model could not be reached.
            PromptsError: Something else is in the way, as the message says.
        """
        return _single(self._background.wait(self._work([self._checked(inputs)])))

    async def acall(self, **inputs: JsonValue) -> Any:
        """Runs the graph from any event loop; raises as a call does. A cancellation cancels the run."""
        return _single(await self._submitted([self._checked(inputs)]))

    def map(self, rows: Iterable[Mapping[str, JsonValue]], *, errors: Errors = "raise") -> list[Any]:
        """Runs the graph on many rows side by side.

        Args:
            rows: Inputs by name. Columns that are no inputs are left aside, so that dataset rows fit.
            errors: See `Errors`.

        Returns:
            The results in the order of the rows.

        Raises:
            PromptsError: As for a call.
        """
        return _settled(self._background.wait(self._work(list(rows))), errors)

    async def amap(self, rows: Iterable[Mapping[str, JsonValue]], *, errors: Errors = "raise") -> list[Any]:
        """Does what `map` does, from any event loop."""
        return _settled(await self._submitted(list(rows)), errors)

    def stream(self, **inputs: JsonValue) -> Iterator[str]:
        """Runs the graph and yields its one output, a text, in pieces.

        The pieces come as the model writes them where the output is a model's reply word for word; otherwise there is one piece at the
        end. Whoever stops early cancels the run.

        Raises:
            UsageError: The graph has several outputs, or one that is no text; otherwise as for a call.
            PromptsError: As for a call, also after some pieces.
        """
        pieces: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        future = self._streaming(inputs, pieces.put)
        try:
            while (piece := pieces.get()) is not None:
                yield piece
            told, text = future.result()
            if not told and text is not None:
                yield text
        finally:
            future.cancel()

    async def astream(self, **inputs: JsonValue) -> AsyncIterator[str]:
        """Does what `stream` does, from any event loop."""
        pieces: asyncio.Queue[str | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        future = self._streaming(inputs, partial(loop.call_soon_threadsafe, pieces.put_nowait))
        try:
            while (piece := await pieces.get()) is not None:
                yield piece
            told, text = await asyncio.wrap_future(future)
            if not told and text is not None:
                yield text
        finally:
            future.cancel()

    # -- inside

    def _checked(self, inputs: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
        if unknown := next((name for name in inputs if name not in self.inputs), None):
            raise UsageError(f"The graph '{self.name}' has no input '{unknown}'.", hint=f"It is {self!r}.")
        return inputs

    def _work(self, rows: Sequence[Mapping[str, JsonValue]], push: Callable[[str], None] | None = None) -> Any:
        async def work() -> list[Any]:
            return [self._result(run) for run in await self._background.run(self._graph, rows, push=push)]

        return work

    async def _submitted(self, rows: Sequence[Mapping[str, JsonValue]]) -> list[Any]:
        return await asyncio.wrap_future(self._background.submit(self._work(rows)))

    def _streaming(
        self, inputs: Mapping[str, JsonValue], put: Callable[[str | None], object]
    ) -> Future[tuple[bool, Any]]:
        """Runs the graph; `put` gets the pieces and at the end None. The result says whether there were any, and is the text."""
        if list(self.outputs.values()) != ["text"]:
            raise UsageError(f"Only a graph with one output, a text, can be streamed; this is {self!r}.")
        row = self._checked(inputs)

        async def work() -> tuple[bool, Any]:
            told = False

            def push(piece: str) -> None:
                nonlocal told
                told = True
                put(piece)

            text = _single(await self._work([row], push)())
            return told, text

        future = self._background.submit(work)
        future.add_done_callback(lambda _: put(None))
        return future

    def _result(self, run: Run) -> Any:
        if run.problem is not None:
            return _error(run.problem, where=self.name)
        values = {output.name: run.outputs.get(output.name) for output in self._graph.outputs}
        return next(iter(values.values())) if len(values) == 1 else Outputs(values)


def _single(results: list[Any]) -> Any:
    return _settled(results, "raise")[0]


def _settled(results: list[Any], errors: Errors) -> list[Any]:
    first = next((entry for entry in results if isinstance(entry, PromptsError)), None)
    if errors == "raise" and first is not None:
        raise first
    return results


def _error(problem: Problem, where: str) -> PromptsError:
    """The problem of a run as the error that a caller can catch."""
    from prompts_lang.engine.values import ProblemKind  # noqa: PLC0415  the engine is loaded by now

    match problem.kind:
        case ProblemKind.ROW:
            return UsageError(f"The inputs do not fit: {problem.message}.")
        case ProblemKind.PROVIDER:
            kind = ProviderFailure(problem.detail) if problem.detail in set(ProviderFailure) else ProviderFailure.SERVER
            return ProviderError(problem.message, kind=kind, where=where)
        case _:
            return NodeError(f"{problem.message}.", where=where)
