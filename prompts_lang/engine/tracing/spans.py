"""Starting and ending spans, where there is a provider to take them."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from prompts_lang.errors import ProviderError

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

Attributes: TypeAlias = "Mapping[str, str | bool | int | float | tuple[str, ...] | tuple[int, ...]]"

CAPTURE: Final = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
"""The conventions' switch for texts. We write spans and no log events, so `EVENT_ONLY` asks for nothing here."""
SCOPE: Final = "prompts_lang"
"""The name of the instrumentation."""

_CAPTURING: Final = frozenset({"true", "span_only", "span_and_event"})
_PROXY: Final = "ProxyTracerProvider"
"""The API's stand-in for a provider that nobody has set."""


class Span:
    """A span under way, or nothing at all."""

    def __init__(self, span: Any = None, *, content: bool = False) -> None:
        self._span = span
        self._content = content

    def set(self, attributes: Attributes) -> None:
        """Adds attributes."""
        if self._span is not None:
            self._span.set_attributes(attributes)

    def fail(self, kind: str, message: str) -> None:
        """Marks it as failed. `kind` is of low cardinality; the message may hold texts and is kept only by those who asked for them."""
        if self._span is not None:
            from opentelemetry.trace import StatusCode  # noqa: PLC0415  loaded, since there is a span

            self._span.set_attribute("error.type", kind)
            self._span.set_status(StatusCode.ERROR, message if self._content else None)


NOTHING: Final = Span()


class Tracing:
    """Starts spans as children of the one that is current.

    Args:
        tracer: Where spans go; None for nowhere.
        content: Whether texts may stand in them.
    """

    def __init__(self, tracer: Tracer | None = None, *, content: bool = False) -> None:
        self._tracer = tracer
        self.content = content

    @property
    def on(self) -> bool:
        """Whether anyone takes spans."""
        return self._tracer is not None

    @contextmanager
    def span(self, name: str, attributes: Attributes, *, client: bool = False) -> Generator[Span]:
        """A span around the block, current within it. What leaves the block as an exception marks it as failed.

        Args:
            name: Of low cardinality.
            attributes: What is known at the start.
            client: Whether it is about a request to somebody else.
        """
        if self._tracer is None:
            yield NOTHING
            return
        from opentelemetry.trace import SpanKind  # noqa: PLC0415  loaded, since there is a tracer

        kind = SpanKind.CLIENT if client else SpanKind.INTERNAL
        with self._tracer.start_as_current_span(
            name, kind=kind, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as started:
            span = Span(started, content=self.content)
            try:
                yield span
            except BaseException as error:
                span.fail(_kind_of(error), str(error))
                raise


OFF: Final = Tracing()


def tracing(environ: Mapping[str, str] | None = None) -> Tracing:
    """What the process has configured: a tracer of its provider, or none.

    Args:
        environ: Environment variables; the process's own by default.
    """
    # Whoever configured a provider has imported the API; nobody waits for an import for the sake of finding none.
    api: Any = sys.modules.get("opentelemetry.trace")
    if api is None or type(api.get_tracer_provider()).__name__ == _PROXY:
        return OFF
    environ = os.environ if environ is None else environ
    content = environ.get(CAPTURE, "").strip().lower() in _CAPTURING
    return Tracing(api.get_tracer(SCOPE), content=content)


def _kind_of(error: BaseException) -> str:
    return error.kind.value if isinstance(error, ProviderError) else type(error).__name__
