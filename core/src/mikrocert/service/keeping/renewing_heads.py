"""Renewing sealed heads of the log: the one that is published, those that are kept, and those that somebody names.

A sealed head is a file as a sealed credential is one, and ends as that does. It is in no archive: what is renewed is written in its place,
whole and at once, if nobody has written another one there meanwhile. Of what was there every octet stays inside.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import attrs

from mikrocert.errors import LogError, MikrocertError
from mikrocert.log.folder import LARGEST_SEALED, locked, write_whole
from mikrocert.log.notes import read_note
from mikrocert.log.tiles import SEALED_CHECKPOINT
from mikrocert.parsing.files import read_bounded
from mikrocert.service.keeping.renewing import Endings, Renewal, lasting_longer, lasting_of
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from mikrocert.kinds.envelope import Envelope, Lasting, OpenedEnvelope, Services
    from mikrocert.settings import Settings

__all__ = ["KEPT_SUFFIX", "endings_of_heads", "heads_of", "keep_head", "renew_heads"]

KEPT_SUFFIX = ".sealed"
"""What names of sealed heads end with."""


def heads_of(settings: Settings) -> tuple[Path, ...]:
    """Return the sealed heads that there are where the settings say: the one that is published, then those that are kept, oldest first.

    Raises:
        LogError: if the folder of those that are kept can't be read.
    """
    log = settings.log
    if log is None:
        return ()
    found: list[Path] = []
    if log.folder is not None:
        published = settings.path(log.folder) / SEALED_CHECKPOINT
        found += [published] if published.exists() else []
    if log.kept is not None:
        folder = settings.path(log.kept)
        try:
            if folder.exists():
                found += sorted(path for path in folder.iterdir() if path.name.endswith(KEPT_SUFFIX))
        except OSError as error:
            raise LogError(
                message("{path} can't be read: {reason}", path=folder, reason=error.strerror or "–")
            ) from error
    return tuple(found)


def keep_head(octets: bytes, *, folder: Path, at: datetime) -> None:
    """Keep a sealed head, if it is the first one of its month, so that by when entries were there is shown for each month.

    Args:
        octets: the sealed file.
        folder: where such heads are kept.
        at: when it was sealed (aware).

    Raises:
        LogError: if it can't be written.
    """
    path = folder / f"{at.astimezone(UTC):%Y-%m}{KEPT_SUFFIX}"
    if not path.exists():  # nobody else publishes meanwhile
        write_whole(path, octets)


@attrs.frozen
class _Head:
    """A sealed head in a file."""

    path: Path
    octets: bytes = attrs.field(repr=False)
    envelope: Envelope
    opened: OpenedEnvelope = attrs.field(repr=False)
    lasting: Lasting

    def renewed(self, *, after: Lasting | None = None, fault: Message | None = None) -> Renewal:
        return Renewal(head=self.path, before=self.lasting, after=after, fault=fault)


def _read(path: Path, envelopes: Mapping[str, Envelope]) -> _Head | None:
    """Return a sealed head; none where its seal has no end.

    Raises:
        LogError: if it can't be read or is none.
        MikrocertError: if its seal can't be opened or is not intact.
    """
    octets = read_bounded(path, most=LARGEST_SEALED)
    if isinstance(octets, Message):
        raise LogError(octets)
    found = lasting_of(octets, envelopes)
    if found is None and not any(envelope.recognises(octets) for envelope in envelopes.values()):
        raise LogError(message("this is no sealed head of a log"))
    if found is None:
        return None
    name, opened, lasting = found
    read_note(opened.payload)
    return _Head(path, octets, envelopes[name], opened, lasting)


def renew_heads(
    paths: Iterable[Path],
    *,
    envelopes: Mapping[str, Envelope],
    services: Services,
    before: datetime,
    at: datetime,
    dry_run: bool = False,
) -> Iterator[Renewal]:
    """Renew every sealed head that ends before a moment, and give back what became of each, and of each that can't be read.

    Args:
        paths: files with sealed heads.
        envelopes: name → envelope.
        services: what envelopes may ask of the outside.
        before: the moment (aware).
        at: the present (aware).
        dry_run: whether to say what is due and do nothing.
    """
    for path in paths:
        try:
            head = _read(path, envelopes)
        except MikrocertError as error:
            yield Renewal(head=path, fault=error.message)
            continue
        if head is None or head.lasting.until >= before:
            continue
        if head.lasting.until <= at:
            late = message(
                "its seal lasted until {end}; nothing can prove it any more", end=head.lasting.until
            )
            yield head.renewed(fault=late)
        elif dry_run:
            yield head.renewed()
        else:
            yield _renewed(head, services=services, at=at)


def _renewed(head: _Head, *, services: Services, at: datetime) -> Renewal:
    try:
        [octets] = head.envelope.renew_many([head.octets], services=services)
        judged = lasting_longer(
            octets, envelope=head.envelope, payload=head.opened.payload, before=head.lasting, at=at
        )
        if isinstance(judged, Message):
            return head.renewed(fault=judged)
        with locked(head.path.parent):
            if read_bounded(head.path, most=LARGEST_SEALED) != head.octets:
                return head.renewed(fault=message("another head was written there meanwhile; that one stays"))
            write_whole(head.path, octets)
    except MikrocertError as error:
        return head.renewed(fault=error.message)
    return head.renewed(after=judged[1])


def endings_of_heads(
    paths: Iterable[Path], *, envelopes: Mapping[str, Envelope], at: datetime, soon: datetime
) -> Endings:
    """Return when the seals of heads end, counted by heads.

    Args:
        paths: files with sealed heads.
        envelopes: name → envelope.
        at: the present (aware).
        soon: the moment (aware) before which an end is soon.
    """
    years: Counter[int] = Counter()
    counts: Counter[str] = Counter()
    for path in paths:
        try:
            head = _read(path, envelopes)
        except MikrocertError:
            counts["unreadable"] += 1
            continue
        if head is None:
            continue
        until = head.lasting.until
        if until <= at:
            counts["ended"] += 1
        else:
            years[(until.astimezone(UTC) - timedelta(seconds=1)).year] += 1
            counts["soon"] += until < soon
    return Endings(dict(sorted(years.items())), counts["soon"], counts["ended"], counts["unreadable"])
