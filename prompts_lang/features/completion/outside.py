"""What stands outside of prompt graphs: files, functions in them, columns of data, models."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from prompts_lang.data.model_facts import bundled_model_facts
from prompts_lang.features.completion.offer import Completion, CompletionKind, Place
from prompts_lang.features.files import beside, columns_in, functions_in, listed
from prompts_lang.syntax import nodes

MOST_MODELS = 200
"""How many models are offered at a time; what is typed narrows them down."""


def files(place: Place, typed: str) -> Iterator[Completion]:
    """Files and folders below what is typed so far; nothing outside of the file's own folder tree is listed."""
    span = place.last(typed.rpartition("/")[2])
    for name in listed(place.meaning.path, typed.rpartition("/")[0]):
        yield Completion(name, CompletionKind.FILE, name, span)


def functions(place: Place, typed: str) -> Iterator[Completion]:
    """The functions of the Python file that stands before the colon."""
    written, _, begun = typed.rpartition(":")
    path = beside(place.meaning.path, written)
    for function in () if path is None else functions_in(path):
        span = place.last(begun)
        yield Completion(
            function.name, CompletionKind.FUNCTION, function.name, span, function.signature, function.documentation
        )


def models(place: Place, typed: str) -> Iterator[Completion]:
    """Models of LiteLLM's table whose id contains what is typed; those that start with it first."""
    known = [model for model in bundled_model_facts() if typed.lower() in model.lower() and "/" in model]
    known.sort(key=lambda model: (not model.startswith(typed), model))
    for model in islice(known, MOST_MODELS):
        window = bundled_model_facts()[model].window
        detail = "" if window is None else f"{window} tokens"
        yield Completion(model, CompletionKind.MODEL, model, place.last(typed), detail)


def columns(place: Place) -> Iterator[Completion]:
    """The columns of the dataset, or the fields of the corpus, whose property is being typed."""
    if place.entry is not None:
        yield from _columns(place, place.entry.declaration)


def columns_of_all(place: Place) -> Iterator[Completion]:
    """The columns of every dataset of the file: what a graph's inputs are usually called."""
    for entry in place.meaning.module.entries:
        if isinstance(entry.declaration, nodes.DatasetDeclaration):
            yield from _columns(place, entry.declaration)


def _columns(place: Place, declaration: nodes.Declaration) -> Iterator[Completion]:
    match declaration:
        case nodes.DatasetDeclaration(path=nodes.String(value)) | nodes.CorpusDeclaration(path=nodes.String(value)):
            path = beside(place.meaning.path, value)
            for name in () if path is None else columns_in(path):
                yield Completion(name, CompletionKind.COLUMN, name, place.span, value)
        case _:
            pass
