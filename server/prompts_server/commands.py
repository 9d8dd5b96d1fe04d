"""The commands of this server, in one table: their names for the protocol and their titles for people."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """One entry of `workspace/executeCommand`."""

    name: str
    title: str


RUN = Command("prompts.run", "Run")
EVALUATE = Command("prompts.evaluate", "Evaluate")
OPTIMIZE = Command("prompts.optimize", "Optimize")
STOP = Command("prompts.stop", "Stop")
SHOW_REPORT = Command("prompts.showReport", "Show report")

COMMANDS = {command.name: command for command in (RUN, EVALUATE, OPTIMIZE, STOP, SHOW_REPORT)}
