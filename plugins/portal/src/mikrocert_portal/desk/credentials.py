"""Credentials at the desk: searched, looked at, revoked, replaced."""

from __future__ import annotations

import tempfile
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, cast

from litestar.response import Response
from mikrocert.api import (
    ZONE,
    ErasedError,
    FindingsError,
    ListedState,
    StatusValue,
    UnknownIdentifier,
    message,
    printable,
)

from mikrocert_portal.api.credentials import reason_of
from mikrocert_portal.desk.frame import PATH
from mikrocert_portal.desk.problems import UPLOADS, DeskProblem, DeskRefused
from mikrocert_portal.errors import Refused
from mikrocert_portal.pages import downloads_of
from mikrocert_portal.uploads import read_fields

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

    from mikrocert.api import Archived, Event, File, Message

    from mikrocert_portal.desk.batches import Batches
    from mikrocert_portal.desk.frame import AnyResponse, Frame, Visit
    from mikrocert_portal.pages import Download

__all__ = ["Credentials"]

_ON_A_PAGE: Final = 50
_LONGEST: Final = 300
_LONGEST_REASON: Final = 1000
_FIRST_DAY, _LAST_DAY = date(1970, 1, 2), date(9000, 1, 1)
_NO_DAY = message("There is no such day.")


class Credentials:
    """Answers about what an institution had issued.

    Args:
        frame: the frame of the desk.
        batches: takes in corrections.
    """

    def __init__(self, frame: Frame, *, batches: Batches) -> None:
        self._frame = frame
        self._system = frame.system
        self._batches = batches

    # Searching

    async def page(self, visit: Visit) -> AnyResponse:
        """Answer the credentials that are asked for: by what somebody typed, by day of issuing, by state."""
        asked = {
            name: visit.request.query_params.get(name, "").strip()[:_LONGEST]
            for name in ("q", "state", "since", "until", "after")
        }
        faults: tuple[Message, ...] = ()
        found: tuple[Archived, ...] = ()
        following: str | None = None
        try:
            since, until = _midnight(asked["since"]), _midnight(asked["until"], days=1)
        except ValueError:
            faults = (_NO_DAY,)
        else:
            work = partial(self._searched, visit, asked, since=since, until=until)
            found, following = await self._frame.look_up(visit, work)
        return self._frame.page(
            "desk_credentials.html",
            visit,
            status=422 if faults else 200,
            switch=f"{PATH}/credentials",
            asked=asked,
            states=list(ListedState),
            faults=faults,
            found=[(archived, ListedState.of(archived)) for archived in found],
            following=following,
        )

    def _searched(
        self, visit: Visit, asked: Mapping[str, str], *, since: datetime | None, until: datetime | None
    ) -> tuple[tuple[Archived, ...], str | None]:
        """Return a page, and after which one the next begins if there may be more."""
        states = {state.value: state for state in ListedState}
        state, after = states.get(asked["state"]), asked["after"] or None
        if not asked["q"]:
            found = self._system.credentials(
                institution=visit.institution,
                state=state,
                since=since,
                until=until,
                after=after,
                limit=_ON_A_PAGE,
            )
        else:
            found = self._system.find(
                asked["q"], institution=visit.institution, after=after, limit=_ON_A_PAGE
            )
        following = found[-1].registration.identifier if len(found) == _ON_A_PAGE else None
        wanted = tuple(
            one
            for one in found
            if (state is None or ListedState.of(one) is state)
            and (since is None or one.registration.issued_at >= since)
            and (until is None or one.registration.issued_at < until)
        )
        return wanted, following

    # One credential

    def _own(self, visit: Visit) -> Archived:
        """Return the credential that is asked for.

        Raises:
            UnknownIdentifier: if there is none, or it is another institution's: to this one that is the same.
        """
        identifier = visit.request.path_params["identifier"]
        archived = self._system.archived(identifier)
        if archived.registration.institution != visit.institution:
            raise UnknownIdentifier(identifier)
        return archived

    async def one(self, visit: Visit) -> AnyResponse:
        """Answer what is known of a credential."""
        return await self._one(visit, holder_link=None)

    async def make_holder_link(self, visit: Visit) -> AnyResponse:
        """Make a new holder's link of a credential, and answer with it: it is told this once."""
        visit.demand_token(await read_fields(visit.request, limits=self._frame.limits))
        archived = await self._frame.look_up(visit, partial(self._own, visit))
        if archived.erased_at is not None:
            raise DeskRefused(DeskProblem.ERASED)
        identifier, actor = archived.registration.identifier, visit.caller.name
        link = await self._frame.run(partial(self._system.new_holder_link, identifier, actor=actor))
        return await self._one(visit, holder_link=link)

    async def _one(self, visit: Visit, *, holder_link: str | None) -> AnyResponse:
        def work() -> tuple[Archived, tuple[Event, ...], tuple[Download, ...]]:
            archived = self._own(visit)
            identifier = archived.registration.identifier
            try:
                downloads = downloads_of(self._system.files(identifier), identifier)
            except ErasedError:
                downloads = ()
            return archived, self._system.history(identifier), downloads

        archived, history, downloads = await self._frame.look_up(visit, work)
        return self._frame.page(
            "desk_credential.html",
            visit,
            archived=archived,
            state=ListedState.of(archived),
            history=history,
            downloads=downloads,
            link=self._system.link(archived.registration.identifier),
            switch=f"{PATH}/credentials/{archived.registration.identifier}",
            holder_link=holder_link,
        )

    async def file(self, visit: Visit) -> AnyResponse:
        """Answer a file of a credential."""

        def work() -> tuple[tuple[File, ...], str]:
            identifier = self._own(visit).registration.identifier
            return self._system.files(identifier), identifier

        files, identifier = await self._frame.look_up(visit, work)
        for file, offered in zip(files, downloads_of(files, identifier), strict=True):
            if offered.address == visit.request.path_params["name"]:
                headers = {"Content-Disposition": f'attachment; filename="{offered.name}"'}
                return Response(file.octets, media_type=file.media_type, headers=headers)
        raise DeskRefused(DeskProblem.NOT_FOUND)

    # Revoking and replacing

    async def _live(self, visit: Visit) -> Archived:
        """Return the credential that is asked for, which has to be one that can end.

        Raises:
            DeskRefused: if it was replaced or erased.
        """
        archived = await self._frame.look_up(visit, partial(self._own, visit))
        if archived.erased_at is not None:
            raise DeskRefused(DeskProblem.ERASED)
        if archived.status.value is StatusValue.REPLACED:
            raise DeskRefused(DeskProblem.ENDED, successor=archived.status.successor)
        return archived

    def _form(
        self,
        template: str,
        visit: Visit,
        archived: Archived,
        *,
        status: int = 200,
        reason: str = "",
        own: bool = True,
        faults: tuple[Message, ...] = (),
    ) -> AnyResponse:
        path = f"{PATH}/credentials/{archived.registration.identifier}"
        return self._frame.page(
            template,
            visit,
            status=status,
            switch=f"{path}/{'revoke' if 'revoke' in template else 'replace'}",
            archived=archived,
            reason=printable(reason)[:_LONGEST_REASON],
            own=own,
            faults=faults,
        )

    async def ask_to_revoke(self, visit: Visit) -> AnyResponse:
        """Answer the form by which a credential is revoked."""
        return self._form("desk_revoke.html", visit, await self._live(visit))

    async def revoke(self, visit: Visit) -> AnyResponse:
        """Revoke a credential."""
        fields = await read_fields(visit.request, limits=self._frame.limits)
        visit.demand_token(fields)
        archived = await self._live(visit)
        try:
            reason = reason_of(fields.get("reason", ""))
        except FindingsError as error:
            faults = tuple(finding.message for finding in error.findings)
            return self._form(
                "desk_revoke.html",
                visit,
                archived,
                status=422,
                reason=fields.get("reason", ""),
                faults=faults,
            )
        identifier = archived.registration.identifier
        await self._frame.run(
            partial(self._system.revoke, identifier, reason=reason, actor=visit.caller.name)
        )
        return self._frame.to(visit, f"/credentials/{identifier}")

    async def ask_to_replace(self, visit: Visit) -> AnyResponse:
        """Answer the form by which a credential is replaced."""
        return self._form("desk_replace.html", visit, await self._live(visit))

    async def replace(self, visit: Visit) -> AnyResponse:
        """Take in the correction of a credential."""
        archived = await self._live(visit)
        with tempfile.TemporaryFile() as target:
            fields: Mapping[str, str] = {}
            try:
                upload = await self._batches.read(visit, cast("BinaryIO", target))
                fields = upload.fields
                reason = reason_of(fields.get("reason", ""))
                batch = await self._batches.accepted(
                    visit,
                    upload,
                    cast("BinaryIO", target),
                    replaces=archived.registration.identifier,
                    reason=reason,
                )
            except FindingsError as error:
                faults, status = tuple(finding.message for finding in error.findings), 422
            except Refused as error:
                if error.problem not in UPLOADS:
                    raise
                faults, status = (UPLOADS[error.problem],), error.problem.status
            else:
                return self._frame.to(visit, f"/batches/{batch.id}", query={"wait": "soon"})
        return self._form(
            "desk_replace.html",
            visit,
            archived,
            status=status,
            reason=fields.get("reason", ""),
            own=fields.get("layout") != "json",
            faults=faults,
        )


def _midnight(day: str, *, days: int = 0) -> datetime | None:
    """Return the beginning of a day in Prague, or of one some days later; none where none is named.

    Raises:
        ValueError: if there is no such day.
    """
    if not day:
        return None
    named = min(max(date.fromisoformat(day), _FIRST_DAY), _LAST_DAY)
    return datetime.combine(named + timedelta(days=days), time(), tzinfo=ZONE)
