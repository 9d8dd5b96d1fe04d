"""Runs source text through the checks and the engine: everything is real but the model, which answers by a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prompts_lang.analysis.data import check_data
from prompts_lang.analysis.static import check_static
from prompts_lang.data.dataset import Row
from prompts_lang.data.splitting import Split
from prompts_lang.engine.evaluate import Evaluation, evaluate
from prompts_lang.engine.objective import choose_graph, choose_objective
from prompts_lang.engine.provider.model import Request
from prompts_lang.engine.sandbox.model import Sandbox
from prompts_lang.engine.session import Surroundings, open_session
from prompts_lang.engine.store.model import UNLIMITED, Budget, RunKind
from prompts_lang.engine.store.sqlite import memory_store
from prompts_lang.engine.values import Event, Problem
from prompts_lang.graph.load import require_program
from prompts_lang.graph.model import Program
from prompts_lang.graph.project import Project
from prompts_lang.jobs.single_run import run_once
from tests.engine.fakes import Answer, FakeBackend, InProcess

MAIN = "main.prompt"
STUDENT = 'model student = "fake/student"\n  retry 0\n  base "http://127.0.0.1:1/v1"\n\n'
"""A model that no real provider has; its base says that nothing is known of it."""


@dataclass(frozen=True)
class Ran:
    """What came of a run, and the requests that the model got."""

    outputs: Mapping[str, Any]
    problem: Problem | None
    events: tuple[Event, ...]
    requests: tuple[Request, ...]

    def event(self, path: str) -> Event:
        """The first execution with that path, such as `plan` or `search/hits`."""
        return next(event for event in self.events if event.key.path == path)

    @property
    def asked(self) -> list[list[tuple[str, str]]]:
        """The messages of every request, by role and text."""
        return [[(message.role.value, message.content) for message in request.messages] for request in self.requests]


def echo(request: Request) -> str:
    """Says what it was asked last, in brackets."""
    return f"[{request.messages[-1].content}]"


@dataclass
class Language:
    """A folder with `main.prompt` and what it names.

    Attributes:
        folder: The folder.
        answer: What the model says to a request.
        sandbox: Where code runs; in this process, if nothing else is said.
        environ: The environment of the runs.
    """

    folder: Path
    answer: Callable[[Request], Answer] = echo
    sandbox: Sandbox = field(default_factory=InProcess)
    environ: dict[str, str] = field(default_factory=dict[str, str])

    def write(self, source: str, **files: str) -> None:
        """Writes `main.prompt` and other files; a name has its ending behind two underscores: `rows__jsonl`."""
        (self.folder / MAIN).write_text(source, "utf-8", newline="")
        for name, text in files.items():
            path = self.folder / name.replace("__", ".")
            path.write_text(text, "utf-8", newline="")

    def told(self) -> list[str]:
        """The codes of everything that the checks say."""
        project, path = Project(), self.folder / MAIN
        found = (*check_static(project, path), *check_data(project, path, self.environ))
        return [problem.code for problem in found]

    def program(self, allowed: tuple[str, ...] = ()) -> Program:
        """The program; the checks say nothing of it but the codes that are allowed."""
        assert self.told() == list(allowed)
        return require_program(self.folder / MAIN)

    async def run(
        self, graph: str = "main", *, budget: Budget = UNLIMITED, allowed: tuple[str, ...] = (), **inputs: Any
    ) -> Ran:
        """Runs a graph once."""
        program, backend = self.program(allowed), FakeBackend(self.answer)
        chosen = choose_graph(program, graph)
        surroundings = Surroundings(backend, self.sandbox, memory_store(), environ=self.environ)
        async with open_session(program, RunKind.RUN, chosen.name, budget=budget, surroundings=surroundings) as session:
            result = await run_once(session, chosen, Row("input", inputs, Split.TEST))
        run = result.run
        return Ran(run.outputs, run.problem, tuple(run.events), tuple(backend.requests))

    async def evaluate(self, *, allowed: tuple[str, ...] = (), **options: Any) -> Evaluation:
        """Scores the graph of the file on its test rows."""
        program = self.program(allowed)
        objective = choose_objective(program)
        surroundings = Surroundings(FakeBackend(self.answer), self.sandbox, memory_store(), environ=self.environ)
        async with open_session(
            program, RunKind.EVAL, objective.graph.name, budget=UNLIMITED, surroundings=surroundings
        ) as session:
            return await evaluate(session, objective, **options)
