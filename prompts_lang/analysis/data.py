"""All checks that look beyond the file: into data, code and the environment. They read little, once, and never execute anything.

Invariant: checking after an edit finds what checking for the first time finds, as far as the same files have been read.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prompts_lang.analysis.data_file_checks import check_corpora, check_datasets
from prompts_lang.analysis.measure_checks import check_ids, check_learnable, check_measures
from prompts_lang.analysis.model_checks import check_models, check_prices
from prompts_lang.analysis.node_checks import check_node
from prompts_lang.analysis.python_checks import check_metric_functions
from prompts_lang.analysis.rows import RowCache
from prompts_lang.analysis.samples import Samples
from prompts_lang.analysis.view import View
from prompts_lang.graph.located import LocatedProblem, by_place, locate
from prompts_lang.graph.module import Entry
from prompts_lang.graph.problem import Problem
from prompts_lang.graph.project import FileMeaning, Project
from prompts_lang.graph.resolve.draft import CallDraft, Draft, LlmDraft, NodeDraft, RetrieveDraft
from prompts_lang.syntax.detect import is_prompt_graph


def check_data(project: Project, path: Path, environ: Mapping[str, str] | None = None) -> tuple[LocatedProblem, ...]:
    """Every problem of one file that shows in data, code and the environment (by default this process's), in order of place."""
    return DataChecks(project, Samples(at_once=True), os.environ if environ is None else environ).problems(path)


class DataChecks:
    """The data checks of a project's files, kept up to date: after a change in a node, that node alone is looked at again.

    Args:
        project: The files.
        samples: What has been read of others. Where it may not read at once, problems show when somebody has read what it wants.
        environ: The environment that runs would have; None says nothing of it.
    """

    def __init__(self, project: Project, samples: Samples, environ: Mapping[str, str] | None) -> None:
        self._project = project
        self._samples = samples
        self._environ = environ
        self._cache = RowCache()
        self._known: dict[Path, _Checked] = {}

    def problems(self, path: Path) -> tuple[LocatedProblem, ...]:
        """Every problem of one file that is known by now, in order of place."""
        meaning = self._project.meaning(path)
        if meaning is None:
            return ()
        used = tuple(self._project.meaning(file) for file in sorted(meaning.used))
        known = self._known.get(path)
        generation = self._samples.generation
        if known is None or known.meaning is not meaning or not known.holds(used, generation):
            known = self._known[path] = self._check(meaning, used, known)
        return known.located

    def forget(self, path: Path) -> None:
        """Drops what is kept for a file."""
        self._known.pop(path, None)

    def _check(self, meaning: FileMeaning, used: tuple[FileMeaning | None, ...], before: _Checked | None) -> _Checked:
        if not is_prompt_graph(meaning.syntax):
            return _Checked(meaning, used, self._samples.generation, (), {}, ())
        view = View(self._project, meaning, self._samples, self._environ)
        holds = before is not None and before.holds(used, self._samples.generation)
        changed = _changed_nodes(before.meaning, meaning) if before is not None and holds else None
        if before is None or changed is None:
            nodes = {entry.number: found for entry in meaning.module.entries if (found := self._of_node(view, entry))}
        else:
            nodes = dict(before.nodes)
            for number in changed:
                nodes[number] = self._of_node(view, meaning.module.entries[number])
        if before is not None and changed is not None and _same_names(before.meaning, meaning, changed):
            shared = before.shared
        else:
            shared = tuple((entry.number, problem) for entry, problem in self._shared(view))
        pairs = [*shared, *((number, problem) for number, found in nodes.items() for problem in found)]
        located = [locate(meaning, problem, _offset(meaning, number)) for number, problem in pairs]
        # Read last: a look that reads at once is a change of what is known, too.
        return _Checked(meaning, used, self._samples.generation, shared, nodes, tuple(sorted(located, key=by_place)))

    def _shared(self, view: View) -> list[tuple[Entry, Problem]]:
        return [
            *check_datasets(view),
            *check_corpora(view),
            *check_models(view),
            *check_metric_functions(view),
            *check_ids(view, self._cache),
            *check_measures(view, self._cache),
            *check_learnable(view),
            *check_prices(view),
        ]

    def _of_node(self, view: View, entry: Entry) -> tuple[Problem, ...]:
        draft = view.meaning.resolution.resolved[entry.number].draft
        return tuple(check_node(view, self._cache, entry, draft)) if isinstance(draft, NodeDraft) else ()


@dataclass(frozen=True, slots=True)
class _Checked:
    """What was found in one state of a file: in its nodes, and in everything else, by the numbers of entries."""

    meaning: FileMeaning
    used: tuple[FileMeaning | None, ...]
    generation: int
    shared: tuple[tuple[int, Problem], ...]
    nodes: Mapping[int, tuple[Problem, ...]]
    located: tuple[LocatedProblem, ...]

    def holds(self, used: tuple[FileMeaning | None, ...], generation: int) -> bool:
        """Whether the files that it used and what was read are the same."""
        same = len(used) == len(self.used) and all(new is old for new, old in zip(used, self.used, strict=True))
        return same and generation == self.generation


def _changed_nodes(before: FileMeaning, after: FileMeaning) -> list[int] | None:
    """The nodes that an edit has changed, where it changed nothing but nodes; None otherwise."""
    if len(before.module.entries) != len(after.module.entries):
        return None
    changed: list[int] = []
    resolved = zip(before.resolution.resolved, after.resolution.resolved, strict=True)
    for number, (old, new) in enumerate(resolved):
        if old is new and before.module.entries[number] is after.module.entries[number]:
            continue
        if before.module.entries[number].graph is None or after.module.entries[number].graph is None:
            return None
        changed.append(number)
    return changed


def _same_names(before: FileMeaning, after: FileMeaning, changed: list[int]) -> bool:
    """Whether changed nodes are made of the same things, and learn or do not learn as before.

    A node that cannot be read just now is made of nothing known.
    """
    pairs = ((before.resolution.resolved[number].draft, after.resolution.resolved[number].draft) for number in changed)
    slots = ((before.module.entries[number].slots, after.module.entries[number].slots) for number in changed)
    same = all(isinstance(new, NodeDraft) and _names(old) == _names(new) for old, new in pairs)
    return same and all(bool(old) == bool(new) for old, new in slots)


def _names(draft: Draft | None) -> tuple[str, str] | None:
    """The model, corpus or graph that a node names: what checks of other declarations read of it."""
    match draft:
        case NodeDraft(body=LlmDraft(model=name)):
            return "model", name
        case NodeDraft(body=CallDraft(graph=name)):
            return "graph", name
        case NodeDraft(body=RetrieveDraft(corpus=name)):
            return "corpus", name
        case NodeDraft():
            return "", ""
        case _:
            return None


def _offset(meaning: FileMeaning, number: int) -> int:
    return meaning.syntax.offsets[meaning.module.entries[number].index]
