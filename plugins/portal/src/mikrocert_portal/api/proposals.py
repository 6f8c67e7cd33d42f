"""Proposals of an institution: what its deeds wait for, and the second pair of eyes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from mikrocert.api import Deed

from mikrocert_portal.api.frame import Reply
from mikrocert_portal.api.problems import ApiProblem, ProblemError

if TYPE_CHECKING:
    from mikrocert.api import Proposal

    from mikrocert_portal.api.frame import Call, Frame, Handler

__all__ = ["Proposals"]

_LIMIT = 100
_SCOPES = {
    Deed.ISSUE: {"issue"},
    Deed.REPLACE: {"issue", "revoke"},
    Deed.REVOKE: {"revoke"},
}
"""What a key has to be for that confirms or refuses; other deeds are the operator's."""


class Proposals:
    """Answers institutions about proposals.

    Args:
        frame: the frame of the API.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    @property
    def handlers(self) -> dict[str, Handler]:
        """Name of an operation → what answers it."""
        return {
            "listProposals": self.page,
            "getProposal": self.one,
            "confirmProposal": self.confirm,
            "refuseProposal": self.refuse,
        }

    async def page(self, call: Call) -> Reply:
        """Answer proposals, the newest first."""
        limit = call.values.get("limit", _LIMIT)
        recent = self._frame.system.proposals.recent
        work = partial(recent, call.institution, before=call.values.get("before"), limit=limit)
        found = await self._frame.run(work)
        following = found[-1].id if len(found) == limit else None
        return Reply({"proposals": [self._frame.proposal(one) for one in found], "next": following})

    async def one(self, call: Call) -> Reply:
        """Answer what became of a proposal."""
        return Reply(self._frame.proposal(await self._frame.look_up(call, partial(self._own, call))))

    async def confirm(self, call: Call) -> Reply:
        """Confirm what somebody else proposed."""
        proposal = await self._decidable(call)
        confirm = self._frame.system.proposals.confirm
        work = partial(confirm, proposal.id, institution=call.institution, actor=call.name)
        return Reply(self._frame.proposal(await self._frame.run(work)))

    async def refuse(self, call: Call) -> Reply:
        """Refuse what was proposed."""
        proposal = await self._decidable(call)
        refuse = self._frame.system.proposals.refuse
        work = partial(refuse, proposal.id, institution=call.institution, actor=call.name)
        return Reply(self._frame.proposal(await self._frame.run(work)))

    def _own(self, call: Call) -> Proposal:
        return self._frame.system.proposals.find(call.institution, call.values["proposal"])

    async def _decidable(self, call: Call) -> Proposal:
        """Return a proposal that a key may decide, as far as what it is for goes.

        Raises:
            ProblemError: if it may not.
        """
        proposal = await self._frame.look_up(call, partial(self._own, call))
        needed = _SCOPES.get(proposal.deed)
        if needed is None or not needed <= call.scopes:
            members: dict[str, Any] = {} if needed is None else {"scope": " ".join(sorted(needed))}
            raise ProblemError(ApiProblem.SCOPE, members=members)
        return proposal
