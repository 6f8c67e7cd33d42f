"""Raise seals of PDFs: time stamps, then revocation data, then document time stamps, and again before those end.

A signature at level B-B is only as good as its certificate is today. Each level adds something and changes nothing that a
signature or a time stamp covers (EN 319 142-1, 6):

1. B-T: a time stamp of the signature beside it, where room was kept for one, else a document time stamp: when the seal was
   there at the latest;
2. B-LT: a document security store, asked for after that: who vouched for its certificate and the time stamp's, and that
   nobody had revoked them;
3. B-LTA: a document time stamp over all of it;
4. renewal, as often as needed: the same data for the last document time stamp, and another one over all of it.

A batch goes through these steps as `pki.raising` has it.

Next: `reading`.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs
from mikrocert.api import EnvelopeError, MikrocertError, SealError, message

from mikrocert_seal_ades.messages import refusal
from mikrocert_seal_ades.pades import cms
from mikrocert_seal_ades.pades.inspecting import inspect, signature_digest
from mikrocert_seal_ades.pades.reading import LIMIT, read
from mikrocert_seal_ades.pades.sealing import STAMP_ROOM
from mikrocert_seal_ades.pki import timestamps
from mikrocert_seal_ades.pki.errors import AdesError
from mikrocert_seal_ades.pki.levels import LEVELS
from mikrocert_seal_ades.pki.problems import problem
from mikrocert_seal_ades.pki.raising import Place, raised, renewed
from mikrocert_seal_ades.pki.revocation import ValidationData
from mikrocert_seal_ades.pki.rfc3161 import Imprint

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from datetime import datetime

    from mikrocert_seal_ades.pki.levels import Level, Sources
    from mikrocert_seal_ades.pki.raising import Stamped
    from mikrocert_seal_ades.pki.rfc3161 import Digest

__all__ = ["extend", "extend_many", "renew", "renew_many"]


def extend(data: bytes, *, level: Level, sources: Sources) -> bytes:
    """Return one sealed PDF, raised to a level; see `extend_many`."""
    return extend_many((data,), level=level, sources=sources)[0]


def extend_many(files: Sequence[bytes], *, level: Level, sources: Sources) -> tuple[bytes, ...]:
    """Return sealed PDFs, each raised to a level unless it is there already.

    Args:
        files: PDFs with one seal that is intact; their octets stay, but for the place that a seal leaves out of itself.
        level: `B-B` to `B-LTA`.
        sources: whom to ask.

    Raises:
        SealError: if a file is not such a one, or a service refuses, is silent, or answers something else than it was asked;
            then no file comes back.
    """
    if level == "B-B":
        return tuple(files)
    with _faults():
        drafts = raised([_Draft.of(data) for data in files], level=level, sources=sources)
        return tuple(draft.octets for draft in drafts)


def renew(data: bytes, *, sources: Sources) -> bytes:
    """Return one sealed PDF, time-stamped anew; see `renew_many`."""
    return renew_many((data,), sources=sources)[0]


def renew_many(files: Sequence[bytes], *, sources: Sources) -> tuple[bytes, ...]:
    """Return sealed PDFs with a further document time stamp each, before it data by which the last one can be judged.

    A file below B-LTA is raised to it instead. The rest is as `extend_many` has it (EN 319 142-1, 5.5).
    """
    with _faults():
        drafts = renewed([_Draft.of(data) for data in files], sources=sources)
        return tuple(draft.octets for draft in drafts)


@contextmanager
def _faults() -> Generator[None]:
    """Make a `SealError` of what is wrong with a file, a service or a certificate."""
    try:
        yield
    except AdesError as fault:
        raise refusal(fault) from fault
    except EnvelopeError as fault:
        texts = [finding.message for finding in fault.findings]
        raise SealError(message("{faults:semicolon}", faults=texts)) from fault
    except MikrocertError:
        raise
    # pyHanko answers damage with almost any exception.
    except Exception as error:
        raise SealError(
            message("the PDF can't be sealed, it may be damaged: {error}; --debug shows where", error=error)
        ) from error


@attrs.frozen
class _Draft:
    """A PDF on its way up.

    Args:
        octets: the whole PDF.
        signer: DER, the seal certificate.
        contents: /Contents of the seal, decoded, padding included.
        byte_range: of the seal.
        claimed_at: the signing time (aware), or none.
        level: what was reached.
        tokens: all time stamps with the certificates of their units, in the order in which they were added.
        certificates: DER, all that the PDF carries.
        values: DER, what is in the document security store.
    """

    octets: bytes = attrs.field(repr=False)
    signer: bytes = attrs.field(repr=False)
    contents: bytes = attrs.field(repr=False)
    byte_range: tuple[int, ...]
    claimed_at: datetime | None
    level: Level
    tokens: tuple[Stamped, ...]
    certificates: tuple[bytes, ...] = attrs.field(repr=False)
    values: frozenset[bytes] = attrs.field(repr=False)

    @classmethod
    def of(cls, data: bytes) -> _Draft:
        """Read a PDF, and hold its seal and time stamps against what they cover.

        Raises:
            AdesError: if one of them does not hold.
            EnvelopeError: if it can't be read.
        """
        file = read(data)
        if file.faults:
            raise EnvelopeError(file.faults)
        found = inspect(file)
        errors = [fault for fault in found.problems if fault.severity in {"error", "undetermined"}]
        if errors or found.level == "none":
            raise AdesError(*(errors or [problem("signature-not-checked")]))
        signed_data = cms.read(file.contents)
        revisions = file.later.revisions
        octets = [
            *signed_data.tokens,
            *(cms.first(one.stamp.contents) for one in revisions if one.stamp is not None),
        ]
        tokens = [timestamps.read(token) for token in octets]
        units = [stamp.unit for stamp in found.stamps]
        values = [one for r in revisions for one in (*r.certificates, *r.lists, *r.responses)]
        return cls(
            data,
            signer=found.chain[0],
            contents=file.contents,
            byte_range=file.byte_range,
            claimed_at=file.claimed_at,
            level=found.level,
            tokens=tuple((token, unit) for token, unit in zip(tokens, units, strict=True) if unit),
            certificates=(*signed_data.certificates, *found.others),
            values=frozenset(one.octets for one in values),
        )

    @property
    def last_tokens(self) -> tuple[Stamped, ...]:
        """The last document time stamp."""
        return self.tokens[-1:]

    @property
    def stamped_at(self) -> datetime:
        """The time of the first time stamp."""
        return self.tokens[0][0].time

    def has(self, level: Level) -> bool:
        """Return whether a level was reached."""
        return LEVELS.index(self.level) >= LEVELS.index(level)

    def place(self, level: Level, *, digest: Digest) -> Place[_Draft]:
        """Return where the next time stamp goes: beside the signature where room was kept for it, else behind all."""
        from mikrocert_seal_ades.pades.writing import Revision, stamp_revision  # noqa: PLC0415

        signed_data = cms.read(self.contents)
        free = len(self.contents) - len(signed_data.dump())
        beside = self.level == "B-B" and free >= STAMP_ROOM
        if beside:
            place = Revision(self.octets, *self.byte_range[1:3])
            imprint = Imprint(digest, signature_digest(signed_data, algorithm=digest))
        else:
            place = stamp_revision(self.octets, room=STAMP_ROOM)
            imprint = Imprint(digest, place.digest(digest))

        def filled(octets: bytes, stamped: Stamped) -> _Draft:
            contents = attrs.evolve(signed_data, tokens=(octets,)).dump() if beside else octets
            pdf = _bounded(place.filled(contents))
            return attrs.evolve(
                self,
                octets=pdf,
                contents=bytes.fromhex(pdf[place.start + 1 : place.end - 1].decode("ascii"))
                if beside
                else self.contents,
                level=level,
                tokens=(*self.tokens, stamped),
            )

        return Place(imprint, filled)

    def with_data(self, data: ValidationData) -> _Draft:
        """Return this with these data in its document security store."""
        from mikrocert_seal_ades.pades.writing import with_store  # noqa: PLC0415

        new = ValidationData(
            tuple(one for one in data.certificates if one not in self.certificates),
            tuple(one for one in data.ocsps if one not in self.values),
            tuple(one for one in data.crls if one not in self.values),
        )
        archived = self.has("B-LTA")
        if archived and not (new.certificates or new.ocsps or new.crls):
            return self
        pdf = with_store(self.octets, data=data, seal=None if archived else self.contents)
        return attrs.evolve(
            self,
            octets=_bounded(pdf),
            level=self.level if archived else "B-LT",
            certificates=(*self.certificates, *new.certificates),
            values=self.values | {*data.certificates, *data.ocsps, *data.crls},
        )


def _bounded(pdf: bytes) -> bytes:
    """Refuse a PDF that nobody would read any more."""
    if len(pdf) > LIMIT:
        raise SealError(
            message("The PDF has {count} octets; at most {limit} are read.", count=len(pdf), limit=LIMIT)
        )
    return pdf
