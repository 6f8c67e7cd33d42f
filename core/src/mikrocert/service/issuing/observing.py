"""Telling observers what happened."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from mikrocert.errors import MikrocertError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mikrocert.kinds.observer import Observer

__all__ = ["tell"]

_log = logging.getLogger(__name__)


def tell(observers: Mapping[str, Observer], event: Callable[[Observer], None]) -> tuple[MikrocertError, ...]:
    """Tell all observers; log and return what went wrong with one of them, which changes nothing.

    Args:
        observers: name → observer.
        event: tells one observer.
    """
    failures: list[MikrocertError] = []
    for name, observer in observers.items():
        try:
            event(observer)
        except MikrocertError as error:
            _log.warning("%s: %s", name, error)
            failures.append(error)
    return tuple(failures)
