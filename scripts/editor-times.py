"""Writes how long the beginner's session took, and what the editor said in it, into `docs/first-five-minutes.md`, between marks.

Usage: editor-times.py TAKEN, where TAKEN is the folder with the pictures and reports of a run of the sessions.
"""

import json
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[1] / "docs" / "first-five-minutes.md"

# What a person does in each step of tests/editor/vscode/beginner.ts.
STEPS = {
    "makes-a-project-in-a-terminal": "open the editor on an empty folder and a terminal, type `prompts new triage`",
    "opens-the-graph": "open `triage.prompt`",
    "measures-it": "press *Evaluate*, see the score",
    "lets-it-be-improved": "press *Optimize*, wait for its end",
    "reads-a-finding": "rest the mouse on an underline",
    "accepts-what-is-proven": "choose the rewrites, look at the preview, apply, save",
    "sees-the-score-rise": "press *Evaluate* again",
}

Reports = Mapping[str, Mapping[str, Any]]


def main(taken: Path) -> None:
    """Replaces the table and the transcript; fails when a step is missing or did not go well."""
    lines = (taken / "beginner.jsonl").read_text(encoding="utf-8").splitlines()
    reports = {report["step"]: report for report in map(json.loads, lines) if report["ok"]}
    missing = STEPS.keys() - reports.keys()
    if missing:
        sys.exit(f"steps without a time: {', '.join(sorted(missing))}")
    page = PAGE.read_text(encoding="utf-8")
    page = replaced(page, "times", times(reports))
    PAGE.write_text(replaced(page, "transcript", transcript(reports)), encoding="utf-8")


def replaced(page: str, name: str, lines: Iterator[str]) -> str:
    """The page with other lines between the marks of a name."""
    begin, end = f"<!-- {name}: scripts/editor-times.py writes this -->", f"<!-- /{name} -->"
    before, rest = page.split(begin)
    text = "\n".join(lines)
    return f"{before}{begin}\n{text}\n{end}{rest.split(end)[1]}"


def times(reports: Reports) -> Iterator[str]:
    """The table of the steps."""
    total = sum(reports[step]["seconds"] for step in STEPS)
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    yield from ("| step | seconds |", "|---|---|")
    for step, words in STEPS.items():
        yield f"| {words} | {reports[step]['seconds']:.1f} |"
    yield f"| **all of it** | **{total:.0f}** |"
    yield ""
    yield f"Played by `tests/editor/vscode/beginner.ts` on {datetime.now(UTC).date()}, {machine}."


def transcript(reports: Reports) -> Iterator[str]:
    """What the editor said, each step with the time at which it began."""
    began = 0.0
    yield "```text"
    for step in STEPS:
        report = reports[step]
        yield f"{int(began) // 60}:{int(began) % 60:02}  {step.replace('-', ' ')}"
        for line in str(report.get("said", "")).splitlines():
            if line.strip():
                yield f"      {line.rstrip()}"
        began += report["seconds"]
    yield "```"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
