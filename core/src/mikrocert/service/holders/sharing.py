"""Sharing: what a holder's link opens, what shares show to others, and what the permanent link shows to everybody.

Whoever has the secret of a holder's link is the holder: there are no accounts. The token of a share is made of that secret and the share's
number, so that the holder's page can show the link again and the archive, which has hashes, can't. A university, which doesn't have the
secret, gets a token drawn at random, once.

1. A secret or token is looked up by its hash. One that never was and one with anything appended are the same: there is none.
2. One that was right and has ended says how and when, and no more.
3. Opening a share is counted only when a person confirms it (`open`), and gives a pass, with which it is seen for an hour (`see`).
   A pass is made of the award's salt, which goes with its key, so passes need no memory and end when everything does.
4. What is seen is made by `report.disclosing`, from the report of the verification, for everybody alike.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.award.identifiers import ALPHABET
from mikrocert.errors import AccessClosed, ShareEnded, ShareRefused, UnknownShare
from mikrocert.report import (
    Access,
    Disclosed,
    FileKind,
    Finding,
    ShareScope,
    disclosed_by_link,
    disclosed_by_share,
)
from mikrocert.rules.questions import is_birth_number
from mikrocert.texts import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mikrocert.archive import Archive, Archived, HolderLink, NewShare, Share
    from mikrocert.report import File, Report
    from mikrocert.service.verifying.verdicts import Verdict
    from mikrocert.settings import Settings

__all__ = [
    "LONGEST_NOTE",
    "MOST_OPENINGS",
    "PASS_SECONDS",
    "Display",
    "MadeShare",
    "Sharing",
    "hash_of",
    "new_secret",
]

LONGEST_NOTE: Final = 100
"""Characters of a note."""

MOST_OPENINGS: Final = 10_000
"""How often a share that has a bound can be opened at most."""

PASS_SECONDS: Final = 3600
"""How long an opened share is seen."""

_LONGEST_YEARS: Final = 10
_CHARACTERS: Final = 26
"""Of an alphabet of 57: some 151 bits."""

_LONGEST: Final = 200
_TOKEN, _PASS = b"mikrocert share 1", b"mikrocert pass 1"
_DOT: Final = "."
_UNTIL: Final = re.compile("[0-9a-f]{1,12}")


@attrs.frozen
class Display:
    """A credential as somebody sees it.

    Args:
        identifier: of the credential, for whoever answers; shown only where `disclosed` has it.
        disclosed: what is shown, and what may be handed out.
        files: the newest edition of every file, where they may be handed out; else none.
        report: all that was found out, for whoever keeps answers by it; never shown.
        shown_as: as what it is seen: by the permanent link, by a share, or, where it is none, by its holder.
    """

    identifier: str
    disclosed: Disclosed
    files: tuple[File, ...]
    report: Report = attrs.field(repr=False)
    shown_as: Access | ShareScope | None = None


@attrs.frozen
class MadeShare:
    """A share, with the link that is told once where it isn't made of the holder's secret.

    Args:
        share: the share.
        link: its link.
    """

    share: Share
    link: str = attrs.field(repr=False)


class Sharing:
    """Answers holders, those with whom they share, and whoever has the permanent link.

    Args:
        archive: opens where credentials are kept; called when it is first asked.
        settings: of the system.
        verify: returns the files of a credential and what there is to say of the first one (see `System.verify_archived`).
        recall: returns what was found out some minutes ago, or none (see `System.recall`).
        now: tells the time (aware).
    """

    def __init__(
        self,
        archive: Callable[[], Archive],
        *,
        settings: Settings,
        verify: Callable[[str], tuple[tuple[File, ...], Report]],
        recall: Callable[[str], Verdict | None] = lambda _: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._open = archive
        self._settings = settings
        self._verify = verify
        self._recall = recall
        self._now = now

    @cached_property
    def _archive(self) -> Archive:
        return self._open()

    # The holder's link

    def new_holder_link(self, identifier: str, *, actor: str) -> str:
        """Return a new holder's link of a credential; those before it open nothing any more. It is told once.

        Args:
            identifier: the 12 characters.
            actor: who has it made, for the acts.

        Raises:
            UnknownIdentifier: if there is no such credential.
            ErasedError: if its content was erased.
            ArchiveError: if the actor's name is not fit to be kept, or the database fails.
        """
        secret, at = new_secret(), self._now()
        with self._archive.unit() as unit:
            unit.add_holder_link(identifier, secret=hash_of(secret), at=at)
            unit.act(at=at, actor=actor, deed="holder-link", subject=identifier)
        return self.holder_link(secret)

    def first_holder_link(self, identifier: str) -> str | None:
        """Return the holder's link of a credential that has none yet; none where it has one: only its hash is known.

        Raises:
            UnknownIdentifier: if there is no such credential.
            ErasedError: if its content was erased.
            ArchiveError: if the database fails.
        """
        secret = new_secret()
        with self._archive.unit() as unit:
            first = unit.add_holder_link(identifier, secret=hash_of(secret), at=self._now(), first=True)
        return self.holder_link(secret) if first else None

    def holder_link(self, secret: str) -> str:
        """Return the address of the page that a secret opens."""
        return f"{self._settings.base_url}/h/{secret}"

    def held_by(self, secret: str) -> HolderLink:
        """Return the holder's link with this secret.

        Raises:
            UnknownShare: if there never was one.
            ShareEnded: if it was replaced by another one.
            ArchiveError: if there is no archive, or it fails.
        """
        link = self._archive.sharing.link_of(hash_of(secret))
        if link is None:
            raise UnknownShare
        if link.end is not None:
            raise ShareEnded(link.end)
        return link

    def held(self, link: HolderLink) -> Display:
        """Return the credential as its holder sees it.

        Raises:
            ErasedError: if its content was erased.
            ArchiveError: if it is damaged or can't be read.
        """
        return self._display(link.identifier, None)

    # Shares

    def make(self, identifier: str, new: NewShare, *, secret: str | None = None) -> MadeShare:
        """Make a share.

        Args:
            identifier: of the credential.
            new: what is to be made.
            secret: of the holder's link by which it is made; none where a university makes it.

        Raises:
            ShareRefused: if it can't be made like this, with every fault; also where there are as many as there can be.
            UnknownShare: if there is no such holder's link.
            ShareEnded: if the holder's link was replaced.
            UnknownIdentifier: if there is no such credential.
            ErasedError: if its content was erased.
            ArchiveError: if a database fails.
        """
        at = self._now()
        link = None if secret is None else self.held_by(secret)
        if link is not None and link.identifier != identifier:
            raise UnknownShare
        new = attrs.evolve(new, note=(new.note or "").strip() or None)
        if faults := tuple(_faults(new, at=at)):
            raise ShareRefused(faults)
        drawn = new_secret()

        def token(number: int) -> str:
            return drawn if secret is None else token_of(secret, identifier, number)

        made = self._archive.sharing.make(
            identifier,
            new,
            token=lambda number: hash_of(token(number)),
            link=None if link is None else link.number,
            at=at,
        )
        return MadeShare(made, self.share_link(token(made.number)))

    def share_link(self, token: str) -> str:
        """Return the address of a share."""
        return f"{self._settings.base_url}/s/{token}"

    def link_again(self, share: Share, *, secret: str, link: HolderLink) -> str | None:
        """Return the address of a share by the secret of which it was made; none where it was made of another one, or drawn."""
        if share.link != link.number or share.identifier != link.identifier:
            return None
        return self.share_link(token_of(secret, share.identifier, share.number))

    def shares(self, identifier: str, *, before: int | None = None, limit: int = 20) -> tuple[Share, ...]:
        """Return a page of shares, the newest first (see `ShareStore.page`)."""
        return self._archive.sharing.page(identifier, before=before, limit=limit)

    def share(self, identifier: str, number: int) -> Share:
        """Return a share of a credential by its number.

        Raises:
            UnknownShare: if there is none.
        """
        share = self._archive.sharing.find(identifier, number)
        if share is None:
            raise UnknownShare
        return share

    def withdraw(self, identifier: str, number: int) -> Share:
        """Withdraw a share; withdrawing it again changes nothing.

        Raises:
            UnknownShare: if there is none.
        """
        self.share(identifier, number)
        return self._archive.sharing.withdraw(identifier, number, at=self._now())

    # The permanent link

    def access(self, identifier: str) -> Access:
        """Return what the permanent link shows: as its holder decided, else as the settings say.

        Raises:
            UnknownIdentifier: if there is no such credential, where that is noticed.
            ArchiveError: if the archive can't be asked.
        """
        decided = self._archive.sharing.access(identifier)
        if decided is not None:
            return decided
        if not self._settings.sharing.institutions:
            return Access(self._settings.sharing.access)
        return self._undecided(self._archive.find(identifier).registration.institution)

    def _undecided(self, institution: str) -> Access:
        """Return what a permanent link shows as long as its holder decided nothing."""
        sharing = self._settings.sharing
        return Access(sharing.institutions.get(institution, sharing.access))

    def set_access(self, identifier: str, access: Access, *, actor: str | None = None) -> None:
        """Decide what the permanent link shows.

        Args:
            identifier: of the credential.
            access: what it shows from now on.
            actor: who has it decided for the holder, for the acts; none where the holder does it.

        Raises:
            UnknownIdentifier: if there is no such credential.
            ErasedError: if its content was erased.
            ArchiveError: if a database fails.
        """
        at = self._now()
        self._not_erased(identifier)
        self._archive.sharing.set_access(identifier, access, at=at)
        if actor is not None:
            with self._archive.unit() as unit:
                unit.act(
                    at=at, actor=actor, deed="access", subject=identifier, details={"access": access.value}
                )

    def by_identifier(self, identifier: str) -> Display:
        """Return a credential as whoever has the permanent link sees it.

        Raises:
            UnknownIdentifier: if there is none.
            AccessClosed: if its holder closed it.
            ErasedError: if its content was erased.
            ArchiveError: if it is damaged or can't be read.
        """
        return self._by_identifier(identifier)[0]

    def at_once(self, identifier: str) -> Display | None:
        """Return what `by_identifier` does, where nothing has to be waited for; none otherwise.

        It was verified some minutes ago, and one look at the archive says that nothing was recorded since then. It never waits for the network,
        for a writer, nor for an observer, and counts no verification. What would be an error is none here, too: `by_identifier` has the words for it.
        """
        verdict = self._recall(identifier)
        glance = None if verdict is None else self._archive.glance(identifier)
        if verdict is None or glance is None or glance.newest != verdict.event:
            return None
        access = glance.access or self._undecided(glance.institution)
        disclosed = disclosed_by_link(verdict.report, access)
        if disclosed is None:
            return None
        return _display(identifier, disclosed, verdict.files, verdict.report, access)

    def to_be_stated(self, identifier: str) -> tuple[Report, str]:
        """Return what there is to say of a credential to whoever has the permanent link, and the SHA-256 of the very file it was found of.

        Raises:
            UnknownIdentifier, AccessClosed, ErasedError, ArchiveError: as `by_identifier`.
        """
        display, judged = self._by_identifier(identifier)
        return display.disclosed.report, hashlib.sha256(judged.octets).hexdigest()

    def _by_identifier(self, identifier: str) -> tuple[Display, File]:
        """Return a credential as whoever has the permanent link sees it, and the file of which it was found."""
        files, report = self._verify(identifier)
        access = self.access(identifier)
        disclosed = disclosed_by_link(report, access)
        if disclosed is None:
            status = report.status
            if status is None:  # the archive couldn't say; what is closed stays so
                status = self._archive.find(identifier).status
            raise AccessClosed(attrs.evolve(status, reason=None, successor=None))
        return _display(identifier, disclosed, files, report, access), files[0]

    # Those with whom a share is shared

    def look(self, token: str) -> Share:
        """Return the share with this token, which opens; nothing is counted, and nothing of the credential is read.

        Raises:
            UnknownShare: if there never was one.
            ShareEnded: if it has ended.
            ErasedError: if the content of the credential was erased.
            ArchiveError: if there is no archive, or it fails.
        """
        share = self._archive.sharing.share_of(hash_of(token))
        if share is None:
            raise UnknownShare
        self._not_erased(share.identifier)
        if end := share.end(self._now()):
            raise ShareEnded(end)
        return share

    def open(self, token: str) -> str:
        """Count that somebody opens a share, and return the pass with which it is seen.

        Raises:
            UnknownShare, ShareEnded, ErasedError, ArchiveError: as `look`.
        """
        share, at = self.look(token), self._now()
        if not self._archive.sharing.open(share.identifier, share.number, at=at):
            self.look(token)
            raise UnknownShare  # pragma: no cover - what doesn't open has ended
        until = int(at.timestamp()) + PASS_SECONDS
        return f"{until:x}{_DOT}{self._proof(share, until)}"

    def see(self, token: str, given: str) -> tuple[Share, Display] | None:
        """Return a share with what it shows, by a pass; none where the pass is over, so that it has to be opened again.

        It is not asked how often it was opened, because whoever has the pass is among those.

        Raises:
            UnknownShare: if there never was one, or the pass is none.
            ShareEnded, ErasedError, ArchiveError: as `look`.
        """
        share, at = self._archive.sharing.share_of(hash_of(token)), self._now()
        if share is None:
            raise UnknownShare
        self._not_erased(share.identifier)
        until, _, proof = given.partition(_DOT)
        ends = int(until, 16) if _UNTIL.fullmatch(until) else 0
        genuine = hmac.compare_digest(
            proof.encode("utf-8", "surrogatepass"), self._proof(share, ends).encode()
        )
        if not genuine or f"{ends:x}" != until:
            raise UnknownShare
        if end := attrs.evolve(share, most=None).end(at):
            raise ShareEnded(end)
        if at.timestamp() >= ends:
            return None
        return share, self._display(share.identifier, share.scope)

    def _proof(self, share: Share, until: int) -> str:
        key = self._archive.find(share.identifier).secret_for(_PASS)
        return _in_alphabet(hmac.digest(key, f"{share.number} {until}".encode(), "sha256"))

    def _not_erased(self, identifier: str) -> Archived:
        archived = self._archive.find(identifier)
        if archived.erased_at is not None:
            raise archived.erased
        return archived

    def _display(self, identifier: str, scope: ShareScope | None) -> Display:
        files, report = self._verify(identifier)
        disclosed = disclosed_by_share(report, scope or ShareScope.ALL)
        return _display(identifier, disclosed, files, report, scope)


def _display(
    identifier: str,
    disclosed: Disclosed,
    files: tuple[File, ...],
    report: Report,
    shown_as: Access | ShareScope | None,
) -> Display:
    """Return what is shown, with the files where they may be handed out, and without a picture where there is no certificate."""
    drawn = disclosed.picture and any(file.kind is FileKind.CERTIFICATE for file in files)
    disclosed = attrs.evolve(disclosed, picture=drawn)
    return Display(identifier, disclosed, files if disclosed.files else (), report, shown_as)


def new_secret() -> str:
    """Draw the secret of a holder's link, or the token of a share, from the operating system's randomness."""
    return "".join(secrets.choice(ALPHABET) for _ in range(_CHARACTERS))


def hash_of(text: str) -> bytes:
    """Return what is kept of a secret or token: its SHA-256; so many random bits can't be guessed, at whatever speed."""
    return hashlib.sha256(text[: _LONGEST + 1].encode("utf-8", "surrogatepass")).digest()


def token_of(secret: str, identifier: str, number: int) -> str:
    """Return the token of a share that is made by a holder's link."""
    what = b"\n".join([_TOKEN, identifier.encode(), str(number).encode()])
    return _in_alphabet(hmac.digest(secret.encode(), what, "sha256"))


def _in_alphabet(digest: bytes) -> str:
    """Return a digest in as many characters as a secret has."""
    left, characters = int.from_bytes(digest), ""
    for _ in range(_CHARACTERS):
        left, position = divmod(left, len(ALPHABET))
        characters += ALPHABET[position]
    return characters


def _faults(new: NewShare, *, at: datetime) -> Iterator[Finding]:
    """Yield what keeps a share from being made."""
    note = new.note or ""
    if len(note) > LONGEST_NOTE:
        yield Finding.error(
            "too-long",
            "the note has {count} characters; {most} are the most",
            path="note",
            count=len(note),
            most=LONGEST_NOTE,
        )
    if printable(note) != note or "\n" in note or "\r" in note:
        yield Finding.error(
            "not-printable",
            "the note has a control or invisible character; one line of visible characters would be right",
            path="note",
        )
    if is_birth_number(note):
        yield Finding.error(
            "birth-number", "the note holds a birth number (rodné číslo); leave the number out", path="note"
        )
    if new.until is not None:
        if new.until.tzinfo is None:
            yield Finding.error("no-zone", "the end has to be a moment with its time zone", path="until")
        elif new.until <= at:
            yield Finding.error("past", "the end has to be in the future", path="until")
        elif new.until > at + timedelta(days=366 * _LONGEST_YEARS):
            yield Finding.error(
                "too-late",
                "the end has to be within {years} years; without an end, a share lasts until it is withdrawn",
                path="until",
                years=_LONGEST_YEARS,
            )
    if new.most is not None and not 1 <= new.most <= MOST_OPENINGS:
        yield Finding.error(
            "out-of-range",
            "how often it can be opened has to be a number from 1 to {most}",
            path="most",
            most=MOST_OPENINGS,
        )
