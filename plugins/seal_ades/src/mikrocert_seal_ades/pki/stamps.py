"""Time stamps in their places: is each whole, one of what it stands at, and not older than those before it?"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import attrs

from mikrocert_seal_ades.pki import timestamps, x509
from mikrocert_seal_ades.pki.carried import Carried
from mikrocert_seal_ades.pki.problems import Problem, problem
from mikrocert_seal_ades.pki.timestamps import Token, TokenError

_SKEW: Final = timedelta(minutes=1)
"""By how much the clocks of two time-stamp units may differ."""


@attrs.frozen
class Stamp:
    """A time stamp that was examined.

    `imprint` says whether it is one of what it stands at, `signature` whether it is whole in itself; either is None where nobody
    can tell. `time` (aware) and `policy` are None where it can't be read. `unit` is the DER certificate of who made it, `token` what
    was read of `octets`, the token as DER.
    """

    kind: str
    where: str
    imprint: bool | None
    signature: bool | None
    time: datetime | None
    policy: str | None
    unit: bytes | None = attrs.field(repr=False)
    octets: bytes = attrs.field(repr=False)
    token: Token | None = attrs.field(repr=False)

    @property
    def intact(self) -> bool | None:
        """Whether both hold; None where one does and of the other nobody can tell."""
        if False in {self.imprint, self.signature}:
            return False
        return None if None in {self.imprint, self.signature} else True


@attrs.frozen
class PlacedToken:
    """A time-stamp token in its place.

    Args:
        kind: as its container is called, such as `sigTst`.
        where: the path of the place.
        octets: DER.
        digest: returns, for the name of an algorithm, the digest of what it has to be a time stamp of; None where nobody can
            tell what that is.
        problems: what is wrong with the place; an error makes it a time stamp of nothing.
        clause: of the standard that says what it is a time stamp of, where another one counts than for all of them.
    """

    kind: str
    where: str
    octets: bytes = attrs.field(repr=False)
    digest: Callable[[str], bytes] | None = attrs.field(repr=False, eq=False)
    problems: tuple[Problem, ...] = ()
    clause: str | None = None


@attrs.frozen
class ReadToken:
    """A token in its place, and what was read of it; None where it can't be."""

    placed: PlacedToken
    token: Token | None
    problems: tuple[Problem, ...]


def read_token(placed: PlacedToken) -> ReadToken:
    """Return what a token in its place says."""
    try:
        token = timestamps.read(placed.octets)
    except TokenError as fault:
        return ReadToken(placed, None, (*placed.problems, *_at(fault.problems, placed.where)))
    return ReadToken(placed, token, (*placed.problems, *_at(token.problems, placed.where)))


def examine_token(one: ReadToken, *, carried: Carried) -> tuple[Stamp, tuple[Problem, ...]]:
    """Return a time stamp, judged, and what is wrong with it; its unit is looked for in it and among what is `carried`."""
    where, token = one.placed.where, one.token
    if token is None:
        unread = Stamp(
            one.placed.kind,
            where,
            imprint=None,
            signature=False,
            time=None,
            policy=None,
            unit=None,
            octets=one.placed.octets,
            token=None,
        )
        return unread, one.problems
    found = list(one.problems)
    misplaced = any(fault.severity == "error" for fault in one.placed.problems)
    imprint: bool | None = None
    if one.placed.digest is not None:
        imprint = not misplaced and token.fits(one.placed.digest(token.digest))
    if imprint is False and not misplaced:
        mismatch = problem("timestamp-mismatch", where=where)
        found.append(attrs.evolve(mismatch, clause=one.placed.clause or mismatch.clause))
    unit = token.unit(among=carried.certificates)
    signature: bool | None = None
    if unit is not None:
        faults = token.examine(unit=unit)
        signature = not faults
        found += [*_at(faults, where), *_foreign(token, carried.chain(unit), carried=carried, where=where)]
    elif token.lacks_unit(among=carried.certificates):
        signature = False
        found.append(problem("timestamp-unit-mismatch", where=where))
    else:
        found.append(problem("timestamp-unit-unknown", where=where))
    stamp = Stamp(
        one.placed.kind,
        where,
        imprint=imprint,
        signature=signature,
        time=token.time,
        policy=token.policy,
        unit=unit,
        octets=one.placed.octets,
        token=token,
    )
    return stamp, tuple(found)


def examine_order(stamps: Sequence[Stamp]) -> Iterator[Problem]:
    """Yield what can't be: what covers another time stamp can't have been made before it (ETSI EN 319 102-1, 5.6.3)."""
    latest: datetime | None = None
    for stamp in stamps:
        if stamp.time is None or not stamp.intact:
            continue
        if latest is not None and stamp.time < latest - _SKEW:
            yield problem("timestamp-order", where=stamp.where, time=stamp.time, earlier=latest)
        latest = stamp.time if latest is None else max(latest, stamp.time)


def _foreign(token: Token, chain: Collection[bytes], *, carried: Carried, where: str) -> Iterator[Problem]:
    for certificate in token.certificates:
        if certificate not in chain and certificate in carried.certificates:
            yield problem("timestamp-foreign", where=where, name=x509.called(certificate))


def _at(problems: Iterable[Problem], where: str) -> Iterator[Problem]:
    return (attrs.evolve(one, where=where) for one in problems)
