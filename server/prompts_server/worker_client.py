"""The server's side of the worker process: starts it when it is first needed, watches it, and ends it with its children.

There is at most one worker. It gets a process group of its own, so that ending it ends whatever it started. When it
crashes, that is reported once with a message for people, and the next command starts another after a growing pause;
after too many crashes in a short time no more are started, and that is said too.
"""

import asyncio
import logging
import sys
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from prompts_lang.errors import PromptsError
from prompts_lang.worker.protocol import (
    MAX_LINE_BYTES,
    PROTOCOL_VERSION,
    Command,
    Exit,
    JobEvent,
    Ready,
    WorkerProtocolError,
    encode_line,
    read_event,
)
from prompts_server.worker_process import WorkerProcess

logger = logging.getLogger(__name__)

_Result = TypeVar("_Result")

# `-P`: nothing may be imported from the directory that the editor happens to run in.
WORKER_COMMAND = (sys.executable, "-P", "-m", "prompts_lang.worker")


class WorkerError(PromptsError):
    """The worker cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things may take, in seconds, and how many crashes are too many.

    Attributes:
        ready: From the start to the worker's first line.
        leave: From `exit` to the worker's end; it is killed after that.
        first_pause: Before the start that follows a crash; doubled for each further crash.
        crashes: This many crashes ...
        within: ... within this time, and no more workers are started.
    """

    ready: float = 30.0
    leave: float = 1.0
    first_pause: float = 0.5
    crashes: int = 3
    within: float = 180.0


class WorkerClient:
    """Starts, talks to and ends the worker.

    Args:
        handle: Called with every event of a job, in order.
        lost: Called with a message when the worker ended without being asked to.
        command: How to start it.
        patience: Time limits.
    """

    def __init__(
        self,
        handle: Callable[[JobEvent], None],
        lost: Callable[[str], None],
        command: Sequence[str] = WORKER_COMMAND,
        patience: Patience | None = None,
    ) -> None:
        self._handle = handle
        self._lost = lost
        self._command = tuple(command)
        self._patience = patience or Patience()
        self._worker: WorkerProcess | None = None
        self._watch: asyncio.Task[None] | None = None
        self._launching: asyncio.Task[None] | None = None
        self._crashes: deque[float] = deque(maxlen=self._patience.crashes)
        self._closing = asyncio.Event()

    async def start(self) -> None:
        """Makes sure that a worker is ready.

        Raises:
            WorkerError: It cannot be started, crashed too often, or speaks another protocol.
        """
        if self._worker is not None:
            return
        if self._closing.is_set():
            raise WorkerError("The server is shutting down.")
        if self._launching is None:
            self._launching = asyncio.get_running_loop().create_task(self._launch())
            # Every waiter may have been cancelled; the failure then has nobody to go to.
            self._launching.add_done_callback(lambda launch: launch.cancelled() or launch.exception())
        # Whoever waits may be cancelled; the launch may not, because asyncio loses a process that is being created then,
        # and because the next job will want the worker anyway.
        await asyncio.shield(self._launching)

    def send(self, command: Command) -> bool:
        """Sends a command to the worker; False when there is none."""
        return self._worker is not None and self._worker.write(encode_line(command))

    async def close(self) -> None:
        """Ends the worker and everything it started; takes little more than `patience.leave`."""
        self._closing.set()
        if self._launching is not None:
            await asyncio.gather(self._launching, return_exceptions=True)
        if self._worker is not None:
            self.send(Exit())
            await self._worker.end(self._patience.leave)
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)

    # --- starting --------------------------------------------------------------------------------------------------

    async def _launch(self) -> None:
        try:
            await self._pause_after_crashes()
            worker = await self._create()
            try:
                await self._shake_hands(worker)
            except BaseException:
                await worker.end(self._patience.leave)
                raise
            self._worker = worker
            self._watch = asyncio.create_task(self._listen(worker))
        finally:
            self._launching = None

    async def _pause_after_crashes(self) -> None:
        now = asyncio.get_running_loop().time()
        recent = [crash for crash in self._crashes if now - crash < self._patience.within]
        if len(recent) >= self._patience.crashes:
            minutes = round(self._patience.within / 60)
            raise WorkerError(
                f"The worker crashed {len(recent)} times within {minutes} minutes, so it is not started again for now.",
                hint="The server's log has its last words. Try again later, or restart the server.",
            )
        if recent:
            await self._unless_closing(asyncio.sleep(self._patience.first_pause * 2 ** (len(recent) - 1)))

    async def _create(self) -> WorkerProcess:
        try:
            return await WorkerProcess.create(self._command, MAX_LINE_BYTES)
        except OSError as error:
            raise WorkerError(f"The worker could not be started: {error.strerror}.") from error

    async def _shake_hands(self, worker: WorkerProcess) -> None:
        try:
            async with asyncio.timeout(self._patience.ready):
                line = await self._unless_closing(worker.read_line())
        except TimeoutError:
            raise WorkerError(f"The worker said nothing for {self._patience.ready:.0f} seconds.") from None
        if not line:
            self._note_crash()
            raise WorkerError("The worker ended before it was ready.", hint="The server's log has its last words.")
        try:
            ready = read_event(line)
        except WorkerProtocolError as error:
            raise WorkerError("The worker does not speak this server's protocol.") from error
        if not isinstance(ready, Ready) or ready.protocol != PROTOCOL_VERSION:
            raise WorkerError(
                "The worker speaks another version of the protocol than this server.",
                hint="Install both from one release of prompts-lang, and restart the server.",
            )
        logger.info("the worker %s is ready", ready.version)

    async def _unless_closing(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """What the work gives; WorkerError as soon as the client is closed."""
        working = asyncio.create_task(work)
        closing = asyncio.create_task(self._closing.wait())
        try:
            await asyncio.wait({working, closing}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise WorkerError("The server is shutting down.")
            return working.result()
        finally:
            working.cancel()
            closing.cancel()

    # --- running ---------------------------------------------------------------------------------------------------

    async def _listen(self, worker: WorkerProcess) -> None:
        try:
            while line := await worker.read_line():
                self._take_in(line)
                # Reading does not yield while there is more in the buffer, and the editor must not wait for that.
                await asyncio.sleep(0)
        finally:
            self._worker = None
            self._watch = None
        if self._closing.is_set():
            return
        await worker.end(self._patience.leave)
        self._note_crash()
        self._lost(_last_words(worker.exit_code))

    def _take_in(self, line: bytes) -> None:
        try:
            event = read_event(line)
        except WorkerProtocolError as error:
            logger.warning("ignored a line of the worker: %s", error)
            return
        if not isinstance(event, JobEvent):
            return
        try:
            self._handle(event)
        except Exception:
            # Whatever goes wrong with one event, the next ones are still to be heard, the end of the job above all.
            logger.exception("an event of the worker could not be taken in: %s", event.event)

    def _note_crash(self) -> None:
        self._crashes.append(asyncio.get_running_loop().time())


def _last_words(code: int | None) -> str:
    by_signal = code is not None and code < 0
    how = f"was ended by signal {-(code or 0)}" if by_signal else f"ended with code {code}"
    return f"The worker {how}. What was paid for is kept; run again to go on from there."
