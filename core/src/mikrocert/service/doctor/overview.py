"""The overview: what somebody on duty looks at, all institutions side by side; read only, and with nothing of any learner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.accounts import Account, Proposal, Stage
from mikrocert.errors import MikrocertError
from mikrocert.jobs import Batch, QueuedJob
from mikrocert.jobs.outbox import Webhook
from mikrocert.report import Finding
from mikrocert.texts import LanguageMap
from mikrocert.texts.dates import local_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from mikrocert.service.system import System

__all__ = ["InstitutionOverview", "Overview", "overview"]

_MOST: Final = 100
"""How many of a kind are told one by one."""
_SOON: Final = timedelta(days=90)
"""How long before its end a mandate has to be thought of."""


@attrs.frozen
class InstitutionOverview:
    """How one institution is.

    Args:
        name: of its offer.
        called: what it calls itself; none where it is not installed any more.
        account: how far it is, or none where it has no account.
        batches: how many of its batches are on their way.
        proposals: how much of it waits for a second pair of eyes.
        webhooks: how many of its webhooks were stopped.
    """

    name: str
    called: LanguageMap | None
    account: Account | None
    batches: int
    proposals: int
    webhooks: int


@attrs.frozen
class Overview:
    """How everything is at one moment.

    Args:
        at: the moment (aware).
        institutions: those that have an account or are set up, sorted by name.
        proposals: what waits for a second pair of eyes, the newest first, without what it says.
        batches: those that are on their way, the oldest first.
        jobs: state → task → how many: `waiting`, `running`, `failed`.
        given_up: jobs that nobody takes any more, the oldest first.
        webhooks: those that were stopped, or failed the last time.
        due: what webhooks are yet to be told, by kind.
        credentials: how many the archive has, erased ones included.
    """

    at: datetime
    institutions: tuple[InstitutionOverview, ...]
    proposals: tuple[Proposal, ...]
    batches: tuple[Batch, ...]
    jobs: Mapping[str, Mapping[str, int]] = attrs.field(hash=False)
    given_up: tuple[QueuedJob, ...]
    webhooks: tuple[Webhook, ...]
    due: Mapping[str, int] = attrs.field(hash=False)
    credentials: int

    def findings(self) -> Iterator[Finding]:
        """Yield what is to be done about it, each with the command that does it."""
        failed = sum(self.jobs.get("failed", {}).values())
        if failed:
            yield Finding.error(
                "jobs-failed",
                "jobs that were given up: {count}; once what is wrong is set right, `mikrocert jobs retry` has them done",
                path="jobs",
                count=failed,
            )
        for one in self.webhooks:
            if one.stopped_at is not None:
                yield Finding.warning(
                    "webhook-stopped",
                    "the webhook {id} of {institution} was stopped on {moment}; once it answers, `mikrocert webhook replay {id} "
                    "--institution {institution}` goes on",
                    path="webhooks",
                    id=one.id,
                    institution=one.institution,
                    moment=one.stopped_at,
                )
        accounts = (institution.account for institution in self.institutions)
        for account in filter(None, accounts):
            yield from _account_findings(account, on=local_time(self.at).date())


def overview(system: System, *, at: datetime) -> Overview:
    """Return how everything is; of a kind of which there is much, a hundred are told one by one.

    Args:
        system: whose archive is asked.
        at: the time (aware).

    Raises:
        NoArchiveError: if the settings name no archive.
        ArchiveError: if it can't be read.
    """
    batches = system.batches.on_their_way(limit=_MOST)
    proposals = tuple(attrs.evolve(one, content={}) for one in system.proposals.waiting(limit=_MOST))
    webhooks = tuple(
        one for one in system.webhooks.all_of(None) if one.stopped_at is not None or one.fault is not None
    )
    stopped = Counter(one.institution for one in webhooks if one.stopped_at is not None)
    sent, proposed = (Counter(one.institution for one in some) for some in (batches, proposals))
    accounts = {one.institution: one for one in system.the_accounts().accounts()}
    called = {name: _called(system, name) for name in {*accounts, *system.plugins.institutions.names}}
    return Overview(
        at=at,
        institutions=tuple(
            InstitutionOverview(
                name,
                called[name],
                accounts.get(name),
                batches=sent[name],
                proposals=proposed[name],
                webhooks=stopped[name],
            )
            for name in sorted(called)
            if name in accounts or called[name] is not None  # else nothing is set up under it
        ),
        proposals=proposals,
        batches=batches,
        jobs=system.queue.lengths(),
        given_up=system.queue.given_up(limit=_MOST),
        webhooks=webhooks[:_MOST],
        due=system.webhooks.due(),
        credentials=system.the_archive().count(),
    )


def _account_findings(account: Account, *, on: date) -> Iterator[Finding]:
    path, mandate = f"institutions.{account.institution}", account.mandate
    if mandate is not None and mandate.ended_on(on):
        yield Finding.error(
            "mandate-ended",
            "the mandate of {institution} ended on {day}, so that nothing is issued for it; `mikrocert institution mandate {institution}` "
            "records the one that follows",
            path=path,
            institution=account.institution,
            day=mandate.until,
        )
    elif mandate is not None and mandate.ended_on(on + _SOON):
        yield Finding.warning(
            "mandate-ends",
            "the mandate of {institution} ends on {day}; `mikrocert institution mandate {institution}` records the one that follows",
            path=path,
            institution=account.institution,
            day=mandate.until,
        )
    if account.stage is Stage.MANDATED and account.suspended_at is None:
        yield Finding.warning(
            "not-approved",
            "{institution} conforms and has a mandate; `mikrocert institution approve {institution}` lets it go to production",
            path=path,
            institution=account.institution,
        )


def _called(system: System, name: str) -> LanguageMap | None:
    try:
        return system.institution_name(name)
    except MikrocertError:  # it is not installed, or its settings are wrong, which `examine` says
        return None
