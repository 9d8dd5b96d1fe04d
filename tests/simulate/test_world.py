from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prompts_lang.errors import FileError
from prompts_lang.simulate.load import dial_names, fingerprint, load_world, override, read_world
from prompts_lang.simulate.world import Dials
from tests.simulate.worlds import world_data

PLAN = "qa/plan"


def _unknown_rule(world: dict[str, Any]) -> None:
    world["rows"][0]["needs"][PLAN] = ["shrot"]


def _unknown_node(world: dict[str, Any]) -> None:
    world["rows"][0]["needs"]["qa/plna"] = []


def _unrecognised_rule(world: dict[str, Any]) -> None:
    world["nodes"][PLAN]["rules"][0]["wordings"] = ["never said"]


def _broken_pattern(world: dict[str, Any]) -> None:
    world["nodes"][PLAN]["rules"][0]["wordings"] = ["(open"]


def _no_template(world: dict[str, Any]) -> None:
    del world["nodes"][PLAN]["template"]


def _unknown_placeholder(world: dict[str, Any]) -> None:
    world["nodes"][PLAN]["good"] = {"query": "{{wrok}}"}


def _unknown_output(world: dict[str, Any]) -> None:
    world["nodes"][PLAN]["faults"][0]["outputs"] = {"qeury": "x"}


def _fault_of_no_rule(world: dict[str, Any]) -> None:
    world["nodes"][PLAN]["faults"][0]["when"] = "long"


def _evidence_in_no_input(world: dict[str, Any]) -> None:
    world["nodes"][PLAN]["evidence"] = [{"input": "passages", "contains": "x"}]


def _twin_keys(world: dict[str, Any]) -> None:
    world["rows"][1]["keys"] = ["who  wrote dawn?"]


def _unknown_dial(world: dict[str, Any]) -> None:
    world["dials"]["critic"]["recal"] = 1


def _impossible_probability(world: dict[str, Any]) -> None:
    world["dials"]["critic"]["recall"] = 1.5


def _wrong_version(world: dict[str, Any]) -> None:
    world["version"] = 2


def _misspelt_field(world: dict[str, Any]) -> None:
    world["nodes"][PLAN]["rulse"] = []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_unknown_rule, "rows[0].needs.qa/plan"),
        (_unknown_node, "no node or judge"),
        (_unrecognised_rule, "not recognised in its own words"),
        (_broken_pattern, "not a regular expression"),
        (_no_template, "neither a template nor patterns"),
        (_unknown_placeholder, "Nothing fills {{wrok}}"),
        (_unknown_output, "qeury"),
        (_fault_of_no_rule, "'long'"),
        (_evidence_in_no_input, "no input 'passages'"),
        (_twin_keys, "belongs to two rows"),
        (_unknown_dial, "no dial 'critic.recal'"),
        (_impossible_probability, "critic.recall is a probability"),
        (_wrong_version, "version"),
        (_misspelt_field, "rulse"),
    ],
)
def test_a_world_that_contradicts_itself_is_refused_with_its_place(
    spoil: Callable[[dict[str, Any]], None], said: str
) -> None:
    data = world_data()
    spoil(data)
    with pytest.raises(FileError) as caught:
        read_world(data, where="world.json")
    assert "world.json" in str(caught.value)
    assert said in str(caught.value)


def test_a_missing_world_says_how_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"base \"\./world\.json\""):
        load_world(tmp_path / "none.json")


def test_a_world_that_is_not_json_is_refused_with_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "world.json"
    path.write_text('{"version": 1,\n oops}', encoding="utf-8")
    with pytest.raises(FileError, match=r"world\.json:2:2"):
        load_world(path)


def test_a_world_file_is_named_after_its_folder(tmp_path: Path) -> None:
    data = world_data()
    del data["name"]
    path = tmp_path / "world.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    assert load_world(path).name == tmp_path.name


def test_every_dial_can_be_turned_by_its_name() -> None:
    for name in dial_names():
        group, dial = name.split(".")
        assert getattr(getattr(override(Dials(), {name: 1}), group), dial) == 1


def test_a_count_dial_takes_no_fraction() -> None:
    with pytest.raises(FileError, match="whole number"):
        override(Dials(), {"critic.attention": 1.5})


def test_a_fingerprint_captures_the_inputs_and_accepts_other_white_space() -> None:
    match = fingerprint("Passages:\n{{passages | numbered}}\n\nQuestion: {{question}}").pattern.fullmatch(
        "Passages:\n1. one\n2. two (a*b)\n\n\nQuestion: who?"
    )
    assert match is not None
    assert match.groupdict() == {"passages": "1. one\n2. two (a*b)", "question": "who?"}


def test_an_input_that_stands_twice_is_captured_once() -> None:
    match = fingerprint("{{name}} and {{name}}").pattern.fullmatch("A and A")
    assert match is not None
    assert match["name"] == "A"
