"""Projects from texts, as tests write them."""

from __future__ import annotations

from pathlib import Path

from prompts_lang.graph.link import link
from prompts_lang.graph.located import problems_of
from prompts_lang.graph.model import Graph, Node, Program
from prompts_lang.graph.project import FileMeaning, Project

FOLDER = Path("/project")
MAIN = FOLDER / "main.prompt"


def project_of(main: str, **others: str) -> Project:
    """A project with `main.prompt` and other files by name without their ending. Nothing is on the disk."""
    files = {MAIN: main.encode(), **{FOLDER / f"{name}.prompt": text.encode() for name, text in others.items()}}
    return Project(files.get)


def meaning_of(main: str, **others: str) -> FileMeaning:
    """What `main.prompt` means."""
    meaning = project_of(main, **others).meaning(MAIN)
    assert meaning is not None
    return meaning


def program_of(main: str, **others: str) -> Program:
    """The program of `main.prompt`, which has no errors."""
    project = project_of(main, **others)
    meaning = project.meaning(MAIN)
    assert meaning is not None
    for path in (MAIN, *meaning.used):
        found = project.meaning(path)
        assert found is not None
        assert [problem for problem in problems_of(found) if problem.severity == "error"] == []
    return link(project, meaning)


def graph_of(main: str, name: str = "main", **others: str) -> Graph:
    """One graph of the program."""
    return program_of(main, **others).graphs[name]


def node_of(main: str, name: str, **others: str) -> Node:
    """One node of the graph `main`."""
    return graph_of(main, **others).node(name)
