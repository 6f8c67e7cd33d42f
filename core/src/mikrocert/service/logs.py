"""Logs: what the program tells of its own work, an event a line, for people or for programs.

Never an identifier, a name, a token or anything else that somebody sent: an event has a name that stands in the code, and fields whose values do,
or are numbers. So nothing of what libraries say goes in as it is: of a message its words as they stand in the code, of an error its class and place.
"""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from mikrocert.errors import place_of

if TYPE_CHECKING:
    from collections.abc import Generator, MutableMapping
    from typing import TextIO

    from mikrocert.settings import LogsSettings

__all__ = ["Logs"]

_LONGEST: Final = 200
_MOST_FIELDS: Final = 20
_HIDDEN: Final = "…"
_NUMBERS: Final = (bool, int, float)


class Logs:
    """Writes events; safe to use from several threads and, on one standard error, from several processes.

    Args:
        settings: how events are written; none means that none are.
        stream: where to; none means standard error.
    """

    def __init__(self, settings: LogsSettings | None, *, stream: TextIO | None = None) -> None:
        self._logger: Any = None
        if settings is None:
            return
        import structlog  # noqa: PLC0415 - only where it is wanted

        rendering: Any = (
            structlog.processors.JSONRenderer(ensure_ascii=False)
            if settings.format == "json"
            else structlog.processors.LogfmtRenderer(key_order=["at", "level", "event"], bool_as_flag=False)
        )
        self._logger = structlog.wrap_logger(
            structlog.WriteLogger(stream or sys.stderr),
            processors=[
                _bounded,
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
                rendering,
            ],
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
            context_class=dict,
            cache_logger_on_first_use=True,
        )

    @property
    def wanted(self) -> bool:
        """Whether events are written at all."""
        return self._logger is not None

    def event(self, name: str, *, level: int = logging.INFO, **fields: float | str | None) -> None:
        """Write an event.

        Args:
            name: what happened, in words of the code.
            level: how much somebody should care, as `logging` has it.
            fields: numbers, and words of the code; longer ones are cut.
        """
        if self._logger is not None:
            self._logger.log(level, name, **fields)

    def fault(self, name: str, error: BaseException, **fields: float | str | None) -> None:
        """Write that something went wrong: class and place of the error, nothing of what it says.

        Args:
            name: what went wrong, in words of the code.
            error: why.
            fields: as of `event`.
        """
        self.event(name, level=logging.ERROR, **fields, error=type(error).__name__, place=place_of(error))

    @contextmanager
    def listening(self) -> Generator[None]:
        """Write as events, meanwhile, what this program and its libraries log by Python's own means."""
        if not self.wanted:
            yield
            return
        root, handler = logging.getLogger(), _Handler(self)
        root.addHandler(handler)
        try:
            yield
        finally:
            root.removeHandler(handler)


class _Handler(logging.Handler):
    """Makes events of log records."""

    def __init__(self, logs: Logs) -> None:
        super().__init__(logging.WARNING)
        self._logs = logs

    def emit(self, record: logging.LogRecord) -> None:
        """Write one."""
        fields: dict[str, float | str | None] = {"logger": record.name}
        error = record.exc_info[1] if record.exc_info else getattr(record, "fault", None)
        if isinstance(error, BaseException):
            fields |= {"error": type(error).__name__, "place": place_of(error)}
        request = getattr(record, "request", None)
        if isinstance(request, str):
            fields["request"] = request
        self._logs.event(_words(record), level=record.levelno, **fields)


def _words(record: logging.LogRecord) -> str:
    """Return the first line of a message as it stands in the code, with its numbers and without its texts."""
    words, _, _ = str(record.msg).partition("\n")
    arguments = record.args if isinstance(record.args, tuple) else ()
    if not arguments:
        return words
    shown = tuple(one if isinstance(one, _NUMBERS) else _HIDDEN for one in arguments)
    try:
        return words % shown[: words.count("%")]
    except (TypeError, ValueError):  # a number was wanted where a text is hidden
        return words


def _bounded(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Return an event that is one line of bounded length, whatever is in it."""
    few = list(event.items())[:_MOST_FIELDS]
    return {
        name: value if isinstance(value, (*_NUMBERS, type(None))) else _line(value) for name, value in few
    }


def _line(value: object) -> str:
    text = str(value)
    cut = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + _HIDDEN
    if cut.isprintable():
        return cut
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in cut)
