"""Tracing: what took how long within what, as spans; nothing unless settings want it.

A span has a name that stands in the code, and attributes that do, or are numbers: never an identifier, a name, a token, a record number or
an address. It begins where a request, a job or a command does (`Tracing.span`), and whatever is done on the way adds its own (`span`),
without knowing whether anybody looks. What runs in a process of its own is one span of who asked for it.
"""

from mikrocert.tracing.spans import NO_TRACING, Span, SpanKind, SpanValue, Tracing, span

__all__ = ["NO_TRACING", "Span", "SpanKind", "SpanValue", "Tracing", "span"]
