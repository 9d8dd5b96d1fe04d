"""Settings, in one table: what they are called, what they may be, and what they are when nobody says anything.

A value that cannot be used keeps the default and is reported by its key; an unknown key is reported too. Trust is no
setting: it comes from the editor alone, never from a file of the workspace, and is denied until it is given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from prompts_lang.features.inlay_hints import HintKind
from prompts_server.data import as_object
from prompts_server.money import is_budget

SECTION = "prompts"


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table.

    Attributes:
        key: Its name.
        default: Its value when nobody says anything; every other value is of the same kind.
        description: What it does, for people.
        choices: The words that it may be; empty where any value of its kind will do.
        least: The least number that it may be.
        budget: Whether it is an amount such as `$2` or `300 calls`; an empty one is none.
        spends: Whether it decides about money: an editor that can tell them apart takes it from the person alone, never
            from a workspace.
    """

    key: str
    default: bool | str | float
    description: str
    choices: tuple[str, ...] = ()
    least: float | None = None
    budget: bool = False
    spends: bool = False

    @property
    def expectation(self) -> str:
        """What a value must be, in words."""
        if self.choices:
            return f"one of {', '.join(repr(choice) for choice in self.choices)}"
        if self.budget:
            return 'an amount such as "$2" or "300 calls"'
        if isinstance(self.default, bool):
            return "true or false"
        if isinstance(self.default, str):
            return "a string"
        return "a number" if self.least is None else f"a number, {self.least:g} or more"

    def accepts(self, value: object) -> bool:
        """Whether the value can be used."""
        match value:
            case bool():
                return isinstance(self.default, bool)
            case str():
                fits = value in self.choices if self.choices else not self.budget or is_budget(value)
                return isinstance(self.default, str) and fits
            case int() | float():
                is_number = isinstance(self.default, float)
                return is_number and (self.least is None or value >= self.least)
            case _:
                return False


TABLE = (
    Setting("codeLens", True, "Show Run, Evaluate, Optimize and the last score above each graph."),
    Setting("findings", True, "Show the findings of optimisations as diagnostics."),
    Setting("typeHints", True, "Show inferred types in the heads of nodes and graphs."),
    Setting("tokenHints", True, "Show about how many tokens each text of a prompt has."),
    Setting("scoreHints", True, "Show the last score, cost and time behind the head of each node."),
    Setting("budget", "", "What one optimisation may cost; empty: what the file says.", budget=True, spends=True),
    Setting(
        "background",
        "off",
        "When to optimise without being asked, in a trusted workspace, within `backgroundBudget`: never, after the file was "
        "saved, or also after nothing was typed for `backgroundIdle` seconds.",
        choices=("off", "onSave", "onIdle"),
        spends=True,
    ),
    Setting("backgroundIdle", 5.0, "How many seconds without typing count as a pause.", least=2.0, spends=True),
    Setting(
        "backgroundBudget",
        "$1",
        "What may be spent in one day before background optimisation stops until the next. Everything counts that was "
        "spent that day on the file's store.",
        budget=True,
        spends=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force, see `TABLE`."""

    code_lens: bool = True
    findings: bool = True
    hints: frozenset[HintKind] = frozenset(HintKind)
    budget: str = ""
    background: str = "off"
    background_idle: float = 5.0
    background_budget: str = "$1"


def read_settings(value: Any) -> tuple[Settings, tuple[str, ...]]:
    """Reads what an editor sent for `SECTION`; gives the settings and one sentence for each problem."""
    if value is None:
        return Settings(), ()
    if not isinstance(value, Mapping):
        return Settings(), (f"The setting '{SECTION}' must be an object; it is left at its defaults.",)
    given = as_object(cast("Any", value))
    problems: list[str] = []
    chosen: dict[str, Any] = {}
    for setting in TABLE:
        chosen[setting.key] = given.get(setting.key, setting.default)
        if not setting.accepts(chosen[setting.key]):
            problems.append(
                f"The setting '{SECTION}.{setting.key}' must be {setting.expectation}; it is left at its default."
            )
            chosen[setting.key] = setting.default
    known = {setting.key for setting in TABLE}
    problems.extend(f"There is no setting '{SECTION}.{key}'." for key in given if key not in known)
    shown = {HintKind.TYPE: "typeHints", HintKind.TOKENS: "tokenHints", HintKind.SCORE: "scoreHints"}
    return Settings(
        code_lens=chosen["codeLens"],
        findings=chosen["findings"],
        hints=frozenset(kind for kind, key in shown.items() if chosen[key]),
        budget=chosen["budget"],
        background=chosen["background"],
        background_idle=float(chosen["backgroundIdle"]),
        background_budget=chosen["backgroundBudget"],
    ), tuple(problems)
