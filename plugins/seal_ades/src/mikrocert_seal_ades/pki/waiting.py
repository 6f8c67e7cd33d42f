"""Run what a library wrote for an event loop, where there is nothing to wait for."""

from collections.abc import Coroutine
from typing import Any


def finished(coroutine: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401  the libraries are reached through Any
    """Return what `coroutine` returns, without an event loop.

    Without fetching a library never waits; so validation works inside a running loop too, and could not reach
    for the network if it wanted to.
    """
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    message = "the validation wanted to wait for something outside"
    raise RuntimeError(message)
