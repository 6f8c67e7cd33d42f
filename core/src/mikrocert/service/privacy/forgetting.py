"""Forgetting: what is kept beside credentials goes after a time that settings say, and `mikrocert doctor` says whether it does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from mikrocert.errors import MikrocertError
from mikrocert.report import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.service.system import System

__all__ = ["examine_keeping", "forget_all"]

_A_DAY: Final = timedelta(days=1)


def forget_all(system: System, *, at: datetime) -> None:
    """Delete all that is older than settings say; doing it again does nothing.

    Args:
        system: the system.
        at: now (aware).

    Raises:
        ArchiveError: if a database fails.
    """
    privacy = system.settings.privacy
    system.batches.forget()
    system.requests.forget()
    system.proposals.expire()
    system.queue.forget(at - timedelta(days=privacy.job_days))
    accounts = system.accounts
    if accounts is not None:
        accounts.forget_ended(at - timedelta(days=privacy.token_days))


def examine_keeping(system: System, *, at: datetime) -> Iterator[Finding]:
    """Yield how long what is kept, and whether something is there that should be gone; nothing where there is no archive.

    Args:
        system: the system.
        at: now (aware).
    """
    privacy = system.settings.privacy
    if system.settings.archive_url is None:
        return
    try:
        overdue = system.batches.overdue(at - timedelta(days=privacy.batch_days) - _A_DAY)
    except MikrocertError:  # said of the archive already
        return
    if overdue:
        yield Finding.warning(
            "overdue",
            "what institutions sent is there though it was to be deleted after {days} days; no worker does that: run `mikrocert work`, or "
            "let the server do jobs beside its visitors",
            path="privacy.batch_days",
            days=privacy.batch_days,
        )
        return
    yield Finding.info(
        "keeping",
        "days for which is kept what institutions sent: {batches}; what webhooks are told: {webhooks}; requests: {requests}; jobs given up: "
        "{jobs}; backups of keys: {backups}",
        path="privacy",
        batches=privacy.batch_days,
        webhooks=privacy.webhook_days,
        requests=privacy.request_days,
        jobs=privacy.job_days,
        backups=privacy.key_backup_days,
    )
