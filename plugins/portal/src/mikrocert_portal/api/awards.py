"""Issuing for institutions: one award, or the correction of one. Each is a batch of one that is waited for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

import anyio
import attrs
from mikrocert.api import (
    AWARD,
    BatchState,
    Finding,
    FindingsError,
    IntakeError,
    MikrocertError,
    ProposedError,
    strict_json,
)

from mikrocert_portal.api.batches import batch_to_json
from mikrocert_portal.api.credentials import addresses_of, reason_of
from mikrocert_portal.api.frame import Reply
from mikrocert_portal.api.operations import OWN_RECORD
from mikrocert_portal.api.problems import ApiProblem, ProblemError, finding_in
from mikrocert_portal.observing import note_fault

if TYPE_CHECKING:
    from mikrocert.api import Archived, Batch, BatchResult

    from mikrocert_portal.api.credentials import Credentials
    from mikrocert_portal.api.frame import Call, Frame, Handler

__all__ = ["Awards", "receipt_to_json"]

_AGAIN_SECONDS = 60
_CHANGED = {"already-issued", "superseded"}


def receipt_to_json(
    archived: Archived, *, base: str, link: str, holder_link: str | None = None
) -> dict[str, Any]:
    """Return the receipt of an award; apart from the holder's link it is the same however often the award is sent.

    Args:
        archived: what was issued.
        base: address of the API.
        link: the verification link.
        holder_link: the holder's link, told once, or none.
    """
    registration = archived.registration
    return {
        "identifier": registration.identifier,
        "link": link,
        "evidence_number": registration.evidence_number,
        "issued_at": registration.issued_at.isoformat(timespec="seconds"),
        "files": addresses_of(archived, base=base),
        "holder_link": holder_link,
    }


@attrs.frozen
class _Sent:
    """What was sent to be issued.

    Args:
        data: one award.
        media_type: what it is.
        replaces: identifier of the credential that it corrects, or none.
        reason: why.
    """

    data: bytes = attrs.field(repr=False)
    media_type: str
    replaces: str | None = None
    reason: str | None = None


class Awards:
    """Issues awards.

    Args:
        frame: the frame of the API.
        credentials: knows whose a credential is.
    """

    def __init__(self, frame: Frame, credentials: Credentials) -> None:
        self._frame = frame
        self._system = frame.system
        self._credentials = credentials
        self._waiting = anyio.CapacityLimiter(frame.limits.waiting)

    @property
    def handlers(self) -> dict[str, Handler]:
        """Name of an operation → what answers it."""
        return {"issueAward": self.issue, "replaceCredential": self.replace}

    async def issue(self, call: Call) -> Reply:
        """Issue an award."""

        async def sent(content: bytes) -> _Sent:
            kind, _ = call.request.content_type
            if kind == OWN_RECORD:
                await self._frame.run(partial(self._demand_one, call, content))
                return _Sent(content, OWN_RECORD)
            _object(content)
            return _Sent(content, AWARD)

        return await self._issue(call, await self._frame.body(call, octets=self._most, work=sent))

    async def replace(self, call: Call) -> Reply:
        """Issue the correction of a credential."""

        async def sent(content: bytes) -> _Sent:
            archived = await self._frame.look_up(call, partial(self._credentials.own, call))
            document = _object(content)
            unknown = sorted(set(document) - {"reason", "award"})
            findings = [
                Finding.error("unknown-member", "there is no such member here", path=name[:60])
                for name in unknown
            ]
            reason = document.get("reason")
            if not isinstance(reason, str):
                findings.append(
                    Finding.error("missing", "it has to be a text that verifiers read", path="reason")
                )
            if not isinstance(document.get("award"), dict):
                findings.append(Finding.error("missing", "it has to be an award, an object", path="award"))
            if findings:
                raise IntakeError(findings)
            award = strict_json.dumps(document["award"]).encode()
            identifier = archived.registration.identifier
            return _Sent(award, AWARD, identifier, reason_of(cast("str", reason)))

        return await self._issue(call, await self._frame.body(call, octets=self._most, work=sent))

    @property
    def _most(self) -> int:
        return self._frame.limits.award_octets

    async def _issue(self, call: Call, sent: _Sent) -> Reply:
        try:
            batch = await self._frame.run(partial(self._accepted, call, sent), limiter=self._waiting)
        except (FindingsError, ProblemError, ProposedError):
            raise
        except MikrocertError as error:
            raise self._not_issuing(call, error) from error
        if not batch.ended:
            address = f"{self._frame.base}/batches/{batch.id}"
            return Reply(
                batch_to_json(batch, base=self._frame.base, texts=self._system.texts, language=call.language),
                status=202,
                headers={"Location": address, "Retry-After": "5"},
            )
        return await self._frame.run(partial(self._reply, call, batch))

    def _accepted(self, call: Call, sent: _Sent) -> Batch:
        batches = self._system.batches
        accept = partial(
            batches.accept,
            call.institution,
            sent.data,
            media_type=sent.media_type,
            actor=call.name,
            dry_run=bool(call.values.get("dry_run")),
            replaces=sent.replaces,
            reason=sent.reason,
        )
        batch = self._frame.once(call, [sent.data, (sent.reason or "").encode()], accept)
        return batches.wait(call.institution, batch.id, seconds=self._frame.limits.issue_seconds)

    def _not_issuing(self, call: Call, error: MikrocertError) -> ProblemError:
        note_fault(call.request.scope, error)
        return ProblemError(ApiProblem.NOT_ISSUING, retry_after=_AGAIN_SECONDS)

    def _reply(self, call: Call, batch: Batch) -> Reply:
        if batch.state is BatchState.CANCELLED:
            raise ProblemError(ApiProblem.CANCELLED)
        results = self._system.batches.results(call.institution, batch.id, limit=1)
        if not results:
            raise ProblemError(ApiProblem.REFUSED, findings=batch.findings)
        [result] = results
        if result.refused:
            raise self._refusal(call, result)
        if result.identifier is None:
            findings = [
                finding_in(finding, texts=self._system.texts, language=call.language)
                for finding in result.findings
            ]
            return Reply({"dry_run": True, "findings": findings}, headers={"Content-Language": call.language})
        archived = self._system.archived(result.identifier)
        receipt = receipt_to_json(
            archived,
            base=self._frame.base,
            link=self._system.link(result.identifier),
            holder_link=self._system.sharing.first_holder_link(result.identifier) if result.created else None,
        )
        address = f"{self._frame.base}/credentials/{result.identifier}"
        return Reply(receipt, status=201 if result.created else 200, headers={"Location": address})

    def _refusal(self, call: Call, result: BatchResult) -> ProblemError:
        """Return the problem of an award that was refused."""
        codes = {finding["code"] for finding in result.findings}
        if codes & _CHANGED:
            earlier = self._system.find_award(call.institution, result.evidence_number or "")
            members = {} if earlier is None else {"identifier": earlier.registration.identifier}
            return ProblemError(ApiProblem.CHANGED, findings=result.findings, members=members)
        problem = ApiProblem.ERASED if "erased" in codes else ApiProblem.REFUSED
        return ProblemError(problem, findings=result.findings)

    def _demand_one(self, call: Call, content: bytes) -> None:
        """Refuse a record in the institution's own layout that is none, or several.

        Raises:
            IntakeError: if it isn't one.
        """
        records = self._system.read(content, institution=call.institution)
        if len(records) != 1:
            fault = Finding.error(
                "one-award",
                "one award is sent here; there are {count}, and a batch takes more",
                count=len(records),
            )
            raise IntakeError([fault])


def _object(content: bytes) -> dict[str, object]:
    """Return the members of an object in JSON.

    Raises:
        IntakeError: if it is none.
    """
    document = strict_json.loads(content, refuse=IntakeError)
    if not isinstance(document, dict):
        raise IntakeError([_NO_OBJECT])
    return cast("dict[str, object]", document)


_NO_OBJECT = Finding.error("no-object", "this has to be one object in JSON")
