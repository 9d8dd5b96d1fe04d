"""Checks on models: whether LiteLLM knows them, their variables are set, and their prices are known where money is limited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prompts_lang.analysis.samples import ModelTable
from prompts_lang.analysis.view import Declared, Found, View, file_missing, item_of, nodes_below, path_in
from prompts_lang.data.model_facts import plugged_providers
from prompts_lang.data.model_keys import PROVIDER_KEYS, provider_of
from prompts_lang.graph.module import Entry
from prompts_lang.graph.problem import Check, Problem, Related, Severity, did_you_mean
from prompts_lang.graph.project import FileMeaning
from prompts_lang.graph.resolve.draft import (
    CorpusDraft,
    LlmDraft,
    MetricDraft,
    ModelDraft,
    OptimizeDraft,
    RetrieveDraft,
)
from prompts_lang.graph.resolve.values import Variable
from prompts_lang.syntax import nodes
from prompts_lang.syntax.nodes import Fix
from prompts_lang.text.span import Edit, Span


def check_models(view: View) -> Found:
    """Every model that the file declares, and those that its corpora name by their ids."""
    for entry, draft in view.own(ModelDraft):
        for problem in _model(view, entry, draft):
            yield entry, problem
    for entry, corpus in view.own(CorpusDraft):
        if corpus.embedding is not None and not corpus.embedding.declared:
            for problem in _embedding(view, entry, corpus.embedding.model):
                yield entry, problem


def _embedding(view: View, entry: Entry, model: str) -> Iterator[Problem]:
    item = item_of(entry.declaration, "index")
    written = next((value for value in item.values if isinstance(value, nodes.String)), None) if item else None
    if written is None:
        return
    if (table := view.samples.models()) is not None:
        yield from _known(model, written, table)
    yield from _key(view, model, written.span, "declare it as a `model` with a key of its own")


def _model(view: View, entry: Entry, draft: ModelDraft) -> Iterator[Problem]:
    declaration = entry.declaration
    if not isinstance(declaration, nodes.ModelDeclaration) or declaration.model_id is None:
        return
    if isinstance(draft.base, str) and draft.base.startswith(("./", "../")):
        item = item_of(declaration, "base")
        absent = view.samples.absent(path_in(view.meaning, draft.base))
        if absent is not None and item is not None:
            quoted = next((value for value in item.values if isinstance(value, nodes.String)), None)
            yield file_missing(draft.base, quoted.span if quoted else item.span, absent, quoted)
    if draft.base is None and (table := view.samples.models()) is not None:
        yield from _known(draft.id, declaration.model_id, table)
    yield from _variables(view, declaration, draft, declaration.model_id.span)


def _known(model: str, written: nodes.String, table: ModelTable) -> Iterator[Problem]:
    """Whether LiteLLM's list has the provider, and its table the model or one of nearly the same name."""
    if model in table.facts or not table.providers:
        return
    provider = provider_of(model)
    if provider is None:
        meant = did_you_mean(model, (name for name in table.facts if "/" not in name))
        hint = f"did you mean '{meant}'?" if meant else 'write it as `"provider/model"`, or give the model a `base`.'
        fix = _change(written, meant)
        yield Problem(
            Check.UNKNOWN_MODEL, written.span, f"The id '{model}' names no provider that is known: {hint}", fix=fix
        )
    elif provider in plugged_providers():
        return
    elif provider not in table.providers:
        meant = did_you_mean(provider, table.providers)
        hint = f" Did you mean '{meant}'?" if meant else " Give the model a `base` if it is your own."
        fix = _change(written, f"{meant}/{model.partition('/')[2]}" if meant else None)
        message = f"LiteLLM knows no provider '{provider}'.{hint}"
        yield Problem(Check.UNKNOWN_MODEL, written.span, message, fix=fix)
    else:
        siblings = [name for name in table.facts if name.startswith(f"{provider}/")]
        meant = did_you_mean(model, siblings)
        if meant is not None:
            message = f"LiteLLM's table has no model '{model}': did you mean '{meant}'? Leave it if it is newer than the table."
            fix = _change(written, meant)
            yield Problem(Check.UNKNOWN_MODEL, written.span, message, fix=fix, severity_override=Severity.INFORMATION)


def _change(written: nodes.String, meant: str | None) -> Fix | None:
    return None if meant is None else Fix(f"Change to '{meant}'", (Edit(written.content, meant),))


def _variables(view: View, declaration: nodes.Declaration, draft: ModelDraft, span: Span) -> Iterator[Problem]:
    """The variables that the model needs, as far as they are not set here."""
    if view.environ is None:
        return
    for word, variable in (("base", draft.base), ("key", draft.key)):
        if isinstance(variable, Variable) and not view.environ.get(variable.name):
            item = item_of(declaration, word)
            message = f"The variable {variable.name}, which holds the {word} of '{draft.name}', is not set here; set it before a run."
            yield Problem(Check.KEY_MISSING, item.span if item else span, message)
    if draft.base is None and draft.key is None:
        yield from _key(view, draft.id, span, "write `key env NAME`")


def _key(view: View, model: str, span: Span, otherwise: str) -> Iterator[Problem]:
    """The key of a model that is served by its provider, if it is not set here."""
    names = PROVIDER_KEYS.get(provider_of(model) or "", ())
    if view.environ is not None and names and not any(view.environ.get(name) for name in names):
        message = f"The key of '{model}' is not set here: set {' or '.join(names)} before a run, or {otherwise}."
        yield Problem(Check.KEY_MISSING, span, message)


@dataclass(frozen=True, slots=True)
class _Paid:
    """A model that an optimisation would pay, declared or not; `embeds` where nothing comes back that could be charged for."""

    id: str
    declared: Declared[ModelDraft] | None
    embeds: bool = False

    @property
    def name(self) -> str:
        """The model, for a message."""
        return f"'{self.id}'" if self.declared is None else f"'{self.declared.draft.name}' ({self.id})"


def check_prices(view: View) -> Found:
    """Optimize blocks with a budget in money: every model that they would pay needs a price."""
    for entry, block in view.own(OptimizeDraft):
        if block.budget_usd is None:
            continue
        unpriced = [paid for paid in _paid(view, block) if not _priced(view, paid)]
        if not unpriced:
            continue
        item = next((item for item in entry.declaration.items if item.word.text == "budget"), None)
        span = entry.declaration.head_span if item is None else item.span
        message = (
            f"The price of {', '.join(paid.name for paid in unpriced)} is not known, so a budget in money cannot be held: "
            "declare it with `price $0.15 in, $0.60 out`, or give the budget in calls."
        )
        places = [paid.declared for paid in unpriced if paid.declared is not None and view.is_own(paid.declared)]
        related = tuple(
            Related(place.entry.anchor, place.entry.declaration.head_span, "this model has no known price")
            for place in places
        )
        yield entry, Problem(Check.UNKNOWN_PRICE, span, message, related)


def _priced(view: View, paid: _Paid) -> bool:
    """Whether the price is known, or may be by the time of a run: plug-ins bring prices of their own."""
    table = view.samples.models()
    if paid.declared is not None and paid.declared.draft.price is not None:
        return True
    if table is None or provider_of(paid.id) in plugged_providers():
        return True
    facts = table.facts.get(paid.id)
    return facts is not None and (facts.priced or (paid.embeds and facts.tokens_in is not None))


def _paid(view: View, block: OptimizeDraft) -> list[_Paid]:
    """The models that an optimisation would pay: of the graph and those that it calls, of the judge, the critic and the rewriter."""
    found: dict[tuple[Path, str], _Paid] = {}

    def note(name: str, home: FileMeaning, *, embeds: bool = False) -> None:
        """A declared model with its chain of fallbacks."""
        declared = view.find(name, ModelDraft, home)
        while declared is not None and (declared.home.path, declared.draft.name) not in found:
            found[declared.home.path, declared.draft.name] = _Paid(declared.draft.id, declared, embeds)
            fallback = declared.draft.fallback
            declared = None if fallback is None else view.find(fallback, ModelDraft, declared.home)

    for home, _, draft in nodes_below(view, block.graph):
        match draft.body:
            case LlmDraft(model=name):
                note(name, home)
            case RetrieveDraft(corpus=name) if (
                corpus := view.find(name, CorpusDraft, home)
            ) and corpus.draft.embedding:
                index = corpus.draft.embedding
                if index.declared:
                    note(index.model, corpus.home, embeds=True)
                else:
                    found[corpus.home.path, index.model] = _Paid(index.model, None, embeds=True)
            case _:
                pass
    metric = view.find(block.metric, MetricDraft)
    if metric is not None and metric.draft.judge is not None:
        note(metric.draft.judge, metric.home)
    note(block.critic, view.meaning)
    note(block.rewriter, view.meaning)
    return list(found.values())
