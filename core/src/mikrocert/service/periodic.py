"""Periodic jobs: what settings want done again and again; each of them waits or is being done at most once."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from mikrocert.jobs.queue import Job
from mikrocert.jobs.worker import Task
from mikrocert.report import Severity
from mikrocert.service.privacy.forgetting import forget_all

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from mikrocert.service.system import System
    from mikrocert.settings import JobSettings

__all__ = ["enqueue_periodic", "periodic_tasks"]

_LOG = logging.getLogger("mikrocert.jobs")
_RENEW: Final = "renew"
_PUBLISH: Final = "publish-log-again"
_LISTS: Final = "update-lists"
_FORGET: Final = "forget"
_SOON: Final = timedelta(hours=1)
"""When something is tried again that failed in part, such as one list of many."""


def _pauses(settings: JobSettings) -> dict[str, timedelta]:
    """Return how long each periodic job waits after it was done."""
    pauses = {_FORGET: timedelta(days=1)}
    if settings.renew_days is not None:
        pauses[_RENEW] = timedelta(days=1)
    if settings.publish_hours is not None:
        pauses[_PUBLISH] = timedelta(hours=settings.publish_hours)
    if settings.lists_hours is not None:
        pauses[_LISTS] = timedelta(hours=settings.lists_hours)
    return pauses


def enqueue_periodic(system: System) -> None:
    """Enqueue what settings want done again and again, unless it waits already."""
    system.queue.add(*(Job(name, key=name, precedence=-2) for name in _pauses(system.settings.jobs)))


def _renew_due(system: System, *, at: datetime) -> None:
    """Renew what ends within as many days as settings say; nothing where they no longer do."""
    days = system.settings.jobs.renew_days
    if days is None:
        return
    before = at + timedelta(days=days)
    done = (*system.renew(before=before), *system.log.renew(before=before))
    failed = sum(one.fault is not None for one in done)
    if failed:
        _LOG.warning("%s files could not be renewed; `mikrocert renew` says why", failed)


def _update_lists(system: System, *, at: datetime) -> int:
    """Bring trusted lists up to date, if settings still want it, and return how many failed."""
    if system.settings.jobs.lists_hours is None:
        return 0
    failed = sum(one.severity is Severity.ERROR for one in system.update_lists(at=at))
    if failed:
        _LOG.warning("%s trusted lists could not be brought up to date; `mikrocert doctor` says more", failed)
    return failed


def periodic_tasks(system: System, *, now: Callable[[], datetime]) -> Mapping[str, Task]:
    """Return what periodic jobs do, by the names of their tasks; each has itself done again."""

    def again(name: str, *, most: timedelta = timedelta.max) -> None:
        pause = _pauses(system.settings.jobs).get(name)
        if pause is not None:
            system.queue.add(Job(name, key=name, at=now() + min(pause, most), precedence=-2))

    def renew(attempt: int) -> None:  # noqa: ARG001 - as jobs are called
        _renew_due(system, at=now())
        again(_RENEW)

    def publish(attempt: int) -> None:  # noqa: ARG001 - as jobs are called
        if system.log.is_published and system.settings.jobs.publish_hours is not None:
            system.log.publish()
        again(_PUBLISH)

    def update_lists(attempt: int) -> None:  # noqa: ARG001 - as jobs are called
        again(_LISTS, most=_SOON if _update_lists(system, at=now()) else timedelta.max)

    def forget(attempt: int) -> None:  # noqa: ARG001 - as jobs are called
        forget_all(system, at=now())
        again(_FORGET)

    return {_RENEW: Task(renew), _PUBLISH: Task(publish), _LISTS: Task(update_lists), _FORGET: Task(forget)}
