"""Proposals at the desk: what waits for a second pair of eyes, confirmed or refused."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from mikrocert.api import Deed

from mikrocert_portal.uploads import read_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mikrocert.api import Proposal

    from mikrocert_portal.desk.frame import AnyResponse, Frame, Visit

__all__ = ["Proposals"]

_ON_A_PAGE: Final = 50
_SCOPES: Final[Mapping[Deed, frozenset[str]]] = {
    Deed.ISSUE: frozenset({"issue"}),
    Deed.REPLACE: frozenset({"issue", "revoke"}),
    Deed.REVOKE: frozenset({"revoke"}),
}
"""What somebody has to be allowed who confirms or refuses; other deeds are the operator's."""


class Proposals:
    """Answers about proposals.

    Args:
        frame: the frame of the desk.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    async def page(self, visit: Visit) -> AnyResponse:
        """Answer a page of proposals, the newest first."""
        before = visit.request.query_params.get("before")
        recent = self._frame.system.proposals.recent
        work = partial(recent, visit.institution, before=before, limit=_ON_A_PAGE)
        found = await self._frame.look_up(visit, work)
        return self._frame.page(
            "desk_proposals.html",
            visit,
            proposals=found,
            mine=[one for one in found if _decidable(visit, one)],
            following=found[-1].id if len(found) == _ON_A_PAGE else None,
        )

    async def confirm(self, visit: Visit) -> AnyResponse:
        """Confirm what somebody else proposed."""
        proposal = await self._asked(visit)
        confirm = self._frame.system.proposals.confirm
        await self._frame.run(
            partial(confirm, proposal.id, institution=visit.institution, actor=visit.caller.name)
        )
        return self._frame.to(visit, "/proposals")

    async def refuse(self, visit: Visit) -> AnyResponse:
        """Refuse what was proposed, or take it back."""
        proposal = await self._asked(visit)
        refuse = self._frame.system.proposals.refuse
        await self._frame.run(
            partial(refuse, proposal.id, institution=visit.institution, actor=visit.caller.name)
        )
        return self._frame.to(visit, "/proposals")

    async def _asked(self, visit: Visit) -> Proposal:
        """Return the proposal that a form is about.

        Raises:
            DeskRefused: if there is none, or it is not for this person to decide.
        """
        visit.demand_token(await read_fields(visit.request, limits=self._frame.limits))
        find = self._frame.system.proposals.find
        proposal = await self._frame.look_up(
            visit, partial(find, visit.institution, visit.request.path_params["proposal"])
        )
        visit.demand(_SCOPES.get(proposal.deed, frozenset({"operate"})))
        return proposal


def _decidable(visit: Visit, proposal: Proposal) -> bool:
    return proposal.deed in _SCOPES and visit.scopes.issuperset(_SCOPES[proposal.deed])
