"""Archives of strangers: what is opened, what is answered instead, and what it may cost."""

from __future__ import annotations

import io
import stat
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.errors import PackedFileError
from mikrocert.parsing.packed import UnpackingLimits, is_packed, shown_name, unpack

LIMITS = UnpackingLimits(entries=5, octets=4 * 1024 * 1024, total=6 * 1024 * 1024, ratio=100)
SMALL = b'{"payload": "x"}'


def packed(*entries, compression=zipfile.ZIP_DEFLATED):
    """Return an archive of pairs of name (or whole entry) and octets."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, octets in entries:
            archive.writestr(name, octets)
    return stream.getvalue()


def an_entry(name, *, mode=0, method=zipfile.ZIP_STORED):
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = mode << 16
    entry.compress_type = method
    return entry


def patched(data, *, mark, offset, value, size="<H"):
    """Return an archive in which every header of a kind says something else."""
    octets, at = bytearray(data), data.find(mark)
    while at >= 0:
        struct.pack_into(size, octets, at + offset, value)
        at = data.find(mark, at + 1)
    return bytes(octets)


def codes(data, limits=LIMITS):
    return [(entry.name, entry.fault.code if entry.fault else None) for entry in unpack(data, limits=limits)]


def test_files_are_given_in_their_order_with_their_octets():
    """An ordinary archive gives each file whole; folders and what a computer adds for itself are no files."""
    data = packed(
        ("b/", b""),
        ("b/one.jsonld", SMALL),
        ("žádost.pdf", b"%PDF-" + bytes(range(256))),
        ("__MACOSX/b/._one.jsonld", b"\0"),
        ("b/.DS_Store", b"\0"),
    )
    assert is_packed(data)
    found = list(unpack(data, limits=LIMITS))
    assert [(entry.name, entry.octets) for entry in found] == [
        ("b/one.jsonld", SMALL),
        ("žádost.pdf", b"%PDF-" + bytes(range(256))),
    ]
    assert [entry.fault for entry in found] == [None, None]


def locked():
    data = packed(("a.pdf", SMALL))
    return patched(
        patched(data, mark=b"PK\x03\x04", offset=6, value=1), mark=b"PK\x01\x02", offset=8, value=1
    )


HOSTILE = {
    "two of one name": (
        packed(("a.pdf", b"1"), ("b.pdf", b"2")).replace(b"b.pdf", b"a.pdf"),
        [("a.pdf", "two-of-one-name")] * 2,
    ),
    "one name in two forms of Unicode": (
        packed(("\u010d.pdf", b"1"), ("c\u030c.pdf", b"2")),
        [("\u010d.pdf", "two-of-one-name"), ("c\u030c.pdf", "two-of-one-name")],
    ),
    "a way up": (packed(("../../a.pdf", SMALL)), [("../../a.pdf", "leads-elsewhere")]),
    "a way from the root": (packed(("/etc/a.pdf", SMALL)), [("/etc/a.pdf", "leads-elsewhere")]),
    "a drive": (packed(("C:a.pdf", SMALL)), [("C:a.pdf", "leads-elsewhere")]),
    "a path of Windows": (packed(("..\\a.pdf", SMALL)), [("..\\a.pdf", "leads-elsewhere")]),
    "a link": (packed((an_entry("a.pdf", mode=stat.S_IFLNK | 0o777), b"/etc/passwd")), [("a.pdf", "link")]),
    "a device": (packed((an_entry("a.pdf", mode=stat.S_IFCHR | 0o666), b"x")), [("a.pdf", "link")]),
    "a password": (locked(), [("a.pdf", "encrypted")]),
    "another method": (
        packed((an_entry("a.pdf", method=zipfile.ZIP_LZMA), SMALL)),
        [("a.pdf", "unknown-packing")],
    ),
    "a bomb": (packed(("a.pdf", bytes(3 * 1024 * 1024))), [("a.pdf", "packed-too-tightly")]),
    "a large file": (packed(("a.pdf", bytes(5 * 1024 * 1024))), [("a.pdf", "too-large")]),
    "an archive inside": (packed(("a.zip", packed(("b.pdf", SMALL)))), [("a.zip", "nested")]),
    "nothing in it": (packed(("a.pdf", b"")), [("a.pdf", "empty-file")]),
    "a smaller size than it has": (
        patched(packed(("a.pdf", SMALL)), mark=b"PK\x01\x02", offset=24, value=3, size="<I"),
        [("a.pdf", "packed-damaged")],
    ),
    "a larger size than it has": (
        patched(packed(("a.pdf", SMALL)), mark=b"PK\x01\x02", offset=24, value=2**20, size="<I"),
        [("a.pdf", "packed-damaged")],
    ),
    "another sum": (
        patched(packed(("a.pdf", SMALL)), mark=b"PK\x01\x02", offset=16, value=1, size="<I"),
        [("a.pdf", "packed-damaged")],
    ),
    "other headers": (
        packed(("a.pdf", SMALL)).replace(b"a.pdf", b"b.pdf", 1),
        [("a.pdf", "packed-damaged")],
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_entry_is_answered_and_not_opened(name):
    """What programs disagree about, or what takes too much, says why, and hides nothing beside it."""
    data, expected = HOSTILE[name]
    assert codes(data) == expected


def test_one_hostile_entry_takes_nothing_from_the_others():
    """The files around what is refused are given."""
    data = packed(("a.pdf", SMALL), ("../b.pdf", SMALL), ("c.pdf", SMALL))
    assert codes(data) == [("a.pdf", None), ("../b.pdf", "leads-elsewhere"), ("c.pdf", None)]


def test_all_files_together_take_no_more_than_there_is_room():
    """The total counts what was unpacked, so that many files that are small enough don't fill the memory."""
    octets = bytes(range(256)) * 12 * 1024
    data = packed(("a", octets), ("b", octets), ("c", octets), compression=zipfile.ZIP_STORED)
    assert codes(data) == [("a", None), ("b", None), ("c", "no-room")]


@pytest.mark.parametrize("count", [6, 5000])
def test_more_files_than_allowed_are_refused_as_a_whole(count):
    """Nobody is left to guess which of too many files were verified."""
    data = packed(*((f"{number}.pdf", b"") for number in range(count)))
    with pytest.raises(PackedFileError, match="more than 5 files"):
        list(unpack(data, limits=LIMITS))


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_whatever_octet_is_changed_an_answer_comes(position, value):
    """A damaged archive is refused as a whole or entry by entry; no other error leaves."""
    data = bytearray(packed(("a.pdf", SMALL), ("b/c.jsonld", SMALL * 20)))
    data[position % len(data)] = value
    try:
        found = list(unpack(bytes(data), limits=LIMITS))
    except PackedFileError:
        return
    assert all((entry.octets is None) != (entry.fault is None) for entry in found)


def test_documents_of_office_programs_are_files():
    """A document of Word is one file, whatever it is made of."""
    assert not is_packed(packed(("[Content_Types].xml", b"<x/>"), ("word/document.xml", b"<x/>")))
    assert not is_packed(packed(("mimetype", b"application/vnd.oasis"), compression=zipfile.ZIP_STORED))


def test_a_name_is_shown_without_what_it_could_do():
    """Characters that turn text round, end lines or ring bells are replaced, and a long name is cut."""
    inert = "a\ufffdfdp.exe\ufffd\ufffd[31m"
    shown = shown_name("a\u202efdp.exe\n\x1b[31m" + "b" * 500)
    assert shown == inert + "b" * (200 - len(inert))
