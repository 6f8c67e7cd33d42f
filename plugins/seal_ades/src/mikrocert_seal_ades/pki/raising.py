"""How seals are raised, whatever holds them: time stamps, then revocation data, then a time stamp over all (EN 319 102-1, 4.3).

A batch goes through each step as a whole, so that services are asked for all its files at once. No file comes back unless all do.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Generic, Protocol, Self, TypeAlias, TypeVar

import attrs

from mikrocert_seal_ades.pki.errors import ServiceError
from mikrocert_seal_ades.pki.levels import LEVELS, Level, Sources
from mikrocert_seal_ades.pki.problems import problem
from mikrocert_seal_ades.pki.revocation import Leaf, ValidationData, collect
from mikrocert_seal_ades.pki.rfc3161 import Digest, Imprint, checked
from mikrocert_seal_ades.pki.timestamps import Token
from mikrocert_seal_ades.pki.x509 import subject_identity

_SKEW: Final = timedelta(minutes=5)
"""How far the clock of who seals may be ahead of a time-stamp authority's."""

Stamped: TypeAlias = tuple[Token, bytes]
"""A time stamp, with the DER certificate of its unit."""

_D = TypeVar("_D", bound="Draft")
_P = TypeVar("_P")


@attrs.frozen
class Place(Generic[_P]):
    """Where a time stamp goes.

    Args:
        imprint: of what it would cover.
        filled: returns the draft with a time stamp in this place, given its octets and what was read of them.
    """

    imprint: Imprint
    filled: Callable[[bytes, Stamped], _P]


class Draft(Protocol):
    """A sealed file on its way up."""

    @property
    def signer(self) -> bytes:
        """DER, the seal certificate."""
        ...

    @property
    def claimed_at(self) -> datetime | None:
        """The signing time that the file claims (aware), where it does."""
        ...

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """DER, all that the file carries."""
        ...

    @property
    def tokens(self) -> tuple[Stamped, ...]:
        """All time stamps, in the order in which they were added."""
        ...

    @property
    def last_tokens(self) -> tuple[Stamped, ...]:
        """Those that were added last."""
        ...

    @property
    def stamped_at(self) -> datetime:
        """When the seal was there at the latest, once there is a time stamp of it."""
        ...

    def has(self, level: Level) -> bool:
        """Return whether it has what this level adds."""
        ...

    def place(self, level: Level, *, digest: Digest) -> Place[Self]:
        """Return where the time stamp goes that level B-T or B-LTA adds."""
        ...

    def with_data(self, data: ValidationData) -> Self:
        """Return this with more to validate it with."""
        ...


def raised(drafts: Sequence[_D], *, level: Level, sources: Sources) -> list[_D]:
    """Return drafts, each raised to a level unless it is there already.

    Raises:
        CertificateError: if a certificate can't be used.
        ServiceError: if a service is missing, refuses, is silent, or answers something else than it was asked.
    """
    found = list(drafts)
    for reached in LEVELS[1 : LEVELS.index(level) + 1]:
        below = [draft for draft in found if not draft.has(reached)]
        done = iter(_step(below, reached, sources=sources) if below else ())
        found = [draft if draft.has(reached) else next(done) for draft in found]
    return found


def renewed(drafts: Sequence[_D], *, sources: Sources) -> list[_D]:
    """Return drafts, each with a further time stamp over all of it, before it data by which the last one can be judged.

    Those below B-LTA are raised to it instead.

    Raises:
        CertificateError: as `raised` does.
        ServiceError: as `raised` does.
    """
    archived = [draft.has("B-LTA") for draft in drafts]
    found = raised(drafts, level="B-LTA", sources=sources)
    old = [draft for draft, was in zip(found, archived, strict=True) if was]
    done = iter(_stamped(_with_values(old, sources=sources), "B-LTA", sources=sources))
    return [next(done) if was else draft for draft, was in zip(found, archived, strict=True)]


def _step(drafts: list[_D], level: Level, *, sources: Sources) -> list[_D]:
    if level == "B-LT":
        return _with_values(drafts, sources=sources)
    return _stamped(drafts, level, sources=sources)


def _stamped(drafts: list[_D], level: Level, *, sources: Sources) -> list[_D]:
    places = [draft.place(level, digest=sources.digest) for draft in drafts]
    tokens = tuple(sources.timestamps.stamp([place.imprint for place in places])) if places else ()
    if len(tokens) != len(places):
        raise ServiceError(problem("answers-missing", count=len(tokens), expected=len(places)))
    found: list[_D] = []
    for draft, place, octets in zip(drafts, places, tokens, strict=True):
        token, unit = checked(octets, imprint=place.imprint)
        _check_order(draft, token.time, level=level)
        found.append(place.filled(octets, (token, unit)))
    return found


def _check_order(draft: Draft, time: datetime, *, level: Level) -> None:
    """Refuse a time stamp before the signing time, or before an earlier time stamp, comes from a clock that is wrong."""
    before = [token.time for token, _ in draft.tokens]
    if draft.claimed_at is not None:
        before.append(draft.claimed_at - _SKEW)
    if any(time < earlier for earlier in before):
        raise ServiceError(problem("timestamp-early", time=time))
    owner = subject_identity(draft.signer)
    if level == "B-T" and not owner.not_before <= time <= owner.not_after:
        raise ServiceError(
            problem("sealed-outside-validity", time=time, start=owner.not_before, end=owner.not_after)
        )


def _with_values(drafts: list[_D], *, sources: Sources) -> list[_D]:
    """Add what is needed to judge seal and time stamps."""
    if sources.revocation is None:
        raise ServiceError(problem("revocation-source-missing"))
    batch = [_leaves(draft, sources=sources) for draft in drafts]
    found = collect(batch, source=sources.revocation, anchors=sources.anchors)
    return [draft.with_data(data) for draft, data in zip(drafts, found, strict=True)]


def _leaves(draft: Draft, *, sources: Sources) -> list[Leaf]:
    """Return what has to be judged later: seal and units of all time stamps, or, once that is archived, those who archived it last."""
    issuers = (*draft.certificates, *sources.certificates, *sources.anchors)
    archived = draft.has("B-LTA")
    units = {unit: token for token, unit in (draft.last_tokens if archived else draft.tokens)}
    leaves = [Leaf(unit, (*token.certificates, *issuers), token.time) for unit, token in units.items()]
    return leaves if archived else [Leaf(draft.signer, issuers, draft.stamped_at), *leaves]
