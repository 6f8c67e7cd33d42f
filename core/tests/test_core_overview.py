"""What somebody on duty is told to do, and by which command."""

from __future__ import annotations

from datetime import UTC, date, datetime

import attrs
import pytest
from mikrocert.accounts import Account, MandateRecord, Stage
from mikrocert.jobs.outbox import Webhook
from mikrocert.report import Severity
from mikrocert.service.doctor.overview import InstitutionOverview, Overview

AT = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
"""In Prague it is the next day already."""
WELL = Account("mu", Stage.APPROVED, AT, mandate=MandateRecord("0" * 64, date(2025, 1, 1)))
HOOK = Webhook(
    "w-1111111111", "mu", "https://is.example.cz/hook", ("credential.issued",), AT, fault="HTTP 500"
)


def overall(account=WELL, *, failed=0, webhooks=()):
    institution = InstitutionOverview("mu", None, account, batches=0, proposals=0, webhooks=0)
    jobs = {"waiting": {"renew": 1}, "running": {}, "failed": {"batch": failed} if failed else {}}
    return Overview(AT, (institution,), (), (), jobs, (), tuple(webhooks), {}, credentials=0)


def ending(day):
    return attrs.evolve(WELL, mandate=attrs.evolve(WELL.mandate, until=day))


TO_DO = {  # what is so → code, severity, command
    "jobs given up": (overall(failed=2), "jobs-failed", Severity.ERROR, "mikrocert jobs retry"),
    "a webhook that was stopped": (
        overall(webhooks=[attrs.evolve(HOOK, stopped_at=AT)]),
        "webhook-stopped",
        Severity.WARNING,
        "mikrocert webhook replay w-1111111111 --institution mu",
    ),
    "a mandate that ended yesterday": (
        overall(ending(date(2026, 11, 30))),
        "mandate-ended",
        Severity.ERROR,
        "mikrocert institution mandate mu",
    ),
    "a mandate that ends today": (
        overall(ending(date(2026, 12, 1))),
        "mandate-ends",
        Severity.WARNING,
        "mikrocert institution mandate mu",
    ),
    "one that waits for its approval": (
        overall(attrs.evolve(WELL, stage=Stage.MANDATED)),
        "not-approved",
        Severity.WARNING,
        "mikrocert institution approve mu",
    ),
}


@pytest.mark.parametrize("name", TO_DO)
def test_what_is_to_be_done_is_told_with_its_command(name):
    """One finding each."""
    overview, code, severity, command = TO_DO[name]
    [finding] = overview.findings()
    assert (finding.code, finding.severity) == (code, severity)
    assert command in str(finding.message)


WELL_AS_IT_IS = {
    "all is well": overall(),
    "no account": overall(None),
    "a webhook that is tried again": overall(webhooks=[HOOK]),
    "a mandate that lasts": overall(ending(date(2027, 12, 31))),
    "one that somebody suspended": overall(attrs.evolve(WELL, stage=Stage.MANDATED, suspended_at=AT)),
}


@pytest.mark.parametrize("name", WELL_AS_IT_IS)
def test_nothing_is_told_of_what_needs_nothing(name):
    """Or somebody on duty no longer looks."""
    assert list(WELL_AS_IT_IS[name].findings()) == []
