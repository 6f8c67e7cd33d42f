"""From a sandbox to production: what is written down when an institution is approved, and what differs where it arrives."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date
from typing import TYPE_CHECKING, Any, cast

from mikrocert.accounts import Approval
from mikrocert.errors import AccountError
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mikrocert.accounts import Account, Accounts
    from mikrocert.settings import Settings
    from mikrocert.texts import Message

__all__ = ["approve", "differing_settings"]

_KIND = "institutions"


def approve(
    accounts: Accounts,
    settings: Settings,
    institution: str,
    *,
    actor: str,
    at: datetime,
    why: str | None = None,
) -> tuple[Account, Approval]:
    """Approve an institution in the sandbox, and return what its account in production is opened with.

    Args:
        accounts: of the sandbox.
        settings: of the sandbox.
        institution: name of its offer.
        actor: who approves.
        at: when (aware).
        why: a remark, or none.

    Raises:
        AccountError: if it isn't far enough, is suspended, or its mandate has ended.
        ArchiveError: if a text is not fit to be kept, or the database fails.
    """
    account, files = accounts.approve(institution, actor=actor, at=at, why=why)
    if account.mandate is None:
        raise AccountError(message("{institution} has no mandate", institution=institution))
    approval = Approval.of(
        institution=institution,
        sandbox=settings.base_url,
        approved_by=actor,
        approved_at=at.astimezone(UTC).isoformat(),
        mandate=account.mandate,
        conformance=files,
        settings=_sections(settings, institution),
    )
    return account, approval


def differing_settings(approval: Approval, settings: Settings) -> Iterator[Message]:
    """Give a sentence for each setting of an institution that is another one here than where it was approved.

    Args:
        approval: of the institution.
        settings: of the instance that it arrives at.
    """
    there, here = dict(approval.settings), _sections(settings, approval.institution)
    name = f"{_KIND}.{approval.institution}"
    for member in sorted({*there, *here}):
        if there.get(member) != here.get(member):
            yield message(
                "{member}: {there} where it was approved, {here} here",
                member=f"{name}.{member}",
                there=_shown(there.get(member)),
                here=_shown(here.get(member)),
            )


def _sections(settings: Settings, institution: str) -> dict[str, Any]:
    """Return the section of an institution as JSON can say it."""
    section: object = settings.sections(_KIND).get(institution, {})
    return cast("dict[str, Any]", _plain(section))


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        return {name: _plain(inner) for name, inner in members.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in cast("list[object]", value)]
    return value.isoformat() if isinstance(value, date) else value


def _shown(value: object) -> str:
    return "–" if value is None else str(value)
