"""Writes this example's data (in HumanEval's format) and its simulated world. Run `python generate.py` in this folder."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import indent

from problems import PROBLEMS, Problem

HERE = Path(__file__).parent


def main() -> None:
    """Writes data/problems.jsonl and world.json."""
    rows = [humaneval_row(number, problem) for number, problem in enumerate(PROBLEMS)]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (HERE / "data" / "problems.jsonl").write_text(lines, encoding="utf-8")
    world = json.loads((HERE / "rules.json").read_text(encoding="utf-8"))
    text = json.dumps({**world, "rows": [_world_row(problem) for problem in PROBLEMS]}, indent=1, ensure_ascii=False)
    (HERE / "world.json").write_text(text + "\n", encoding="utf-8")


def humaneval_row(number: int, problem: Problem) -> dict[str, str]:
    """A problem with the five columns of HumanEval."""
    examples = "".join(f"\n    >>> {call}\n    {value}" for call, value in problem.examples)
    tests = "".join(f"    assert {test}\n" for test in problem.tests)
    return {
        "task_id": f"Prompts/{number}",
        "prompt": f'{problem.signature}\n    """{problem.task}{examples}\n    """\n',
        "entry_point": problem.entry_point,
        "canonical_solution": indent(problem.body, "    ") + "\n",
        "test": f"def check(candidate):\n{tests}",
    }


def program(problem: Problem, body: str | None = None, name: str | None = None) -> str:
    """The problem as a whole function, with another body or another name where they are given."""
    signature = problem.signature.replace(problem.entry_point, name or problem.entry_point, 1)
    return f"{signature}\n{indent(body or problem.body, '    ')}\n"


def _world_row(problem: Problem) -> dict[str, object]:
    traps = {"guard": problem.empty, "pure": problem.inplace, "name": problem.alias, "bare": problem.chatty or None}
    hidden = problem.empty or problem.inplace
    facts = {
        "good": program(problem),
        "unguarded": program(problem, problem.empty),
        "inplace": program(problem, problem.inplace),
        "renamed": program(problem, hidden, problem.alias) if problem.alias else program(problem),
        "passable": program(problem, hidden),
    }
    needs = {
        "codegen/write": sorted(rule for rule, trap in traps.items() if trap),
        "codegen/repair": sorted({"log"} | {rule for rule in ("guard", "pure") if traps[rule]}),
    }
    return {"keys": [problem.signature], "facts": facts, "needs": needs}


if __name__ == "__main__":
    main()
