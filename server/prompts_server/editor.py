"""The editor as this server sees it: what can be sent, shown and asked.

Each method is safe to call whatever the editor supports: what it cannot show is left out, and a question that it cannot
ask has no answer. No method waits for the editor except the coroutines, and those end when they are cancelled.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from prompts_server.capabilities import ClientFacts
from prompts_server.server import PromptsServer

logger = logging.getLogger(__name__)


class Editor:
    """One connected editor.

    Attributes:
        facts: What it can do.
        understands_ours: Whether it said that it knows the notifications that are not in the protocol.
        shows_panel: Whether it said that it shows the graph panel itself.
        shows_diagnostics_in_hover: Whether it said that its hovers begin with the diagnostics of the place.
    """

    def __init__(self, server: PromptsServer) -> None:
        self._server = server
        self._refreshing: set[asyncio.Task[None]] = set()
        self.facts = ClientFacts()
        self.understands_ours = False
        self.shows_panel = False
        self.shows_diagnostics_in_hover = False

    def publish(self, uri: str, version: int | None, diagnostics: Sequence[types.Diagnostic]) -> None:
        """Replaces the pushed diagnostics of a document."""
        self._server.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri=uri, version=version, diagnostics=list(diagnostics))
        )

    def show(self, kind: types.MessageType, text: str) -> None:
        """Shows a message that a person should see."""
        self._server.window_show_message(types.ShowMessageParams(kind, text))

    async def ask(self, text: str, choices: Sequence[str]) -> str | None:
        """Asks a person to choose; None when the question was dismissed or the editor cannot ask."""
        actions = [types.MessageActionItem(title=choice) for choice in choices]
        params = types.ShowMessageRequestParams(type=types.MessageType.Info, message=text, actions=actions)
        answer = await self._request(types.WINDOW_SHOW_MESSAGE_REQUEST, params)
        return answer.title if isinstance(answer, types.MessageActionItem) else None

    async def create_progress(self, token: str) -> bool:
        """Announces a progress token; False when the editor shows no progress, and then none must be sent."""
        if not self.facts.shows_progress:
            return False
        try:
            await self._await_response(
                types.WINDOW_WORK_DONE_PROGRESS_CREATE, types.WorkDoneProgressCreateParams(token=token)
            )
        except JsonRpcException as error:
            logger.info("the editor created no progress: %s", error)
            return False
        return True

    def progress(
        self, token: str, value: types.WorkDoneProgressBegin | types.WorkDoneProgressReport | types.WorkDoneProgressEnd
    ) -> None:
        """Reports progress on a token that the editor has accepted."""
        self._server.progress(types.ProgressParams(token=token, value=value))

    def show_document(self, uri: str, *, selection: types.Range | None = None, external: bool = False) -> None:
        """Brings a document before the person's eyes, where the editor can; outside of the editor if `external`."""
        if self.facts.shows_documents:
            params = types.ShowDocumentParams(uri=uri, external=external, take_focus=True, selection=selection)
            self._request_later(types.WINDOW_SHOW_DOCUMENT, params)

    def notify(self, method: str, params: Any) -> None:
        """Sends a notification of our own to an editor that said it understands it."""
        self._server.conversation.notify(method, params)

    def refresh_code_lenses(self) -> None:
        """Makes the editor ask for its code lenses again, where it can."""
        if self.facts.refreshes_code_lenses:
            self._request_later(types.WORKSPACE_CODE_LENS_REFRESH)

    def refresh_inlay_hints(self) -> None:
        """Makes the editor ask for its inlay hints again, where it can."""
        if self.facts.refreshes_inlay_hints:
            self._request_later(types.WORKSPACE_INLAY_HINT_REFRESH)

    def refresh_diagnostics(self) -> None:
        """Makes the editor pull its diagnostics again, where it can."""
        if self.facts.refreshes_diagnostics:
            self._request_later(types.WORKSPACE_DIAGNOSTIC_REFRESH)

    async def register(self, method: str, options: Any) -> None:
        """Registers a capability that can only be registered dynamically."""
        registration = types.Registration(id=f"prompts-{method}", method=method, register_options=options)
        await self._request(types.CLIENT_REGISTER_CAPABILITY, types.RegistrationParams([registration]))

    async def configuration(self, section: str) -> Any:
        """The editor's settings under a section; None where it does not answer such questions."""
        if not self.facts.answers_configuration:
            return None
        items = [types.ConfigurationItem(section=section)]
        answer: list[Any] | None = await self._request(types.WORKSPACE_CONFIGURATION, types.ConfigurationParams(items))
        return answer[0] if answer else None

    def _request_later(self, method: str, params: Any = None) -> None:
        task = asyncio.get_running_loop().create_task(self._request(method, params))
        self._refreshing.add(task)
        task.add_done_callback(self._refreshing.discard)

    async def _request(self, method: str, params: Any) -> Any:
        """Sends a request; an editor that refuses it has given no answer."""
        try:
            return await self._await_response(method, params)
        except JsonRpcException as error:
            logger.info("the editor refused %s: %s", method, error)
            return None

    async def _await_response(self, method: str, params: Any) -> Any:
        return await self._server.conversation.request(method, params)
