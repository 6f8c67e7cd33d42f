"""What an institution had issued: lists, files, status, history, proofs; and to revoke it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
from mikrocert.api import (
    ZONE,
    FileKind,
    Finding,
    IntakeError,
    StatusValue,
    UnknownIdentifier,
    archived_to_json,
    is_birth_number,
    message,
    printable,
    status_to_json,
    strict_json,
    structured,
)

from mikrocert_portal.api.cursors import cursor_after, position_of
from mikrocert_portal.api.frame import Reply
from mikrocert_portal.api.problems import ApiProblem, ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mikrocert.api import Archived, Registration

    from mikrocert_portal.api.frame import Call, Frame, Handler

__all__ = ["Credentials", "Revocation", "addresses_of", "reason_of"]

_LOOKED_AT = 500
"""Credentials that one page looks at, where it wants only those in some state."""

_LIMIT = 50
_FIRST_DAY, _LAST_DAY = date(1970, 1, 2), date(9000, 1, 1)
_LONGEST_REASON = 500


@attrs.frozen
class Revocation:
    """What is sent to revoke a credential.

    Args:
        reason: why; verifiers read it.
    """

    reason: str


def reason_of(text: str) -> str:
    """Return a reason that verifiers can read.

    Raises:
        IntakeError: if it is blank or too long, or has what the archive refuses: a control character, a birth number.
    """
    text = text.strip()
    readable = len(text.splitlines()) == 1 and len(text) <= _LONGEST_REASON and printable(text) == text
    if not readable or is_birth_number(text):
        fault = Finding.error(
            "reason",
            "verifiers read the reason: it has to be one line of 1 to {most} printable characters without a birth number",
            path="reason",
            most=_LONGEST_REASON,
        )
        raise IntakeError([fault])
    return text


def addresses_of(archived: Archived, *, base: str) -> dict[str, str]:
    """Return where the files of a credential are: `credential` and, if it has one, `certificate`; none once erased.

    Args:
        archived: the credential.
        base: address of the API.
    """
    if archived.erased_at is not None:
        return {}
    address = f"{base}/credentials/{archived.registration.identifier}"
    return {
        kind.value: f"{address}/{kind.value}"
        for kind in (FileKind.CREDENTIAL, FileKind.CERTIFICATE)
        if archived.artefact(kind) is not None
    }


class Credentials:
    """Answers institutions about what they had issued; of what others had, they learn nothing.

    Args:
        frame: the frame of the API.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._system = frame.system

    @property
    def handlers(self) -> dict[str, Handler]:
        """Name of an operation → what answers it."""
        return {
            "listCredentials": self.page,
            "getCredential": self.one,
            "getCredentialFile": partial(self.file, kind=FileKind.CREDENTIAL),
            "getCertificate": partial(self.file, kind=FileKind.CERTIFICATE),
            "getStatus": self.status,
            "getHistory": self.history,
            "listProofs": self.proofs,
            "getProof": self.proof,
            "revokeCredential": self.revoke,
        }

    def own(self, call: Call) -> Archived:
        """Return the credential that a call names.

        Raises:
            UnknownIdentifier: if there is none, or it is another institution's: to this one that is the same.
        """
        identifier = call.values["identifier"]
        archived = self._system.archived(identifier)
        if archived.registration.institution != call.institution:
            raise UnknownIdentifier(identifier)
        return archived

    async def page(self, call: Call) -> Reply:
        """Answer a page of credentials."""
        wanted = call.values
        if "evidence_number" in wanted and "learner" in wanted:
            raise ProblemError(ApiProblem.WRONG_PARAMETER, findings=[_NOT_BOTH])
        if "evidence_number" in wanted:
            shown = await self._frame.run(partial(self._of_award, call, wanted["evidence_number"]))
            return Reply({"credentials": shown, "next": None})
        after = None
        if "cursor" in wanted:
            after = position_of(wanted["cursor"], institution=call.institution)
            if after is None:
                raise ProblemError(ApiProblem.WRONG_PARAMETER, findings=[_NO_CURSOR])
        shown, last = await self._frame.run(partial(self._listed, call, after))
        headers: dict[str, str] = {}
        if last is not None:
            kept = {name: value for name, value in wanted.items() if name != "cursor"}
            headers["Link"] = f'<{self._next(kept, last)}>; rel="next"'
        return Reply({"credentials": shown, "next": cursor_after(last) if last else None}, headers=headers)

    def _next(self, parameters: Mapping[str, Any], last: Registration) -> str:
        from urllib.parse import urlencode  # noqa: PLC0415

        return f"{self._frame.base}/credentials?{urlencode({**parameters, 'cursor': cursor_after(last)})}"

    def _of_award(self, call: Call, evidence_number: str) -> list[dict[str, Any]]:
        """Return the credentials of one award, the newest first."""
        shown: list[dict[str, Any]] = []
        archived = self._system.find_award(call.institution, evidence_number)
        while archived is not None:
            if self._is_wanted(archived, call.values):
                shown.append(self._shown(archived))
            archived = self._system.archived(archived.replaces) if archived.replaces else None
        return shown

    def _listed(
        self, call: Call, after: Registration | None
    ) -> tuple[list[dict[str, Any]], Registration | None]:
        """Return a page, and the last registration that it looked at if there may be more."""
        wanted = call.values
        limit = wanted.get("limit", _LIMIT)
        shown: list[dict[str, Any]] = []
        for _ in range(max(1, _LOOKED_AT // limit)):
            found, is_last = self._found(call, after, limit=limit)
            for archived in found:
                after = archived.registration
                if self._is_wanted(archived, wanted):
                    shown.append(self._shown(archived))
                if len(shown) == limit:
                    return shown, after
            if is_last:
                return shown, None
        return shown, after

    def _found(
        self, call: Call, after: Registration | None, *, limit: int
    ) -> tuple[Iterable[Archived], bool]:
        """Return so many credentials, as they are asked for, and whether none follow."""
        wanted = call.values
        if "learner" in wanted:
            of_learner = self._system.credentials_of(
                wanted["learner"],
                institution=call.institution,
                after=after.identifier if after else None,
                limit=limit,
            )
            return (
                of_learner,
                not of_learner,
            )  # one that is erased meanwhile is missing, though more may follow
        page = self._system.registrations(
            call.institution,
            after=after,
            limit=limit,
            since=_midnight(wanted.get("since")),
            until=_midnight(wanted.get("until"), days=1),
        )
        return (self._system.archived(one.identifier) for one in page), len(page) < limit

    @staticmethod
    def _is_wanted(archived: Archived, wanted: Mapping[str, Any]) -> bool:
        issued_at = archived.registration.issued_at
        since, until = _midnight(wanted.get("since")), _midnight(wanted.get("until"), days=1)
        return (
            wanted.get("state") in {None, archived.status.value.value}
            and (since is None or issued_at >= since)
            and (until is None or issued_at < until)
        )

    def _shown(self, archived: Archived) -> dict[str, Any]:
        registration = archived.registration
        base = self._frame.base
        address = f"{base}/credentials/{registration.identifier}"
        return {
            **archived_to_json(archived, history=(), link=self._system.link(registration.identifier)),
            "since": archived.status.since.isoformat(timespec="seconds"),
            "reason": archived.status.reason,
            "successor": archived.status.successor,
            "learner": archived.holder,
            "files": addresses_of(archived, base=base),
            "status": f"{address}/status",
            "history": f"{address}/history",
            "proofs": f"{address}/proofs",
        }

    async def one(self, call: Call) -> Reply:
        """Answer what the archive knows of a credential."""
        archived = await self._frame.look_up(call, partial(self.own, call))
        return Reply(self._shown(archived), tagged=True)

    async def status(self, call: Call) -> Reply:
        """Answer the status of a credential."""
        archived = await self._frame.look_up(call, partial(self.own, call))
        return Reply(status_to_json(archived), tagged=True)

    async def history(self, call: Call) -> Reply:
        """Answer all that happened to a credential."""

        def work() -> dict[str, Any]:
            archived = self.own(call)
            events = self._system.history(archived.registration.identifier)
            return archived_to_json(archived, history=events, link="")

        shown = await self._frame.look_up(call, work)
        return Reply({"identifier": shown["identifier"], "history": shown["history"]}, tagged=True)

    async def file(self, call: Call, *, kind: FileKind) -> Reply:
        """Answer a file of a credential."""

        def work() -> Reply:
            archived = self.own(call)
            identifier = archived.registration.identifier
            if archived.erased_at is not None:
                raise archived.erased
            file = self._system.file(identifier, kind, format_name=call.values.get("format"))
            name = f"{identifier}{file.suffix}"
            headers = {"Content-Disposition": f'attachment; filename="{name}"'}
            return Reply(file.octets, media_type=file.media_type, headers=headers, tagged=True)

        return await self._frame.look_up(call, work)

    async def proofs(self, call: Call) -> Reply:
        """Answer which proofs there are that the files are in the log."""

        def work() -> dict[str, Any]:
            identifier = self.own(call).registration.identifier
            address = f"{self._frame.base}/credentials/{identifier}/proofs"
            return {
                "proofs": [
                    {"name": name, "address": f"{address}/{name}"}
                    for name in self._system.log.proofs(identifier)
                ]
            }

        return Reply(await self._frame.look_up(call, work))

    async def proof(self, call: Call) -> Reply:
        """Answer a proof that a file is in the log."""

        def work() -> Reply:
            proofs = self._system.log.proofs(self.own(call).registration.identifier)
            name = call.values["name"]
            if name not in proofs:
                raise UnknownIdentifier(name)
            return Reply(proofs[name], media_type="text/plain")

        return await self._frame.look_up(call, work)

    async def revoke(self, call: Call) -> Reply:
        """Revoke a credential."""

        async def revoked(content: bytes) -> Reply:
            archived = await self._frame.look_up(call, partial(self.own, call))
            sent = structured(strict_json.loads(content, refuse=IntakeError), Revocation, refuse=IntakeError)
            reason = reason_of(sent.reason)
            if archived.erased_at is not None:
                raise archived.erased
            if archived.status.value is StatusValue.REPLACED:
                successor = archived.status.successor or ""
                raise ProblemError(
                    ApiProblem.ENDED,
                    detail=message("it was replaced by {successor}; revoke that one", successor=successor),
                    members={"successor": successor},
                )
            work = partial(
                self._system.revoke, archived.registration.identifier, reason=reason, actor=call.name
            )
            return Reply(status_to_json(await self._frame.run(work)))

        return await self._frame.body(call, octets=self._frame.limits.award_octets, work=revoked)


def _midnight(day: str | None, *, days: int = 0) -> datetime | None:
    """Return the beginning of a day in Prague, or of one some days later; none where none is named.

    Days on which nothing was issued, because nobody could, are the first or the last one on which somebody might have.

    Raises:
        ProblemError: if there is no such day.
    """
    if day is None:
        return None
    try:
        named = min(max(date.fromisoformat(day), _FIRST_DAY), _LAST_DAY)
    except ValueError as error:
        raise ProblemError(ApiProblem.WRONG_PARAMETER, findings=[_NO_DAY]) from error
    return datetime.combine(named + timedelta(days=days), time(), tzinfo=ZONE)


_NO_CURSOR = Finding.error(
    "wrong-value", "this is no cursor; take the one that the page before gave", path="cursor"
)
_NOT_BOTH = Finding.error(
    "wrong-value", "a record number leads to one learner; one of the two would be right", path="learner"
)
_NO_DAY = Finding.error("wrong-value", "there is no such day", path="since")
