"""From the standard environment variables to exporters, for processes of our own. An application configures OpenTelemetry itself."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Final

from prompts_lang.engine.extras import OTEL, library
from prompts_lang.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXPORTERS: Final = "OTEL_TRACES_EXPORTER"
_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS: Final = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_OTLP: Final = {"http/protobuf": "otlp_proto_http", "grpc": "otlp_proto_grpc"}
_GROUP: Final = "opentelemetry_traces_exporter"
_SERVICE: Final = "prompts"


def set_up(environ: Mapping[str, str]) -> None:
    """Sends the spans of this process to the exporters that the environment names, if it names any. To be called once, at the start.

    `OTEL_TRACES_EXPORTER` names them (`otlp`, `console`, any that a package brings); an OTLP endpoint alone means `otlp`. Whatever else
    the environment says, about sampling, batches, headers or resources, OpenTelemetry reads itself.

    Raises:
        UsageError: The extra is not installed, or an exporter is unknown.
    """
    wanted = tuple(_wanted(environ))
    if not wanted:
        return
    wanted_for = f"A trace, as {_EXPORTERS} or an OTLP endpoint asks for,"
    trace: Any = library("opentelemetry.trace", OTEL, wanted_for=wanted_for)
    sdk: Any = library("opentelemetry.sdk.trace", OTEL, wanted_for=wanted_for)
    export: Any = library("opentelemetry.sdk.trace.export", OTEL, wanted_for=wanted_for)
    resources: Any = library("opentelemetry.sdk.resources", OTEL, wanted_for=wanted_for)
    named = environ.get("OTEL_SERVICE_NAME") or "service.name=" in environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    resource = resources.Resource.create({} if named else {"service.name": _SERVICE})
    provider = sdk.TracerProvider(resource=resource)
    for name in wanted:
        # The console's would go to standard output, which belongs to the command.
        exporter = export.ConsoleSpanExporter(out=sys.stderr) if name == "console" else _exporter(name)()
        provider.add_span_processor(export.BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)


def _wanted(environ: Mapping[str, str]) -> Iterator[str]:
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return
    given = environ.get(_EXPORTERS)
    if given is None and any(environ.get(name) for name in _ENDPOINTS):
        given = "otlp"
    for name in (entry.strip() for entry in (given or "").split(",")):
        if name == "otlp":
            protocol = next((value for key in _PROTOCOLS if (value := environ.get(key))), "http/protobuf")
            yield _OTLP.get(protocol, protocol)
        elif name not in ("", "none"):
            yield name


def _exporter(name: str) -> Any:
    found = next(iter(entry_points(group=_GROUP, name=name)), None)
    if found is None:
        known = ", ".join(sorted({entry.name for entry in entry_points(group=_GROUP)}))
        raise UsageError(
            f"There is no exporter '{name}' for traces here.",
            where=_EXPORTERS,
            hint=f"Installed are: {known}. Install the package that brings it, or set the variable to none.",
        )
    return found.load()
