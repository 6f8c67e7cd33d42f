"""Object stores: octets under a name, on other machines.

What is kept there are ciphertexts (see `objects`); a store is asked for octets and never believed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mikrocert.settings import Settings

__all__ = ["ObjectStore", "StoredObject", "open_objects"]


@attrs.frozen
class StoredObject:
    """An object as a store lists it.

    Args:
        name: its name.
        size: how many octets it has.
        at: when it was stored last, by the store's clock (aware).
    """

    name: str
    size: int
    at: datetime


class ObjectStore(ABC):
    """Keeps octets under names; safe to use from several threads.

    Every method raises `ObjectStoreError` where the store doesn't answer in time, after some tries, or refuses: nothing is known then.
    """

    @property
    @abstractmethod
    def place(self) -> str:
        """Where it is, for people; nothing secret is in it."""

    @abstractmethod
    def put(self, name: str, octets: bytes) -> None:
        """Store octets under a name; what was stored under it before is replaced."""

    @abstractmethod
    def get(self, name: str, *, most: int) -> bytes | None:
        """Return the octets under a name, none if there are none; of more than `most` octets the first `most` and one."""

    @abstractmethod
    def delete(self, name: str) -> None:
        """Delete what is stored under a name; where nothing is, nothing is done."""

    @abstractmethod
    def walk(self, folder: str) -> Iterator[StoredObject]:
        """Yield all objects whose names begin with a folder and a slash, in the order of their names."""

    @abstractmethod
    def is_public(self, folder: str) -> bool:
        """Return whether somebody without a key may list the folder or read an object in it."""

    @abstractmethod
    def keeps_versions(self) -> bool | None:
        """Return whether what is deleted stays as an older version; none where that isn't told."""

    @abstractmethod
    def leave_connections(self) -> None:
        """Leave all connections, unclosed, to the process that this one is a copy of."""


def open_objects(settings: Settings) -> ObjectStore | None:
    """Return the object store that settings name, or none; nothing is asked and no secret is read before it is used."""
    wanted = settings.archive.objects if settings.archive is not None else None
    if wanted is None:
        return None
    from mikrocert.archive.s3 import S3Store  # noqa: PLC0415 - only where settings name one

    return S3Store(wanted, folder=settings.folder)
