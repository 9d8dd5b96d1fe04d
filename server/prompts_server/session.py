"""The session: all state of one connection, and the only mutable thing that handlers share."""

from collections.abc import Callable

from prompts_server.documents import Documents
from prompts_server.editor import Editor


class Session:
    """What the server knows about one editor.

    Args:
        editor: The way to the editor.
        watch_process: Ends the connection when the process with an id dies; False when there is no such process.
    """

    def __init__(self, editor: Editor, watch_process: Callable[[int], bool]) -> None:
        self.editor = editor
        self.watch_process = watch_process
        self.documents = Documents()

    def idle(self) -> None:
        """Does what waits until every message that has arrived is handled."""

    async def close(self) -> None:
        """Ends everything that the session started. Takes a bounded time."""
