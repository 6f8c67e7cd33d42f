"""ZIP archives of strangers: what is in them, file by file, in bounded memory; never a file on a disk.

Programs disagree about archives that are not straightforward: of two entries of one name, of a name that leads elsewhere, of a link.
What is disputed is answered by its name and not opened, and so is what takes more room than a file may; the others are given.
"""

from __future__ import annotations

import io
import stat
import unicodedata
import zipfile
from collections import Counter
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.errors import PackedFileError
from mikrocert.report import Finding
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PackedEntry", "UnpackingLimits", "is_packed", "shown_name", "unpack"]

_BEGINNINGS: Final = (b"PK\x03\x04", b"PK\x05\x06")
_ENTRY: Final = b"PK\x01\x02"
_OF_OFFICE: Final = (b"[Content_Types].xml", b"mimetypeapplication/")
_HEAD: Final = 200
_MORE_RECORDS: Final = 100
"""Folders and the like, which are no files, for which there is room beside the files."""
_ENCRYPTED: Final = 0x1 | 0x40 | 0x2000
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_UNIX: Final = 3
_LONGEST_NAME: Final = 200
_UTF_8: Final = 0x800
_DEBRIS: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_EVEN_SMALL: Final = 1024 * 1024
"""Octets up to which it doesn't matter how well something is compressed."""


@attrs.frozen
class UnpackingLimits:
    """How much an archive may hold.

    Args:
        entries: files in it.
        octets: of one file, unpacked.
        total: of all files, unpacked.
        ratio: how many times larger than packed a file may be, if it is larger than 1 MiB.
    """

    entries: int = 100
    octets: int = 16 * 1024 * 1024
    total: int = 64 * 1024 * 1024
    ratio: int = 100


@attrs.frozen
class PackedEntry:
    """A file in an archive.

    Args:
        name: its name as it may be shown.
        octets: what is in it, or none where it wasn't opened.
        fault: why it wasn't opened, or none.
    """

    name: str
    octets: bytes | None = attrs.field(default=None, repr=False)
    fault: Finding | None = None


def is_packed(data: bytes) -> bool:
    """Return whether octets look like an archive of files; documents of office programs, which are archives too, are not meant."""
    return data.startswith(_BEGINNINGS) and not any(mark in data[:_HEAD] for mark in _OF_OFFICE)


def shown_name(name: str) -> str:
    """Return a name that somebody gave a file as it may be shown: bounded, and without characters that do something."""
    return "".join(character if character.isprintable() else "\ufffd" for character in name[:_LONGEST_NAME])


def unpack(data: bytes, *, limits: UnpackingLimits) -> Iterator[PackedEntry]:
    """Yield each file of an archive, in its order, one at a time; what can't be opened says why.

    Folders are none, and neither is what the computer that packed it added for itself.

    Args:
        data: the archive.
        limits: how much it may hold.

    Raises:
        PackedFileError: if it can't be opened as a whole, or holds too many files.
    """
    # What the end of an archive says of its number of entries is anybody's word; none is read without these octets.
    if data.count(_ENTRY) > limits.entries + _MORE_RECORDS:
        raise PackedFileError(message("the archive holds more than {count} files", count=limits.entries))
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except Exception as error:  # whatever a reader of ZIP has against octets that anybody made
        raise PackedFileError(message("the archive is damaged")) from error
    with archive:
        entries = [(_name_of(entry), entry) for entry in archive.infolist() if not _is_folder(entry)]
        entries = [(name, entry) for name, entry in entries if not _is_debris(name)]
        if len(entries) > limits.entries:
            raise PackedFileError(message("the archive holds more than {count} files", count=limits.entries))
        names = Counter(_alike(name) for name, _ in entries)
        left = limits.total
        for name, entry in entries:
            fault = _TWICE if names[_alike(name)] > 1 else _fault_of(name, entry, limits=limits)
            if fault is None and entry.file_size > left:
                fault = _NO_ROOM
            if fault is not None:
                yield PackedEntry(shown_name(name), fault=fault)
                continue
            opened = _opened(archive, name, entry)
            left -= len(opened.octets or b"")
            yield opened


def _name_of(entry: zipfile.ZipInfo) -> str:
    """Return a name in UTF-8 also where the archive doesn't say that it is."""
    name = entry.orig_filename
    if not entry.flag_bits & _UTF_8:
        try:
            return name.encode("cp437").decode("utf-8")
        except UnicodeError:
            return name
    return name


def _alike(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _is_folder(entry: zipfile.ZipInfo) -> bool:
    return entry.orig_filename.endswith("/") and not entry.file_size


def _is_debris(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].casefold() in _DEBRIS


def _leads_elsewhere(name: str) -> bool:
    return (
        "\0" in name
        or "\\" in name
        or name.startswith("/")
        or name[1:2] == ":"
        or not {"", ".", ".."}.isdisjoint(name.split("/"))
    )


def _fault_of(name: str, entry: zipfile.ZipInfo, *, limits: UnpackingLimits) -> Finding | None:
    """Return why an entry is not opened, by what the archive says of it."""
    kind = stat.S_IFMT(entry.external_attr >> 16) if entry.create_system == _UNIX else 0
    too_large = Finding.error(
        "too-large",
        "It is larger than {count} MB. Certificates and data files are smaller.",
        count=limits.octets // (1024 * 1024),
    )
    faults = (
        (_leads_elsewhere(name), _ELSEWHERE),
        (kind not in {0, stat.S_IFREG}, _LINK),
        (bool(entry.flag_bits & _ENCRYPTED), _LOCKED),
        (entry.compress_type not in _METHODS, _UNKNOWN_METHOD),
        (entry.file_size > limits.octets, too_large),
        (entry.file_size > max(_EVEN_SMALL, limits.ratio * entry.compress_size), _TOO_PACKED),
    )
    return next((fault for applies, fault in faults if applies), None)


def _opened(archive: zipfile.ZipFile, name: str, entry: zipfile.ZipInfo) -> PackedEntry:
    """Return an entry with what is in it; no more is read than the archive says that there is, which was found to be bounded."""
    shown = shown_name(name)
    try:
        with archive.open(entry) as stream:
            octets = stream.read(entry.file_size + 1)
    except Exception:  # noqa: BLE001 - whatever a reader of ZIP has against octets that anybody made
        return PackedEntry(shown, fault=_DAMAGED)
    if len(octets) != entry.file_size:
        return PackedEntry(shown, fault=_DAMAGED)
    if not octets:
        return PackedEntry(shown, fault=_EMPTY)
    if is_packed(octets):
        return PackedEntry(shown, fault=_NESTED)
    return PackedEntry(shown, octets)


_TWICE: Final = Finding.error(
    "two-of-one-name",
    "The archive has several files of this name, and programs disagree which one it is. Send each under a name of its own.",
)
_ELSEWHERE: Final = Finding.error(
    "leads-elsewhere", "Its name leads out of the archive. Pack the files anew, by their names alone."
)
_LINK: Final = Finding.error("link", "It is a link or a device and no file. Send the file itself.")
_LOCKED: Final = Finding.error(
    "encrypted", "It is locked by a password. Send it unlocked, or pack the files without a password."
)
_UNKNOWN_METHOD: Final = Finding.error(
    "unknown-packing", "It is packed in a way that is not opened here. Pack the files as an ordinary ZIP."
)
_TOO_PACKED: Final = Finding.error(
    "packed-too-tightly",
    "It would become more than a hundred times larger than it is packed. No certificate and no data file does.",
)
_NO_ROOM: Final = Finding.error(
    "no-room", "The files before it in the archive have taken all the room that there is. Send it by itself."
)
_DAMAGED: Final = Finding.error(
    "packed-damaged", "It can't be unpacked; most often the archive did not arrive whole. Send it by itself."
)
_EMPTY: Final = Finding.error("empty-file", "The file is empty.")
_NESTED: Final = Finding.error(
    "nested", "It is an archive within the archive. Unpack it and send the files that are in it."
)
