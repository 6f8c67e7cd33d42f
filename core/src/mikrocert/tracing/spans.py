"""Spans as the rest of the house knows them, and the one place where they are when nobody wants them: nowhere."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from contextlib import AbstractContextManager

__all__ = ["NO_TRACING", "Span", "SpanKind", "SpanValue", "Tracing", "span"]

SpanKind: TypeAlias = Literal["internal", "server", "client", "consumer"]
"""Whether something is done here, answers somebody, asks somebody, or does what was written down before."""

SpanValue: TypeAlias = "bool | int | float | str"
"""Value of an attribute: a number, or a word of the code."""


class Span:
    """Something that is being done; this one is told to nobody."""

    trace: str | None = None
    """Number of the trace, by which logs name it, hexadecimal; none where nothing is traced."""

    def note(self, attributes: Mapping[str, SpanValue]) -> None:
        """Note something that is known only now.

        Args:
            attributes: numbers, and words of the code, by names of the code.
        """

    def rename(self, name: str) -> None:
        """Give it the name that is known only now, in words of the code."""

    def fail(self) -> None:
        """Note that it failed, where no exception says so."""


class Tracing:
    """Where spans go; these go nowhere, and cost nothing."""

    def span(
        self,
        name: str,
        attributes: Mapping[str, SpanValue] | None = None,
        *,
        kind: SpanKind = "internal",
        parent: str | None = None,
    ) -> AbstractContextManager[Span]:
        """Return a span within the one that is open, or the first one of a trace; those that `span` makes within it go the same way.

        An exception that passes makes it one that failed, with the exception's class and nothing of what it says.

        Args:
            name: what is done, in words of the code.
            attributes: numbers, and words of the code, by names of the code.
            kind: how it meets others.
            parent: value of a `traceparent` (W3C Trace Context) in which it is; none, or one that is none, begins anew.
        """
        del name, attributes, kind, parent
        return _NOTHING

    def close(self) -> None:
        """Hand on what is still here; nothing is traced afterwards."""


_NOTHING: Final = nullcontext(Span())
NO_TRACING: Final = Tracing()
"""What traces nothing."""

_OPEN: Final[ContextVar[Tracing]] = ContextVar("mikrocert.tracing", default=NO_TRACING)
"""Where spans go within the request, job or command at hand."""


def span(
    name: str, attributes: Mapping[str, SpanValue] | None = None, *, kind: SpanKind = "internal"
) -> AbstractContextManager[Span]:
    """Return a span within the one that is open; where none is, it is told to nobody (see `Tracing.span`)."""
    return _OPEN.get().span(name, attributes, kind=kind)


@contextmanager
def opened(tracing: Tracing) -> Generator[None]:
    """Let spans of `span` go here until the end."""
    before = _OPEN.set(tracing)
    try:
        yield
    finally:
        _OPEN.reset(before)
