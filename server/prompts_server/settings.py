"""Settings, in one table: what they are called, what they may be, and what they are when nobody says anything.

A value of the wrong kind keeps the default and is reported by its key; an unknown key is reported too. Trust is no
setting: it comes from the editor alone, never from a file of the workspace, and is denied until it is given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prompts_server.data import as_object

SECTION = "prompts"


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table."""

    key: str
    default: bool | str
    description: str


TABLE = (
    Setting("codeLens", True, "Show Run, Evaluate, Optimize and the last score above each graph."),
    Setting("findings", True, "Show the findings of optimisations as diagnostics."),
    Setting("budget", "", 'What one optimisation may cost, such as "$2" or "300 calls"; empty: what the file says.'),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force."""

    code_lens: bool = True
    findings: bool = True
    budget: str = ""


def read_settings(value: Any) -> tuple[Settings, tuple[str, ...]]:
    """Reads what an editor sent for `SECTION`; gives the settings and one sentence for each problem."""
    if value is None:
        return Settings(), ()
    if not isinstance(value, Mapping):
        return Settings(), (f"The setting '{SECTION}' must be an object; it is left at its defaults.",)
    given = as_object(value)
    problems: list[str] = []
    chosen: dict[str, Any] = {}
    for setting in TABLE:
        chosen[setting.key] = given.get(setting.key, setting.default)
        if type(chosen[setting.key]) is not type(setting.default):
            kind = "true or false" if isinstance(setting.default, bool) else "a string"
            problems.append(f"The setting '{SECTION}.{setting.key}' must be {kind}; it is left at its default.")
            chosen[setting.key] = setting.default
    known = {setting.key for setting in TABLE}
    problems.extend(f"There is no setting '{SECTION}.{key}'." for key in given if key not in known)
    return Settings(chosen["codeLens"], chosen["findings"], chosen["budget"]), tuple(problems)
