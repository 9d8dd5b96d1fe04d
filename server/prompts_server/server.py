"""The pygls server object: a name, a version, our protocol, and errors that go to the log instead of into popups."""

import logging
from importlib.metadata import PackageNotFoundError, version
from typing import cast

from cattrs import Converter
from pygls.lsp.server import LanguageServer

from prompts_server.protocol import PromptsProtocol

logger = logging.getLogger(__name__)

NAME = "prompts"


class PromptsServer(LanguageServer):
    """Carries the typed senders of pygls. It holds no state of ours; that is the session's."""

    def __init__(self) -> None:
        # The converter is one that knows nothing: `typed` and `plain` take its place, because that of pygls is slow to start.
        super().__init__(  # pyright: ignore[reportUnknownMemberType] - pygls leaves `*args` untyped
            NAME, package_version(), protocol_cls=PromptsProtocol, converter_factory=Converter
        )

    @property
    def conversation(self) -> PromptsProtocol:
        """The protocol, by its own type."""
        return cast("PromptsProtocol", self.protocol)

    def report_server_error(self, error: Exception, source: object) -> None:
        """Logs. Stock pygls shows a popup, which nobody can act on."""
        logger.error("%s: %s", source, error)


def package_version() -> str:
    """The version of the installed distribution; "unknown" when run from a bare source tree."""
    try:
        return version("prompts-lang")
    except PackageNotFoundError:
        return "unknown"
