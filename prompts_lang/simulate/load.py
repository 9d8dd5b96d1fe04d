"""Reads a world: structure against `world.schema.json`, then everything that a schema cannot say. Every error names the place.

Invariant: in a world that was read without an error, every rule's own words are recognised by its wordings, and every template can
be filled for at least one row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match  # pyright: ignore[reportUnknownVariableType]

from prompts_lang.errors import FileError
from prompts_lang.graph.template import Placeholder, parse_template
from prompts_lang.simulate.consistency import contradictions
from prompts_lang.simulate.world import (
    Criterion,
    Decoy,
    Dials,
    Evidence,
    Fault,
    Fingerprint,
    Judge,
    Part,
    Reading,
    Row,
    Rule,
    SimulatedModel,
    World,
    WorldNode,
    squash,
)
from prompts_lang.text.ordinary_files import read_ordinary

LARGEST = 64 * 2**20
"""Bytes of a world file."""

_OPEN_ENDED = frozenset({"service.latency", "service.retry_after", "judge.severity"})
"""Dials that are not probabilities."""


def load_world(path: Path) -> World:
    """Reads a world file.

    Raises:
        FileError: the file is missing, is not JSON, or is not a valid world; the message names the place inside it.
    """
    try:
        text = read_ordinary(path, LARGEST).decode("utf-8-sig")
    except OSError as error:
        raise FileError(
            f"The world file of the simulated model cannot be read: {error.strerror}.",
            where=str(path),
            hint='Set `base "./world.json"` on the model to the path of a world file.',
        ) from error
    except UnicodeDecodeError as error:
        raise FileError("The world file is not UTF-8 text.", where=str(path), hint="Save it as UTF-8.") from error
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise FileError(
            f"The world file is not JSON: {error.msg}.", where=f"{path}:{error.lineno}:{error.colno}"
        ) from error
    except RecursionError as error:
        raise FileError("The world file is nested too deeply.", where=str(path), hint="Flatten it.") from error
    return read_world(data, where=str(path), name=path.parent.name)


def read_world(data: Any, *, where: str = "world", name: str = "world") -> World:
    """Builds a world from parsed JSON.

    Raises:
        FileError: it is not a valid world.
    """
    if problem := _misfit(data):
        raise FileError(_sentence(problem.message), where=_place(where, problem.absolute_path))
    nodes = {key: _node(key, value, where) for key, value in data["nodes"].items()}
    judges = {key: _judge(key, value, where) for key, value in data.get("judges", {}).items()}
    rows = tuple(_row(value) for value in data["rows"])
    world = World(
        name=data.get("name", name),
        seed=data.get("seed", 0),
        models={key: SimulatedModel(key, value.get("expertise", 0.0)) for key, value in data["models"].items()},
        dials=override(Dials(), _flat(data.get("dials", {})), where=where),
        nodes=nodes,
        judges=judges,
        rows=rows,
        rows_by_key=_index(rows, where),
        rows_by_alias={squash(alias).lower(): row for row in reversed(rows) for alias in row.aliases},
        unknown=data.get("unknown", "I do not know."),
    )
    for problem_place, message in contradictions(world):
        raise FileError(message, where=_place(where, problem_place))
    return world


def override(dials: Dials, changes: Mapping[str, float], *, where: str = "dials") -> Dials:
    """The dials with some of them turned, named as in `critic.recall`.

    Raises:
        FileError: a name that is not a dial, or a value that it cannot have.
    """
    for dotted, value in changes.items():
        group_name, _, dial = dotted.partition(".")
        group = getattr(dials, group_name, None)
        if group is None or dial not in {field.name for field in fields(group)}:
            known = ", ".join(dial_names())
            raise FileError(f"There is no dial {dotted!r}.", where=where, hint=f"Known dials: {known}.")
        if isinstance(getattr(group, dial), int) and not float(value).is_integer():
            raise FileError(f"The dial {dotted} takes a whole number, not {value}.", where=where)
        if isinstance(getattr(group, dial), float) and value > 1 and dotted not in _OPEN_ENDED:
            raise FileError(f"The dial {dotted} is a probability, from 0 to 1, not {value}.", where=where)
        dials = replace(dials, **{group_name: replace(group, **{dial: type(getattr(group, dial))(value)})})
    return dials


def dial_names() -> tuple[str, ...]:
    """Every dial as `group.name`."""
    groups = Dials()
    return tuple(
        f"{group.name}.{dial.name}" for group in fields(groups) for dial in fields(getattr(groups, group.name))
    )


def fingerprint(template: str) -> Fingerprint:
    """The pattern of everything that a frozen prompt template can render to, with the placeholders as named groups."""
    pieces: list[str] = []
    weight = 0
    seen: set[str] = set()
    for part in parse_template(template.strip()).parts:
        if isinstance(part, Placeholder):
            pieces.append(f"(?P<{part.name}>.*?)" if part.name not in seen else "(?:.*?)")
            seen.add(part.name)
        else:
            weight += sum(not character.isspace() for character in part)
            pieces.append(r"\s+".join(re.escape(word) for word in re.split(r"\s+", part)))
    return Fingerprint(re.compile("".join(pieces), re.DOTALL), weight, template.strip())


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    text = resources.files("prompts_lang.simulate").joinpath("world.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def _misfit(data: Any) -> ValidationError | None:
    errors: Any = _validator().iter_errors(data)  # pyright: ignore[reportUnknownMemberType] - jsonschema has no types of its own
    return cast("ValidationError | None", best_match(errors))


def _node(name: str, data: Mapping[str, Any], where: str) -> WorldNode:
    place = ("nodes", name)
    prints = [fingerprint(data["template"])] if "template" in data else []
    for index, text in enumerate(data.get("patterns", [])):
        pattern = _pattern(text, where, (*place, "patterns", index))
        prints.append(Fingerprint(pattern, sum(character.isalnum() for character in text)))
    kind = data.get("kind", "llm")
    if not prints:
        raise FileError(
            "The node has neither a template nor patterns, so no request can be recognised as its own.",
            where=_place(where, place),
            hint="Add the text of its frozen user section as `template`.",
        )
    return WorldNode(
        name=name,
        kind=kind,
        inputs=tuple(dict.fromkeys(group for each in prints for group in each.pattern.groupindex)),
        fingerprints=tuple(prints),
        rules=tuple(_rule(rule, where, (*place, "rules", index)) for index, rule in enumerate(data.get("rules", []))),
        decoys=tuple(Decoy(decoy["text"], decoy.get("harm", 0.0)) for decoy in data.get("decoys", [])),
        evidence=tuple(Evidence(**evidence) for evidence in data.get("evidence", [])),
        reads={key: Reading(**reading) for key, reading in data.get("reads", {}).items()},
        parts={
            key: Part(part["rule"], part["kept"], part.get("missed", "")) for key, part in data.get("parts", {}).items()
        },
        good=data.get("good", {}),
        faults=tuple(Fault(fault["when"], fault["outputs"]) for fault in data.get("faults", [])),
    )


def _rule(data: Mapping[str, Any], where: str, place: tuple[str | int, ...]) -> Rule:
    rule = Rule(
        id=data["id"],
        statement=data["statement"],
        symptom=data["symptom"],
        wordings=_patterns(data["wordings"], where, (*place, "wordings")),
        inserts=tuple(data.get("inserts") or (data["statement"],)),
        implied_by=_patterns(data.get("implied_by", []), where, (*place, "implied_by")),
        blames=_pattern(data["blames"], where, (*place, "blames")) if "blames" in data else None,
    )
    for text in (rule.statement, *rule.inserts):
        if not rule.stated_in(text):
            raise FileError(
                f"The rule {rule.id!r} is not recognised in its own words: {text!r}.",
                where=_place(where, place),
                hint="Add a wording (a regular expression) that matches it.",
            )
    return rule


def _judge(name: str, data: Mapping[str, Any], where: str) -> Judge:
    place = ("judges", name)
    criteria = tuple(
        Criterion(
            criterion["id"],
            tuple(p.pattern for p in _patterns(criterion["shows"], where, (*place, "criteria", index, "shows"))),
            criterion["critique"],
            criterion.get("weight", 1.0),
        )
        for index, criterion in enumerate(data["criteria"])
    )
    return Judge(name, _patterns(data.get("rubric", []), where, (*place, "rubric")), criteria)


def _row(data: Mapping[str, Any]) -> Row:
    needs = {name: frozenset(rules) for name, rules in data.get("needs", {}).items()}
    return Row(tuple(data["keys"]), tuple(data.get("aliases", [])), data.get("facts", {}), needs)


def _index(rows: tuple[Row, ...], where: str) -> Mapping[str, Row]:
    found: dict[str, Row] = {}
    for index, row in enumerate(rows):
        for key in row.keys:
            flat = squash(key).lower()
            if flat in found and found[flat] is not row:
                raise FileError(f"The key {key!r} belongs to two rows.", where=_place(where, ("rows", index)))
            found[flat] = row
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


def _flat(groups: Mapping[str, Mapping[str, float]]) -> Mapping[str, float]:
    return {f"{group}.{dial}": value for group, dials in groups.items() for dial, value in dials.items()}


def _patterns(texts: Iterable[str], where: str, place: tuple[str | int, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(_pattern(text, where, (*place, index)) for index, text in enumerate(texts))


def _pattern(text: str, where: str, place: tuple[str | int, ...]) -> re.Pattern[str]:
    try:
        return re.compile(text, re.IGNORECASE | re.DOTALL)
    except re.error as error:
        raise FileError(f"{text!r} is not a regular expression: {error}.", where=_place(where, place)) from error


def _place(where: str, path: Iterable[str | int]) -> str:
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return f"{where}{': ' if steps else ''}{steps.removeprefix('.')}"


def _sentence(message: str) -> str:
    return f"{message[:1].upper()}{message[1:300]}."
