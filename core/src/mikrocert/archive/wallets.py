"""Wallets: which holders' links somebody who signs in has gathered.

Of a person the archive has a pseudonym, made by whoever lets them sign in under a secret that is not here; of what they added, the credential,
the number of the holder's link that they showed, and when. It holds as long as that link does: once there is a newer one, the entry says
that it was replaced, and opens nothing.

What is in a wallet is its owner's alone: no event of the archive's chain says it, and a bag carries none of it. Removing deletes.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import attrs
from sqlalchemy import delete, func, insert, select

from mikrocert.archive.sharing import HolderLink
from mikrocert.archive.tables import holder_links, wallet_entries
from mikrocert.errors import WalletRefused
from mikrocert.report import EndReason, Finding, ShareEnd
from mikrocert.texts.dates import local_time

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.engine import Connection, Row

    from mikrocert.archive.database import Database

__all__ = ["MOST_ENTRIES", "WalletEntry", "WalletStore"]

MOST_ENTRIES: Final = 100
"""Credentials in one wallet."""

_SINCE: Final = "0011"
_LOCK: Final = 0x6D696B77


@attrs.frozen
class WalletEntry:
    """A credential in a wallet.

    Args:
        link: the holder's link by which it was added, with its end where it was replaced.
        added_at: when it was added (aware).
    """

    link: HolderLink
    added_at: datetime

    @property
    def identifier(self) -> str:
        """That of the credential."""
        return self.link.identifier


class WalletStore:
    """Entries of wallets; every call is a transaction of its own, for which a right to add and delete `wallet_entries` is enough.

    Args:
        database: the archive's.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, owner: bytes, link: HolderLink, *, at: datetime) -> None:
        """Add a credential to a wallet; one that is there is there by this holder's link from now on.

        Args:
            owner: pseudonym of whose wallet it is.
            link: the holder's link that was shown.
            at: when (aware).

        Raises:
            WalletRefused: if there are as many as there can be.
            ArchiveError: if the database fails.
        """
        with self._changing(owner) as connection:
            _remove(connection, owner, link.identifier)
            theirs = (
                select(func.count()).select_from(wallet_entries).where(wallet_entries.c.pseudonym == owner)
            )
            if connection.execute(theirs).scalar_one() >= MOST_ENTRIES:
                raise WalletRefused(
                    [
                        Finding.error(
                            "too-many",
                            "there can be {most} micro-credentials here; remove one that you don’t need here",
                            path="link",
                            most=MOST_ENTRIES,
                        )
                    ]
                )
            values = {"identifier": link.identifier, "link": link.number, "added_at": at}
            connection.execute(insert(wallet_entries).values(pseudonym=owner, **values))

    def entries(self, owner: bytes) -> tuple[WalletEntry, ...]:
        """Return what is in a wallet, what was added last first."""
        return self._entries(owner)

    def find(self, owner: bytes, identifier: str) -> WalletEntry | None:
        """Return one credential of a wallet, or none."""
        return next(iter(self._entries(owner, identifier)), None)

    def remove(self, owner: bytes, identifier: str) -> bool:
        """Remove a credential from a wallet; return whether it was there."""
        with self._changing(owner) as connection:
            return _remove(connection, owner, identifier)

    def forget(self, owner: bytes) -> int:
        """Delete all that is kept of somebody's wallet, and return how many entries that was."""
        with self._changing(owner) as connection:
            gone = delete(wallet_entries).where(wallet_entries.c.pseudonym == owner)
            return connection.execute(gone).rowcount

    def with_credential(self, identifier: str) -> tuple[WalletEntry, ...]:
        """Return the entries of all wallets that have a credential, what was added last first; not whose they are."""
        return self._found(select(wallet_entries).where(wallet_entries.c.identifier == identifier))

    def _entries(self, owner: bytes, identifier: str | None = None) -> tuple[WalletEntry, ...]:
        wanted = select(wallet_entries).where(wallet_entries.c.pseudonym == owner)
        if identifier is not None:
            wanted = wanted.where(wallet_entries.c.identifier == identifier)
        return self._found(wanted)

    def _found(self, wanted: Select[Any]) -> tuple[WalletEntry, ...]:
        newest_first = wanted.order_by(wallet_entries.c.added_at.desc(), wallet_entries.c.identifier)
        with self._database.reading() as connection:
            if not self._is_there(connection):
                return ()
            rows = connection.execute(newest_first).all()
            links = _links_of(connection, [row.identifier for row in rows])
        return tuple(
            WalletEntry(_link(row, links[row.identifier]), row.added_at)
            for row in rows
            if row.link in links[row.identifier]
        )

    def _is_there(self, connection: Connection) -> bool:
        """Return whether the archive has the table: readers get on with one that hasn't, in which every wallet is empty."""
        return (self._database.version(connection) or "") >= _SINCE

    @contextmanager
    def _changing(self, owner: bytes) -> Generator[Connection]:
        """Open a transaction that changes one wallet; two of them wait for each other."""
        with self._database.changing() as connection:
            if not self._is_there(connection):
                raise self._database.of_other_version(self._database.version(connection) or "")
            if connection.dialect.name == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK, func.hashtext(owner.hex()))))
            yield connection


def _remove(connection: Connection, owner: bytes, identifier: str) -> bool:
    its = delete(wallet_entries).where(
        wallet_entries.c.pseudonym == owner, wallet_entries.c.identifier == identifier
    )
    return bool(connection.execute(its).rowcount)


def _links_of(connection: Connection, identifiers: Sequence[str]) -> defaultdict[str, dict[int, datetime]]:
    """Return by credential when which of its holder's links was made."""
    found = defaultdict[str, dict[int, "datetime"]](dict)
    wanted = select(holder_links).where(holder_links.c.identifier.in_(identifiers))
    for row in connection.execute(wanted):
        found[row.identifier][row.number] = row.made_at
    return found


def _link(row: Row[Any], links: dict[int, datetime]) -> HolderLink:
    newer = [made_at for number, made_at in links.items() if number > row.link]
    end = ShareEnd(EndReason.REPLACED, local_time(min(newer)).date()) if newer else None
    return HolderLink(row.identifier, row.link, links[row.link], end)
