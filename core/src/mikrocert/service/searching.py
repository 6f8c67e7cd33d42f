"""Searching: credentials by whatever somebody has of them, and what old ones are of, for statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mikrocert.archive import Topic
from mikrocert.errors import ArchiveError, ObjectStoreError, UnknownIdentifier
from mikrocert.report import FileKind
from mikrocert.service.verifying.opening import open_chain, read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mikrocert.archive import Archive, Archived
    from mikrocert.award import Award
    from mikrocert.kinds.envelope import Envelope
    from mikrocert.kinds.format import Format

__all__ = ["complete_topics", "find", "topic_of_award"]

_AT_ONCE = 100


def find(
    archive: Archive,
    text: str,
    *,
    identifier: str | None,
    institution: str | None,
    after: str | None,
    limit: int,
) -> tuple[Archived, ...]:
    """Return the credentials that a text leads to: an identifier, else a record number, else words of the holder's name.

    Args:
        archive: where to look.
        text: what somebody typed.
        identifier: the identifier that the text is or links to, or none.
        institution: name of the only institution wanted; none means all.
        after: identifier of the last one of the page before; none for the first page.
        limit: how many at most, from 1 to 1000.

    Raises:
        ArchiveError: if one of them is damaged, or the archive fails.
    """
    if identifier is not None and after is None:
        try:
            archived = archive.find(identifier)
        except UnknownIdentifier:
            pass  # twelve letters can be a name, too
        else:
            return (archived,) if institution in {None, archived.registration.institution} else ()
    if after is None:
        versions = archive.versions(text.strip(), institution=institution)
        if versions:
            return versions
    return archive.credentials_of(text, institution=institution, after=after, limit=limit)


def topic_of_award(award: Award) -> Topic:
    """Return what a credential of this award is of, for statistics."""
    return Topic(next(iter(award.title.texts.values())), award.thematic_areas)


def complete_topics(
    archive: Archive, *, envelopes: Mapping[str, Envelope], formats: Mapping[str, Format]
) -> int:
    """Note what those credentials are of that were recorded when nothing noted it; return how many there are left.

    It is read back from what was sealed. Interrupted, it goes on where it stopped when it is called again.

    Args:
        archive: where credentials are kept.
        envelopes: name → envelope.
        formats: name → format.

    Raises:
        ArchiveError: if the archive fails.
    """
    last, left = "", 0
    while some := archive.without_topic(after=last, limit=_AT_ONCE):
        last = some[-1]
        for identifier in some:
            try:
                octets = archive.file(identifier, FileKind.CREDENTIAL).octets
            except ObjectStoreError:
                raise  # nothing is known of this one, nor of the next
            except ArchiveError:
                left += 1  # the check tells what is wrong with it
                continue
            award = read(open_chain(octets, envelopes=envelopes), formats=formats, judged=False).award
            if award is None:
                left += 1
                continue
            with archive.unit() as unit:
                unit.note_topic(identifier, topic_of_award(award))
    return left
