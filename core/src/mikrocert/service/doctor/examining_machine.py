"""Examining the machine for `mikrocert doctor`: who may read keys and secrets, and how much room there is."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy.engine import make_url

from mikrocert.archive import default_keys_url
from mikrocert.archive.database import sqlite_file
from mikrocert.errors import MikrocertError
from mikrocert.report import Finding

if TYPE_CHECKING:
    from mikrocert.settings import Settings

__all__ = ["examine_machine"]

_REFERENCE: Final = "file:"
_MEGABYTE: Final = 1024 * 1024
_FULL: Final = 256 * _MEGABYTE
_NEARLY_FULL: Final = 2048 * _MEGABYTE


def examine_machine(settings: Settings) -> Iterator[Finding]:
    """Yield what there is to say of files and disks that the settings name; a file that isn't there is somebody else's question.

    Args:
        settings: all settings.
    """
    keys, archive = _file(settings, "archive.keys"), _file(settings, "archive.url")
    private = [("archive.keys", keys), *_secrets(settings)]
    trusted = [("", settings.file), ("archive.url", archive)]
    found = [
        *(one for path, file in private if file is not None for one in _private(file, path=path)),
        *(one for path, file in trusted if file is not None for one in _unwritable(file, path=path)),
    ]
    yield from found
    if not found and keys is not None and keys.exists():
        yield Finding.info(
            "permissions", "nobody but owner and group can read keys and secrets", path="archive.keys"
        )
    yield from _disks([("archive.url", archive), ("archive.keys", keys)])


def _file(settings: Settings, member: str) -> Path | None:
    """Return the SQLite file that a member of `[archive]` names, or none."""
    url = settings.archive_url
    try:
        if url is not None and member == "archive.keys":
            url = settings.archive_keys_url or default_keys_url(url)
        return None if url is None else sqlite_file(make_url(url))
    except (MikrocertError, ValueError):  # said of the archive already
        return None


def _secrets(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Yield each file that holds a secret and the member that refers to it."""
    if settings.log is not None and settings.log.key is not None:
        yield from _references(settings.log.key, path="log.key")
    objects = settings.archive.objects if settings.archive is not None else None
    if objects is not None:
        yield from _references(objects.access_key, path="archive.objects.access_key")
        yield from _references(objects.secret_key, path="archive.objects.secret_key")
    for kind, sections in settings.offers.items():
        yield from _references(sections, path=kind)


def _references(value: object, *, path: str) -> Iterator[tuple[str, Path]]:
    if isinstance(value, str) and value.startswith(_REFERENCE):
        yield path, Path(value.removeprefix(_REFERENCE))
    elif isinstance(value, Mapping):
        for name, member in cast("Mapping[str, Any]", value).items():
            yield from _references(member, path=f"{path}.{name}")
    elif isinstance(value, list):
        for place, member in enumerate(cast("Sequence[Any]", value)):
            yield from _references(member, path=f"{path}[{place}]")


def _private(file: Path, *, path: str) -> Iterator[Finding]:
    mode = _mode(file)
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        yield Finding.error(
            "readable-by-others",
            "{file} holds keys or a secret, and everybody on this machine can read or write it; `chmod o-rwx` would be right",
            path=path,
            file=file,
        )


def _unwritable(file: Path, *, path: str) -> Iterator[Finding]:
    if _mode(file) & stat.S_IWOTH:
        yield Finding.error(
            "writable-by-others",
            "everybody on this machine can write {file}; `chmod o-w` would be right",
            path=path,
            file=file,
        )


def _mode(file: Path) -> int:
    try:
        return file.stat().st_mode
    except OSError:
        return 0


def _disks(files: list[tuple[str, Path | None]]) -> Iterator[Finding]:
    """Yield how much room there is, once for each disk."""
    met: set[int] = set()
    for path, file in files:
        try:
            if file is None or (disk := file.parent.stat().st_dev) in met:
                continue
            met.add(disk)
            free = shutil.disk_usage(file.parent).free
        except OSError:
            continue
        if free < _FULL:
            yield Finding.error(
                "disk-full",
                "there are only {megabytes} MB left where {file} is, so that issuing may fail any moment; make room",
                path=path,
                megabytes=free // _MEGABYTE,
                file=file,
            )
        elif free < _NEARLY_FULL:
            yield Finding.warning(
                "disk-fills",
                "there are {megabytes} MB left where {file} is; make room before they are gone",
                path=path,
                megabytes=free // _MEGABYTE,
                file=file,
            )
        else:
            yield Finding.info(
                "disk",
                "there are {megabytes} MB left where {file} is",
                path=path,
                megabytes=free // _MEGABYTE,
                file=file,
            )
