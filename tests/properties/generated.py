"""Prompt graphs of any size, made by rule: valid, with every kind of declaration, and the same for the same arguments."""

from __future__ import annotations

from itertools import count
from pathlib import Path

FOLDER = Path("/generated")

_START = """# A generated file.
language 1

model student = "openai/gpt-4o-mini"
  temperature 0

dataset rows
  expect answer
  case question = "Where does the sun rise?", answer = "east"

"""
_GRAPH = """graph g{number}(question: text) -> answer = reply{number}.answer

llm plan{number}(question) -> query: text
  model student
  learn system:
    Turn the question into one short search query, number {number}.

    - Keep names as they are.
    - Drop filler words: "please", {{braces}}, (brackets).
  user: {{{{question}}}}

code clean{number}(query = plan{number}.query) -> query: text, long: boolean
  python:
    query = query.strip()
    long = len(query) > 80

llm shorten{number}(query = clean{number}.query) -> query: text
  when clean{number}.long
  model student
  system: Say it in ten words.
  user: {{{{query}}}}

# Answers from what was found.
llm reply{number}(question, query = shorten{number}.query else clean{number}.query) -> answer: text
  model student
  learn system:
    Answer in as few words as possible.
  user:
    {{{{query}}}}

    Question: {{{{question}}}}
  ensure answer is not empty

"""
_END = """metric score(answer, expected) = exact

optimize g0 on rows
  maximize score
  critic student
  rewriter student
  budget 100 calls
"""


def lines_of_prompts(lines: int) -> bytes:
    """A valid file of about so many lines."""
    parts = [_START]
    written = (_START + _END).count("\n")
    for number in count():
        graph = _GRAPH.format(number=number)
        if number and written + graph.count("\n") > lines:
            break
        parts.append(graph)
        written += graph.count("\n")
    return "".join([*parts, _END]).encode()


def layered_project(width: int, depth: int) -> dict[Path, bytes]:
    """`width * depth` files in layers; each file calls the graphs of two files of the layer below."""
    return {
        _path(layer, column): _file(layer, column, width, last=layer == depth - 1)
        for layer in range(depth)
        for column in range(width)
    }


def _path(layer: int, column: int) -> Path:
    return FOLDER / f"f{layer}_{column}.prompt"


def _file(layer: int, column: int, width: int, *, last: bool) -> bytes:
    name = f"f{layer}_{column}"
    if last:
        return (
            f'model m_{name} = "openai/gpt-4o-mini"\n\n'
            f"graph {name}(question: text) -> answer = say.answer\n\n"
            f"llm say(question) -> answer: text\n  model m_{name}\n"
            f"  learn system: Answer shortly.\n  user: {{{{question}}}}\n"
        ).encode()
    below = [f"f{layer + 1}_{column}", f"f{layer + 1}_{(column + 1) % width}"]
    uses = "".join(f'use {used} from "./{used}.prompt"\n' for used in below)
    return (
        f"{uses}\ngraph {name}(question: text) -> answer = second.answer\n\n"
        f"call first = {below[0]}(question)\n\ncall second = {below[1]}(question = first.answer)\n"
    ).encode()
