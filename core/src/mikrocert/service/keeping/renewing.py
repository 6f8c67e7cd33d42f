"""Renewing: seals in the archive that end soon are made to last, each file as a further edition.

The archive is gone through in batches, credential by credential:

1. Find: every file of which an envelope says that its seal ends before a moment. What has ended already is a failure: nothing
   proves it any more.
2. Renew: all files of a batch at once, envelope by envelope; where that fails, one by one, so that one file spoils no others.
3. Judge: the new file holds what the old one held, its seal is intact, and it is of a higher level or lasts longer; else
   nothing is recorded.
4. Record: one transaction a credential, so that whatever stops it in between leaves each file either old or new.

No earlier octet is lost: old editions stay in the archive. Doing it again goes on where it stopped, because what was renewed is not
due any more.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

import attrs

from mikrocert.archive import NewArtefact
from mikrocert.errors import MikrocertError
from mikrocert.kinds.envelope import Lasting, OpenedEnvelope, Services, Trust
from mikrocert.report import File, FileKind, Outcome
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mikrocert.archive import Archive, Archived
    from mikrocert.kinds.envelope import Envelope
    from mikrocert.report import Registration

__all__ = ["Endings", "Renewal", "Renewer", "Renewing", "endings", "lasting_longer", "lasting_of", "unseen"]

Renewing: TypeAlias = Callable[[int], object]
"""Called with the number of credentials that were gone through."""

_BATCH = 50


def unseen(_: int) -> None:
    """Show no progress."""


@attrs.frozen
class Renewal:
    """What became of a file that is due, or of a credential that can't be read.

    Args:
        identifier: of the credential; none of a head of the log.
        file: the file; none where the credential can't be read.
        before: how long its seal lasted; none where that can't be told.
        after: how long it lasts now; none in a dry run, and where it was not renewed.
        fault: why it was not renewed, or none.
        head: the file of a sealed head of the log, where it is one.
    """

    identifier: str | None = None
    file: File | None = None
    before: Lasting | None = None
    after: Lasting | None = None
    fault: Message | None = None
    head: Path | None = None


@attrs.frozen
class _Due:
    """A file whose seal ends soon."""

    archived: Archived
    file: File
    envelope: str
    opened: OpenedEnvelope = attrs.field(repr=False)
    lasting: Lasting

    def renewed(self, *, after: Lasting | None = None, fault: Message | None = None) -> Renewal:
        """Return what became of it."""
        identifier = self.archived.registration.identifier
        return Renewal(identifier, self.file, self.lasting, after=after, fault=fault)


def _sealed_files(
    registration: Registration, *, archive: Archive, envelopes: Mapping[str, Envelope]
) -> Iterator[_Due | Renewal]:
    """Yield every file of a credential whose seal has an end, and what can't be read."""
    try:
        archived = archive.find(registration.identifier)
        files = () if archived.erased_at else archive.files(registration.identifier)
    except MikrocertError as error:
        yield Renewal(registration.identifier, fault=error.message)
        return
    for file in files:
        if file.kind is FileKind.PICTURE:
            continue
        try:
            found = lasting_of(file.octets, envelopes)
        except MikrocertError as error:
            yield Renewal(registration.identifier, file, fault=error.message)
            continue
        if found is not None:
            yield _Due(archived, file, *found)


def lasting_of(
    octets: bytes, envelopes: Mapping[str, Envelope]
) -> tuple[str, OpenedEnvelope, Lasting] | None:
    """Return the name of the envelope of a file, what it holds and how long its seal lasts; none where that has no end.

    Raises:
        EnvelopeError: if it can't be opened.
        SealError: if its seal is not intact.
    """
    for name, envelope in envelopes.items():
        if envelope.recognises(octets):
            opened = envelope.open(octets)
            lasting = envelope.lasting(opened)
            return None if lasting is None else (name, opened, lasting)
    return None


def lasting_longer(
    octets: bytes, *, envelope: Envelope, payload: bytes, before: Lasting, at: datetime
) -> tuple[OpenedEnvelope, Lasting] | Message:
    """Return a file that came back from renewing, opened, and how long it lasts, or why it must not take the place of the old one.

    Args:
        octets: as they came back.
        envelope: the file's envelope.
        payload: what the old one holds.
        before: how long the old one lasts.
        at: the present (aware).
    """
    try:
        opened = envelope.open(octets)
        lasting = envelope.lasting(opened)
        results = envelope.examine(opened, trust=Trust(), at=at)
    except MikrocertError as error:
        return error.message
    if opened.payload != payload:
        return message("what came back holds something else than what was sealed")
    if not any(one.check == "integrity" and one.outcome is Outcome.PASSED for one in results):
        return message("the seal of what came back is not intact")
    raised = lasting is not None and lasting.level != before.level
    if lasting is None or (not raised and lasting.until <= before.until):
        return message(
            "renewed now, it would last no longer than it does, until {end}; a time-stamp authority whose certificate ends later is needed",
            end=before.until,
        )
    return opened, lasting


@attrs.frozen
class Endings:
    """When seals end, counted by credentials, each by that of its files which ends first, or by heads of the log.

    Args:
        by_year: year, in UTC → how many have to be renewed by its end at the latest.
        soon: how many of these end before the moment that was named.
        ended: how many have ended, so that nothing can prove them any more.
        unreadable: how many can't be read, or are not intact.
    """

    by_year: Mapping[int, int] = attrs.field(hash=False)
    soon: int = 0
    ended: int = 0
    unreadable: int = 0


def endings(archive: Archive, *, envelopes: Mapping[str, Envelope], at: datetime, soon: datetime) -> Endings:
    """Read every file of an archive and return when its seals end. It holds one credential at a time.

    Args:
        archive: the archive.
        envelopes: name → envelope.
        at: the present (aware).
        soon: the moment (aware) before which an end is soon.

    Raises:
        ArchiveError: if the archive fails as a whole.
    """
    years: Counter[int] = Counter()
    counts: Counter[str] = Counter()
    last = None
    while page := archive.registrations(after=last, limit=_BATCH):
        last = page[-1]
        for registration in page:
            found = list(_sealed_files(registration, archive=archive, envelopes=envelopes))
            ends = [one.lasting.until for one in found if isinstance(one, _Due)]
            if len(ends) < len(found):
                counts["unreadable"] += 1
            elif ends and min(ends) <= at:
                counts["ended"] += 1
            elif ends:
                # What ends with the first moment of a year has to be renewed in the one before.
                years[(min(ends).astimezone(UTC) - timedelta(seconds=1)).year] += 1
                counts["soon"] += min(ends) < soon
    return Endings(dict(sorted(years.items())), counts["soon"], counts["ended"], counts["unreadable"])


@attrs.frozen
class Renewer:
    """What renewing needs.

    Args:
        archive: where the files are.
        envelopes: name → envelope.
        services: what envelopes may ask of the outside.
        on_progress: called after each credential with how many were gone through.
    """

    archive: Archive
    envelopes: Mapping[str, Envelope] = attrs.field(hash=False)
    services: Services
    on_progress: Renewing = unseen

    def renew(self, *, before: datetime, at: datetime, dry_run: bool = False) -> Iterator[Renewal]:
        """Renew every file whose seal ends before a moment, and give back what became of each.

        Args:
            before: the moment (aware).
            at: the present (aware).
            dry_run: whether to say what is due and do nothing.

        Raises:
            ArchiveError: if the archive fails as a whole.
        """
        count, last = 0, None
        while page := self.archive.registrations(after=last, limit=_BATCH):
            last = page[-1]
            due: list[_Due] = []
            for registration in page:
                for found in self._find(registration, before=before, at=at):
                    if isinstance(found, Renewal):
                        yield found
                    elif dry_run:
                        yield found.renewed()
                    else:
                        due.append(found)
                count += 1
                self.on_progress(count)
            yield from self._renewed(due, at=at)

    def _find(
        self, registration: Registration, *, before: datetime, at: datetime
    ) -> Iterator[_Due | Renewal]:
        """Yield what is due of a credential, and what is too late or can't be read."""
        for found in _sealed_files(registration, archive=self.archive, envelopes=self.envelopes):
            if isinstance(found, Renewal):
                yield found
            elif found.lasting.until >= before:
                continue
            elif found.lasting.until <= at:
                late = message(
                    "its seal lasted until {end}; nothing can prove it any more", end=found.lasting.until
                )
                yield found.renewed(fault=late)
            else:
                yield found

    def _renewed(self, due: Sequence[_Due], *, at: datetime) -> Iterator[Renewal]:
        """Renew and record what is due; the files of one credential are recorded together."""
        made = self._produce(due)
        by_credential: dict[str, list[_Due]] = defaultdict(list)
        for one in due:
            by_credential[one.archived.registration.identifier].append(one)
        for identifier, own in by_credential.items():
            good: list[tuple[_Due, NewArtefact, Lasting]] = []
            for one in own:
                octets = made[id(one)]
                judged = self._judged(one, octets, at=at) if isinstance(octets, bytes) else octets
                if isinstance(judged, Message):
                    yield one.renewed(fault=judged)
                else:
                    good.append((one, *judged))
            if not good:
                continue
            try:
                added = [artefact for _, artefact, _ in good]
                self.archive.add_edition(identifier, added, at=datetime.now(UTC))
            except MikrocertError as error:
                yield from (one.renewed(fault=error.message) for one, _, _ in good)
            else:
                yield from (one.renewed(after=lasting) for one, _, lasting in good)

    def _produce(self, due: Sequence[_Due]) -> dict[int, bytes | Message]:
        """Return the renewed octets of each, or why there are none."""
        made: dict[int, bytes | Message] = {}
        by_envelope: dict[str, list[_Due]] = defaultdict(list)
        for one in due:
            by_envelope[one.envelope].append(one)
        for name, own in by_envelope.items():
            try:
                made.update(zip(map(id, own), self._ask(name, own), strict=True))
            except MikrocertError as error:
                if len(own) == 1:
                    made[id(own[0])] = error.message
                    continue
                for one in own:
                    made.update(self._produce([one]))
        return made

    def _ask(self, name: str, due: Sequence[_Due]) -> tuple[bytes, ...]:
        files = [one.file.octets for one in due]
        return self.envelopes[name].renew_many(files, services=self.services)

    def _judged(self, due: _Due, octets: bytes, *, at: datetime) -> tuple[NewArtefact, Lasting] | Message:
        """Return what is to be recorded, or why it must not be."""
        judged = lasting_longer(
            octets,
            envelope=self.envelopes[due.envelope],
            payload=due.opened.payload,
            before=due.lasting,
            at=at,
        )
        if isinstance(judged, Message):
            return judged
        opened, lasting = judged
        old = due.archived.artefact(due.file.kind, format=due.file.format)
        credential = due.file.kind is FileKind.CREDENTIAL
        return (
            NewArtefact(
                attrs.evolve(due.file, octets=octets),
                payload=opened.payload if credential else None,
                credential_id=old.credential_id if old is not None and credential else None,
            ),
            lasting,
        )
