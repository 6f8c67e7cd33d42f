"""Examining the object store that holds files of the archive, for `mikrocert doctor`; nothing is written to it."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from mikrocert.archive.objects import count_objects
from mikrocert.errors import MikrocertError
from mikrocert.report import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.archive import ObjectStore
    from mikrocert.service.system import System
    from mikrocert.settings import ObjectSettings

__all__ = ["examine_objects"]

_PATH: Final = "archive.objects"


def examine_objects(system: System) -> Iterator[Finding]:
    """Yield what there is to say of the object store; an archive that can't be read is somebody else's question.

    Args:
        system: under these settings.
    """
    settings = system.settings.archive.objects if system.settings.archive is not None else None
    try:
        archive = system.archive
        if archive is None:
            return
        count, folder = count_objects(archive.database)
    except MikrocertError:
        return
    if settings is None or archive.objects is None:
        if count:
            yield Finding.error(
                "objects-unnamed",
                "files that are in an object store, which settings don't name, so that they can't be read: {count}; the section "
                "[archive.objects] would be right",
                path=_PATH,
                count=count,
            )
        return
    yield from _address(settings, sandbox=system.settings.sandbox)
    try:
        yield from _store(archive.objects, folder=folder, count=count)
    except MikrocertError as error:
        yield Finding("objects", Severity.ERROR, error.message, _PATH)


def _address(settings: ObjectSettings, *, sandbox: bool) -> Iterator[Finding]:
    parts = urlsplit(settings.endpoint)
    if parts.scheme == "https" or sandbox or _is_here(parts.hostname or ""):
        return
    yield Finding.warning(
        "objects-plain",
        "the object store is asked without TLS, so that whoever is on the way can see and change answers; files are encrypted and proven, yet "
        "https would be right",
        path=f"{_PATH}.endpoint",
    )


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _store(store: ObjectStore, *, folder: str, count: int) -> Iterator[Finding]:
    first = next(store.walk(folder), None)  # whether it answers, has the bucket and accepts the key
    if count and first is None:
        yield Finding.error(
            "objects-elsewhere",
            "the object store {place} has nothing in the folder {folder}, yet files are in it by the archive: {count}; another bucket or "
            "prefix would be right",
            path=_PATH,
            place=store.place,
            folder=folder,
            count=count,
        )
        return
    if store.is_public(folder):
        yield Finding.error(
            "objects-public",
            "anybody can read the bucket without a key; what is in it is encrypted, yet its policy should let nobody in",
            path=f"{_PATH}.bucket",
        )
    if store.keeps_versions():
        yield Finding.info(
            "objects-versions",
            "the bucket keeps what is deleted as older versions; of what was erased nothing can be read in them, since its key is destroyed",
            path=f"{_PATH}.bucket",
        )
    yield Finding.info(
        "objects",
        "files in the object store {place}, in the folder {folder}: {count}",
        path=_PATH,
        place=store.place,
        folder=folder,
        count=count,
    )
