"""`workspace/executeCommand`: starts or stops a job and answers at once."""

from typing import Any

from lsprotocol import types

from prompts_server.commands import COMMANDS
from prompts_server.messages import ErrorCode, RequestError
from prompts_server.session import Session


def execute_command(session: Session, params: types.ExecuteCommandParams) -> Any:
    """Does what a command of the table in `prompts_server.commands` says."""
    command = COMMANDS.get(params.command)
    if command is None:
        raise RequestError(ErrorCode.INVALID_PARAMS, f"There is no command {params.command[:80]!r}.")
    argument: Any = params.arguments[0] if params.arguments else None
    return command.perform(session, argument)
