"""Names by which credentials are found: an index that neither database alone can be read by.

A name is cut into parts: words in small letters without marks (`Ďurůš` is `durus`), hyphens dividing; titles and initials, which
have a full stop, are left out. The token of a part is HMAC-SHA-256, its first 16 octets, over

    ["mikrocert name 1", institution, part]

as a JSON array in UTF-8 without spaces, under a secret of 32 octets.

The secret is in the archive, the tokens are in the key store. So the archive alone, and every copy that was ever made of it, has
nothing of a name; the key store alone has tokens that can't be tried; and an erasure takes them away together with the key, in all
backups of the key store as these expire. Tokens of two institutions have nothing in common.

What a token leads to is proven: the name in the archive is decrypted, and has to have all parts that were asked for.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from mikrocert.archive.encryption import Place, decrypt
from mikrocert.archive.listing import secret_of
from mikrocert.archive.tables import awards
from mikrocert.errors import DamagedError
from mikrocert.texts.folding import without_marks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mikrocert.archive.database import Database
    from mikrocert.archive.keys import KeyStore

__all__ = ["complete_names", "name_parts", "token_of", "tokens"]

_PURPOSE: Final = "mikrocert name 1"
_TOKEN_SIZE: Final = 16
_WORD: Final = re.compile(r"[^\W\d_]+")
_LETTERS: Final = str.maketrans(
    {"ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i"}
)
"""Letters with a stroke, and joined ones, which Unicode doesn't take apart."""


def name_parts(name: str) -> frozenset[str]:
    """Return the parts that a name is found by; all its words where it has nothing but titles and initials."""
    words = name.replace(",", " ").split()
    return _folded(word for word in words if "." not in word) or _folded(words)


def _folded(words: Iterable[str]) -> frozenset[str]:
    return frozenset(_WORD.findall(without_marks(" ".join(words)).translate(_LETTERS)))


def token_of(part: str, *, institution: str, secret: bytes) -> bytes:
    """Return the token of one part of a name.

    Args:
        part: the part.
        institution: name of the institution's offer.
        secret: that of the archive.
    """
    octets = json.dumps([_PURPOSE, institution, part], ensure_ascii=False, separators=(",", ":")).encode()
    return hmac.new(secret, octets, hashlib.sha256).digest()[:_TOKEN_SIZE]


def tokens(name: str, *, institution: str, secret: bytes) -> frozenset[bytes]:
    """Return the tokens of all parts of a name.

    Args:
        name: as it stands on the certificate.
        institution: name of the institution's offer.
        secret: that of the archive.
    """
    return frozenset(token_of(part, institution=institution, secret=secret) for part in name_parts(name))


def complete_names(database: Database, keys: KeyStore) -> None:
    """Index the names of all holders; what was done before is not done again, and what is damaged is left to the check.

    Args:
        database: where credentials are kept.
        keys: where their keys are kept.

    Raises:
        ArchiveError: if a database fails.
    """
    last = ""
    while some := keys.unnamed(after=last):
        last = some[-1]
        stored = keys.find(some)
        named: dict[str, frozenset[bytes]] = {}
        with database.reading() as connection:
            secret = secret_of(connection)
            of_them = select(awards.c.identifier, awards.c.institution, awards.c.holder)
            for row in connection.execute(of_them.where(awards.c.identifier.in_(some))):
                key = stored[row.identifier].key
                if key is None:
                    continue
                place = Place("awards", (row.identifier,), "holder")
                try:
                    holder = decrypt(row.holder, key=key, place=place).decode()
                except DamagedError:
                    continue
                named[row.identifier] = tokens(holder, institution=row.institution, secret=secret)
        keys.name(named)
