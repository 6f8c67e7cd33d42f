"""Wallets: all credentials of one person in one place, gathered by their holder's links.

Who has the secret of a holder's link is the holder, and nobody else becomes one here: a wallet remembers that somebody who signs in
showed such a link. So it opens what that link opens, and no longer than that link does. The secret itself isn't kept.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

from mikrocert.errors import ShareEnded, UnknownShare

if TYPE_CHECKING:
    from collections.abc import Callable

    from mikrocert.archive import Archive, HolderLink, WalletEntry
    from mikrocert.service.holders.sharing import Display, Sharing

__all__ = ["Wallets", "pseudonym"]

_PURPOSE: Final = "mikrocert wallet 1"


def pseudonym(issuer: str, subject: str, *, secret: bytes) -> bytes:
    """Return what stands for a person in the archive: who has the archive alone can't try out whose wallet it is.

    It is HMAC-SHA-256 over `["mikrocert wallet 1", issuer, subject]` as a JSON array in UTF-8 without spaces.

    Args:
        issuer: the identity provider at which they sign in.
        subject: what it calls them.
        secret: kept elsewhere; under another one, everybody's wallet is a new one.
    """
    who = json.dumps([_PURPOSE, issuer, subject], ensure_ascii=False, separators=(",", ":"))
    return hmac.digest(secret, who.encode("utf-8", "surrogatepass"), hashlib.sha256)


class Wallets:
    """Answers people who gathered credentials.

    Args:
        archive: opens where credentials are kept; called when it is first asked.
        sharing: knows holders' links, and what they open.
        now: tells the time (aware).
    """

    def __init__(
        self,
        archive: Callable[[], Archive],
        *,
        sharing: Sharing,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._open = archive
        self._sharing = sharing
        self._now = now

    @cached_property
    def _archive(self) -> Archive:
        return self._open()

    def add(self, owner: bytes, secret: str) -> str:
        """Add the credential of a holder's link to a wallet, and return its identifier.

        Args:
            owner: pseudonym of whose wallet it is.
            secret: of the holder's link.

        Raises:
            UnknownShare: if there never was such a link.
            ShareEnded: if it was replaced by another one.
            ErasedError: if the content of the credential was erased.
            WalletRefused: if there are as many as there can be.
            ArchiveError: if the database fails.
        """
        link = self._sharing.held_by(secret)
        self._demand_content(link.identifier)
        self._archive.wallets.add(owner, link, at=self._now())
        return link.identifier

    def entries(self, owner: bytes) -> tuple[WalletEntry, ...]:
        """Return what is in a wallet, what was added last first; what was erased or whose link was replaced is among it."""
        return self._archive.wallets.entries(owner)

    def held(self, owner: bytes, identifier: str) -> HolderLink:
        """Return the holder's link by which a credential is in a wallet.

        Raises:
            UnknownShare: if it isn't there.
            ShareEnded: if that link was replaced since.
            ArchiveError: if there is no archive, or it fails.
        """
        entry = self._archive.wallets.find(owner, identifier)
        if entry is None:
            raise UnknownShare
        if entry.link.end is not None:
            raise ShareEnded(entry.link.end)
        return entry.link

    def see(self, owner: bytes, identifier: str) -> Display:
        """Return a credential of a wallet as its holder sees it.

        Raises:
            UnknownShare, ShareEnded, ArchiveError: as `held`.
            ErasedError: if its content was erased.
        """
        link = self.held(owner, identifier)
        self._demand_content(identifier)
        return self._sharing.held(link)

    def remove(self, owner: bytes, identifier: str) -> None:
        """Remove a credential from a wallet, whatever became of it; the credential and its holder's link stay as they are.

        Raises:
            UnknownShare: if it isn't there.
            ArchiveError: if the database fails.
        """
        if not self._archive.wallets.remove(owner, identifier):
            raise UnknownShare

    def forget(self, owner: bytes) -> int:
        """Delete all that is kept of somebody's wallet, and return how many entries that was.

        Raises:
            ArchiveError: if the database fails.
        """
        return self._archive.wallets.forget(owner)

    def _demand_content(self, identifier: str) -> None:
        """Refuse what was erased.

        Raises:
            ErasedError: if it was.
        """
        archived = self._archive.find(identifier)
        if archived.erased_at is not None:
            raise archived.erased
