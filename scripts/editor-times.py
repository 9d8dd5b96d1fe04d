"""Writes how long the beginner's session took into `docs/first-five-minutes.md`, between the two marks.

Usage: editor-times.py TAKEN, where TAKEN is the folder with the pictures and reports of a run of the sessions.
"""

import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "first-five-minutes.md"
BEGIN, END = "<!-- times: scripts/editor-times.py writes this -->", "<!-- /times -->"

# What a person does in each step of tests/editor/vscode/beginner.ts.
STEPS = {
    "opens-the-walkthrough": "open the editor on an empty folder, and the walkthrough",
    "makes-a-project": "press *New Project…*, give it a name",
    "measures-it": "press *Evaluate*, see the score",
    "lets-it-be-improved": "press *Optimize*, wait for its end",
    "reads-a-finding": "rest the mouse on an underline",
    "accepts-what-is-proven": "choose the rewrites, look at the preview, apply, save",
    "sees-the-score-rise": "press *Evaluate* again",
}


def main(taken: Path) -> None:
    """Replaces the table; fails when a step is missing or did not go well."""
    reports = [json.loads(line) for line in (taken / "beginner.jsonl").read_text(encoding="utf-8").splitlines()]
    seconds = {report["step"]: report["seconds"] for report in reports if report["ok"]}
    missing = STEPS.keys() - seconds.keys()
    if missing:
        sys.exit(f"steps without a time: {', '.join(sorted(missing))}")
    rows = [f"| {words} | {seconds[step]:.1f} |" for step, words in STEPS.items()]
    total = sum(seconds[step] for step in STEPS)
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    table = "\n".join(
        [
            "| step | seconds |",
            "|---|---|",
            *rows,
            f"| **all of it** | **{total:.0f}** |",
            "",
            f"Played by `tests/editor/vscode/beginner.ts` on {datetime.now(UTC).date()}, {machine}, where other work was running.",
        ]
    )
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
