"""Periodic jobs: what settings want done again and again; each of them waits or is being done at most once."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from mikrocert.jobs.queue import Job
from mikrocert.jobs.worker import Task
from mikrocert.service.forgetting import forget_all

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from mikrocert.service.system import System
    from mikrocert.settings import JobSettings

__all__ = ["enqueue_periodic", "periodic_tasks"]

_LOG = logging.getLogger("mikrocert.jobs")
_RENEW: Final = "renew"
_PUBLISH: Final = "publish-log-again"
_FORGET: Final = "forget"


def _pauses(settings: JobSettings) -> dict[str, timedelta]:
    """Return how long each periodic job waits after it was done."""
    pauses = {_FORGET: timedelta(days=1)}
    if settings.renew_days is not None:
        pauses[_RENEW] = timedelta(days=1)
    if settings.publish_hours is not None:
        pauses[_PUBLISH] = timedelta(hours=settings.publish_hours)
    return pauses


def enqueue_periodic(system: System) -> None:
    """Enqueue what settings want done again and again, unless it waits already."""
    system.queue.add(*(Job(name, key=name, precedence=-2) for name in _pauses(system.settings.jobs)))


def periodic_tasks(system: System, *, now: Callable[[], datetime]) -> Mapping[str, Task]:
    """Return what periodic jobs do, by the names of their tasks; each has itself done again."""

    def again(name: str) -> None:
        pause = _pauses(system.settings.jobs).get(name)
        if pause is not None:
            system.queue.add(Job(name, key=name, at=now() + pause, precedence=-2))

    def renew(attempt: int) -> None:  # noqa: ARG001 - as jobs are called
        days = system.settings.jobs.renew_days
        if days is not None:
            before = now() + timedelta(days=days)
            done = (*system.renew(before=before), *system.renew_heads(before=before))
            failed = sum(one.fault is not None for one in done)
            if failed:
                _LOG.warning("%s files could not be renewed; `mikrocert renew` says why", failed)
        again(_RENEW)

    def publish(attempt: int) -> None:  # noqa: ARG001 - as jobs are called
        if system.publishes and system.settings.jobs.publish_hours is not None:
            system.publish_log()
        again(_PUBLISH)

    def forget(attempt: int) -> None:  # noqa: ARG001 - as jobs are called
        forget_all(system, at=now())
        again(_FORGET)

    return {_RENEW: Task(renew), _PUBLISH: Task(publish), _FORGET: Task(forget)}
