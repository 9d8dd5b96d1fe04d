"""Joins resolved declarations of one or more files into a `Program` that can be run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from prompts_lang.graph import model
from prompts_lang.graph.interface import NameKind
from prompts_lang.graph.project import FileMeaning, Project
from prompts_lang.graph.resolve.draft import (
    CallDraft,
    CodeDraft,
    CorpusDraft,
    DatasetDraft,
    Draft,
    ExamplesDraft,
    GraphDraft,
    LlmDraft,
    MetricDraft,
    ModelDraft,
    NodeDraft,
    OptimizeDraft,
    RetrieveDraft,
)
from prompts_lang.graph.resolve.values import EmbeddingIndex, FileFunction, Variable
from prompts_lang.text.ordinary_files import resolved

D = TypeVar("D", bound=Draft)
V = TypeVar("V")


def link(project: Project, meaning: FileMeaning) -> model.Program:
    """The program of a file without errors, the files that it uses included."""
    return _Linker(project, meaning).program()


class _Linker:
    """Builds every declaration once per file and name. Files are acyclic, and so are graphs, so the recursion ends."""

    def __init__(self, project: Project, meaning: FileMeaning) -> None:
        self._project = project
        self._meaning = meaning
        self._built: dict[tuple[Path, str], object] = {}
        self._drafts: dict[Path, dict[str, Draft | None]] = {}

    def program(self) -> model.Program:
        """The whole program, seen from the file that was asked for."""
        here = self._meaning
        return model.Program(
            here.path,
            graphs=self._visible(NameKind.GRAPH, self.graph),
            datasets=self._visible(NameKind.DATASET, self.dataset),
            metrics=self._visible(NameKind.METRIC, self.metric),
            models=self._visible(NameKind.MODEL, self.model),
            optimizations=tuple(
                self.optimization(resolved.draft)
                for resolved in here.resolution.resolved
                if isinstance(resolved.draft, OptimizeDraft)
            ),
        )

    def _visible(self, kind: NameKind, build: Callable[[FileMeaning, str], V]) -> dict[str, V]:
        names = self._meaning.resolution.names
        return {name: build(self._meaning, name) for name, interface in names.items() if interface.kind is kind}

    def _draft(self, here: FileMeaning, name: str, kind: type[D]) -> tuple[FileMeaning, D]:
        """The draft of a file-level name and the file that declares it."""
        origin = here.imports.get(name)
        home = here if origin is None else self._project.meaning(origin)
        assert home is not None  # noqa: S101  an import without a file is an error, and files with errors are not linked
        return home, self._own(home, name, kind)

    def _own(self, home: FileMeaning, anchor: str, kind: type[D]) -> D:
        if home.path not in self._drafts:
            pairs = zip(home.module.entries, home.resolution.resolved, strict=True)
            self._drafts[home.path] = {entry.anchor: resolved.draft for entry, resolved in pairs}
        draft = self._drafts[home.path][anchor]
        assert isinstance(draft, kind)  # noqa: S101  every declaration of a file without errors has its draft
        return draft

    def _once(self, home: FileMeaning, name: str, build: Callable[[], V], kind: type[V]) -> V:
        key = (home.path, name)
        if key not in self._built:
            self._built[key] = build()
        built = self._built[key]
        assert isinstance(built, kind)  # noqa: S101  names are unique within a file
        return built

    # --- file-level declarations

    def model(self, here: FileMeaning, name: str) -> model.Model:
        """A model with its chain of fallbacks."""
        home, _ = self._draft(here, name, ModelDraft)
        return self._once(home, name, lambda: self._model(home, name, ()), model.Model)

    def _model(self, home: FileMeaning, name: str, users: tuple[str, ...]) -> model.Model:
        home, draft = self._draft(home, name, ModelDraft)
        follows = draft.fallback is not None and draft.fallback not in (*users, name)
        fallback = self._model(home, draft.fallback, (*users, name)) if follows and draft.fallback else None
        defaults = model.Model(name, draft.id)
        return model.Model(
            name,
            draft.id,
            draft.parameters,
            retries=defaults.retries if draft.retries is None else draft.retries,
            timeout=defaults.timeout if draft.timeout is None else draft.timeout,
            concurrency=defaults.concurrency if draft.concurrency is None else max(draft.concurrency, 1),
            base=_address(home, draft.base) if isinstance(draft.base, str) else None,
            base_env=draft.base.name if isinstance(draft.base, Variable) else None,
            key_env=draft.key.name if draft.key else None,
            price=draft.price,
            fallback=fallback,
        )

    def corpus(self, here: FileMeaning, name: str) -> model.Corpus:
        """A corpus."""
        home, draft = self._draft(here, name, CorpusDraft)
        location = draft.path if "://" in draft.path else str(_path(home, draft.path))
        return model.Corpus(name, location, draft.text_field, draft.id_field, self._embedding(home, draft.embedding))

    def _embedding(self, home: FileMeaning, index: EmbeddingIndex | None) -> model.Model | None:
        if index is None:
            return None
        return self.model(home, index.model) if index.declared else model.Model(index.model, index.model)

    def dataset(self, here: FileMeaning, name: str) -> model.Dataset:
        """A dataset."""
        home, draft = self._draft(here, name, DatasetDraft)
        path = None if draft.path is None else _path(home, draft.path)
        return model.Dataset(name, path, draft.expect, draft.split, draft.cases)

    def metric(self, here: FileMeaning, name: str) -> model.Metric:
        """A metric."""
        home, draft = self._draft(here, name, MetricDraft)
        if draft.function is not None:
            return model.Metric(name, draft.inputs, model.FunctionMetric(_function(home, draft.function)))
        if draft.judge is not None and draft.rubric is not None:
            return model.Metric(name, draft.inputs, model.JudgeMetric(self.model(home, draft.judge), draft.rubric))
        return model.Metric(name, draft.inputs, model.BuiltinMetric(draft.builtin or ""))

    def optimization(self, draft: OptimizeDraft) -> model.Optimization:
        """An optimize block of the file that was asked for."""
        return model.Optimization(
            draft.graph,
            draft.dataset,
            draft.metric,
            draft.maximize,
            self.model(self._meaning, draft.critic),
            self.model(self._meaning, draft.rewriter),
            draft.budget_usd,
            draft.budget_calls,
            draft.rounds,
            draft.seed,
        )

    # --- graphs and nodes

    def graph(self, here: FileMeaning, name: str) -> model.Graph:
        """A graph with the graphs that it calls."""
        home, draft = self._draft(here, name, GraphDraft)
        return self._once(home, name, lambda: self._graph(home, draft), model.Graph)

    def _graph(self, home: FileMeaning, draft: GraphDraft) -> model.Graph:
        order = home.resolution.structure.order[draft.name]
        drafts = (self._own(home, f"{draft.name}/{node}", NodeDraft) for node in order)
        linked = tuple(self._node(home, node) for node in drafts)
        return model.Graph(draft.name, home.path, draft.inputs, draft.outputs, linked)

    def _node(self, home: FileMeaning, draft: NodeDraft) -> model.Node:
        body = self._body(home, draft.body)
        return model.Node(
            draft.name,
            draft.kind,
            draft.inputs,
            draft.outputs,
            body,
            draft.when,
            draft.each,
            draft.ensure,
            draft.frozen,
        )

    def _body(self, home: FileMeaning, draft: LlmDraft | CodeDraft | RetrieveDraft | CallDraft) -> model.Body:
        match draft:
            case LlmDraft(name, parts):
                linked = tuple(self._part(home, part) for part in parts)
                return model.LlmBody(self.model(home, name), linked)
            case CodeDraft(function, source, timeout, memory):
                code = model.CodeBody(_function(home, function) if function else None, source)
                return model.CodeBody(
                    code.function,
                    code.source,
                    code.timeout if timeout is None else timeout,
                    code.memory if memory is None else memory,
                )
            case RetrieveDraft(name, top, query):
                return model.RetrieveBody(self.corpus(home, name), top, query)
            case CallDraft(name, repeat):
                return model.CallBody(self.graph(home, name), repeat)

    def _part(
        self, home: FileMeaning, part: model.Section | model.History | ExamplesDraft
    ) -> model.Section | model.History | model.Examples:
        if isinstance(part, ExamplesDraft):
            return model.Examples(self.dataset(home, part.dataset), part.at_most, part.rows, part.learn)
        return part


def _path(home: FileMeaning, written: str) -> Path:
    return resolved(home.path.parent / written)


def _address(home: FileMeaning, written: str) -> str:
    """A URL as it is; a path that starts with `./` or `../` made absolute."""
    return str(_path(home, written)) if written.startswith(("./", "../")) else written


def _function(home: FileMeaning, written: FileFunction) -> model.FunctionReference:
    return model.FunctionReference(_path(home, written.path), written.function)
