"""The examples tell true stories: they run, they start low, and what their worlds hide is what keeps them down."""

from __future__ import annotations

import json
import operator
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from prompts_lang.engine.evaluate import evaluate
from prompts_lang.engine.objective import choose_objective
from prompts_lang.engine.session import open_session
from prompts_lang.engine.store.model import RunKind
from prompts_lang.graph.load import Loaded, load_program
from prompts_lang.graph.model import Examples, Graph, SlotId, slots_of
from prompts_lang.graph.substitute import with_texts
from prompts_lang.simulate.load import dial_names, load_world, read_world
from prompts_lang.simulate.world import Dials, World

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "simulated-model.md"
EXAMPLES = ("multihop", "codegen", "support")


@pytest.fixture(params=EXAMPLES)
def example(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of an example's folder, so that nothing is left in the real one."""
    folder = tmp_path / request.param
    shutil.copytree(ROOT / "examples" / request.param, folder, ignore=shutil.ignore_patterns(".prompts", "__pycache__"))
    return folder


def _load(example: Path) -> Loaded:
    return load_program(example / f"{example.name}.prompt")


def _with_all_rules(graph: Graph, world: World) -> Graph:
    texts: dict[SlotId, str] = {}
    for slot in slots_of(graph):
        node = world.nodes.get(f"{slot.id.graph}/{slot.id.node}")
        if node is None or isinstance(slot.section, Examples):
            continue
        separator = " " if node.kind == "retrieve" else "\n"
        texts[slot.id] = separator.join([slot.text, *(rule.inserts[-1] for rule in node.rules)])
    return with_texts(graph, texts)


async def _scores(example: Path) -> tuple[float, float]:
    program = _load(example).program
    assert program is not None
    objective = choose_objective(program)
    better = _with_all_rules(objective.graph, load_world(example / "world.json"))
    async with open_session(program, RunKind.EVAL, objective.graph.name) as session:
        before = await evaluate(session, objective)
        after = await evaluate(session, objective, graph=better)
    assert before.score is not None
    assert after.score is not None
    return before.score, after.score


def test_an_example_has_no_problems(example: Path) -> None:
    assert _load(example).problems == ()


async def test_an_example_starts_low_and_its_hidden_rules_are_why(example: Path) -> None:
    before, after = await _scores(example)
    assert before <= 0.35
    assert after >= 0.9


def test_an_examples_data_are_what_its_generator_writes(example: Path) -> None:
    written = sorted([*(example / "data").iterdir(), example / "world.json"])
    committed = {path: path.read_bytes() for path in written}
    subprocess.run([sys.executable, "generate.py"], cwd=example, check=True)
    assert {path: path.read_bytes() for path in written} == committed


def test_no_prompt_of_an_example_states_a_hidden_rule_at_first(example: Path) -> None:
    program = _load(example).program
    assert program is not None
    world = load_world(example / "world.json")
    for slot in slots_of(choose_objective(program).graph):
        node = world.nodes[f"{slot.id.graph}/{slot.id.node}"]
        assert [rule.id for rule in node.rules if rule.stated_in(slot.text)] == []


def test_codegen_takes_the_programs_of_humaneval_as_they_are(tmp_path: Path) -> None:
    scores = _run_checks(tmp_path)
    assert scores == dict.fromkeys(scores, 1.0)


def _run_checks(folder: Path) -> Mapping[str, float]:
    """HumanEval's reference solutions continue the prompt: indented bodies without a signature."""
    script = folder / "run.py"
    script.write_text(
        "import json, sys\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from checks import pass_at_1\n"
        "rows = [json.loads(line) for line in open(sys.argv[1] + '/data/problems.jsonl')]\n"
        "print(json.dumps({row['task_id']: pass_at_1(row['canonical_solution'], row['prompt'], row['entry_point'],"
        " row['test'])['score'] for row in rows}))\n",
        encoding="utf-8",
    )
    arguments = [sys.executable, "-B", str(script), str(ROOT / "examples" / "codegen")]
    done = subprocess.run(arguments, check=True, capture_output=True, text=True)
    scores: Mapping[str, float] = json.loads(done.stdout)
    assert len(scores) >= 24
    return scores


def test_the_guide_lists_every_dial_with_its_default() -> None:
    listed = re.findall(r"^\| `(\w+\.\w+)` \| ([\d.]+) \|", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    dials = Dials()
    assert listed == [(name, str(operator.attrgetter(name)(dials))) for name in dial_names()]


def test_the_world_in_the_guide_is_a_valid_one() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert list(read_world(json.loads(block)).nodes) == ["qa/plan"]
