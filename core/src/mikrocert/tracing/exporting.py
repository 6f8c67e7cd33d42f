"""Spans by OpenTelemetry: the only module that knows its words, imported only where settings want it."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from mikrocert import __version__
from mikrocert.errors import SettingsError
from mikrocert.texts import message
from mikrocert.tracing.spans import Span, SpanKind, SpanValue, Tracing, opened

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from opentelemetry.sdk.trace.export import SpanExporter

__all__ = ["ExportedTracing", "exported_tracing"]

_EXPORTERS: Final = "opentelemetry_traces_exporter"
"""Group of entry points under which distributions offer exporters, as OpenTelemetry has it."""
_CONSOLE: Final = "console"
_KINDS: Final[Mapping[SpanKind, trace.SpanKind]] = {
    "internal": trace.SpanKind.INTERNAL,
    "server": trace.SpanKind.SERVER,
    "client": trace.SpanKind.CLIENT,
    "consumer": trace.SpanKind.CONSUMER,
}


def exported_tracing(exporter: str) -> ExportedTracing:
    """Return tracing whose spans go to an exporter that is installed.

    Args:
        exporter: its name, as its distribution offers it, such as `otlp_proto_http`; `console` is there always and writes to standard
            error. Where it sends them it takes from the environment (`OTEL_EXPORTER_…`).

    Raises:
        SettingsError: if there is none of this name, or it can't be used.
    """
    resource = Resource.create(
        {"service.name": os.environ.get("OTEL_SERVICE_NAME", "mikrocert"), "service.version": __version__}
    )
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(_exporter(exporter)))
    return ExportedTracing(provider)


def _exporter(name: str) -> SpanExporter:
    if name == _CONSOLE:
        return ConsoleSpanExporter(out=sys.stderr)  # standard output is for answers
    offered = {one.name: one for one in entry_points(group=_EXPORTERS)}
    if name not in offered:
        raise SettingsError(
            message(
                "tracing.exporter: there is no {name}; there are: {offered:comma}. A distribution such as "
                "opentelemetry-exporter-otlp-proto-http brings one",
                name=name,
                offered=sorted({_CONSOLE, *offered}),
            )
        )
    try:
        exporter: SpanExporter = offered[name].load()()
    except Exception as error:
        raise SettingsError(
            message(
                "tracing.exporter: {name} can't be used: {reason}",
                name=name,
                reason=f"{type(error).__name__}: {error}",
            )
        ) from error
    return exporter


class _ExportedSpan(Span):
    def __init__(self, of: trace.Span) -> None:
        self._of = of
        self.trace = trace.format_trace_id(of.get_span_context().trace_id)

    def note(self, attributes: Mapping[str, SpanValue]) -> None:
        self._of.set_attributes(attributes)

    def rename(self, name: str) -> None:
        self._of.update_name(name)

    def fail(self) -> None:
        self._of.set_status(trace.StatusCode.ERROR)


class ExportedTracing(Tracing):
    """Spans that go to a provider of OpenTelemetry.

    Args:
        provider: samples and exports them.
    """

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("mikrocert", __version__)
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def span(
        self,
        name: str,
        attributes: Mapping[str, SpanValue] | None = None,
        *,
        kind: SpanKind = "internal",
        parent: str | None = None,
    ) -> Generator[Span]:
        """Yield a span (see `Tracing.span`)."""
        context = None
        if parent is not None:  # neither its state nor its baggage, which have whatever somebody put there
            context = self._propagator.extract({"traceparent": parent}, context=Context())
        with (
            self._tracer.start_as_current_span(
                name,
                context=context,
                kind=_KINDS[kind],
                attributes=attributes,
                record_exception=False,  # what it says may name anybody
                set_status_on_exception=False,
            ) as one,
            opened(self),
        ):
            found = _ExportedSpan(one)
            try:
                yield found
            except BaseException as error:
                one.set_attribute("error.type", type(error).__name__)
                found.fail()
                raise

    def close(self) -> None:
        """Hand on what is still here."""
        self._provider.shutdown()
