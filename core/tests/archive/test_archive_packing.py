"""Files take little room, and come back octet for octet, whatever is said of how they are kept."""

from __future__ import annotations

import os
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.archive import NewArtefact
from mikrocert.archive.packing import Packed, pack, unpack
from mikrocert.errors import DamagedError
from mikrocert.report import File, FileKind
from sqlalchemy import create_engine, text

ONE = "K7mQx4Rt9bHz"
DATA = b"{" + os.urandom(3000) + b"Ludmila Dvorakova " * 200
CREDENTIAL, CERTIFICATE = FileKind.CREDENTIAL, FileKind.CERTIFICATE

AROUND = {  # name → what is around the data file in the certificate
    "level 9": zlib.compress(DATA, 9),
    "level 1": zlib.compress(DATA, 1),
    "not compressed": zlib.compress(DATA, 0),
    "another window": zlib.compress(DATA, 6),
}


def certificate_of(stream):
    decoys = zlib.compress(b"another stream") + b"\x78\x9c" + os.urandom(40) + zlib.compress(DATA[:100])
    return b"%PDF " + decoys + stream + os.urandom(500)


def artefacts(data, certificate):
    return (
        NewArtefact(File("toy", CREDENTIAL, "application/toy", ".toy", data), b"payload", "urn:toy:1"),
        NewArtefact(File("toy", CERTIFICATE, "application/pdf", ".pdf", certificate)),
    )


def kept(url):
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT kind, edition, packing, octets FROM artefacts")).all()
    engine.dispose()
    return {(row.kind, row.edition): (row.packing, len(row.octets)) for row in rows}


@pytest.mark.parametrize("name", AROUND)
def test_a_data_file_is_kept_within_the_certificate_that_embeds_it(archive, urls, made, name):
    """Whoever compressed it and however; the file itself takes no room, and both come back and are proven."""
    certificate = certificate_of(AROUND[name])
    archive.record(made.new(ONE, artefacts=artefacts(DATA, certificate)))
    start = certificate.index(AROUND[name])
    packing, size = kept(urls.archive)["credential", 1]
    assert packing == f"inside certificate 1 {start} {len(AROUND[name])}"
    assert size < 50
    assert [file.octets for file in archive.files(ONE)] == [DATA, certificate]
    assert archive.file(ONE, CREDENTIAL).octets == DATA
    assert list(urls.check()) == []


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        zlib.compress(DATA + b"x"),
        zlib.compress(DATA[:-1]),
        zlib.compress(DATA)[:-4],
        zlib.compress(DATA)[:-1] + bytes([zlib.compress(DATA)[-1] ^ 1]),
        zlib.compress(b"")[:2],
    ],
    ids=["none", "longer", "shorter", "without checksum", "wrong checksum", "a header alone"],
)
def test_what_does_not_hold_exactly_the_data_file_is_kept_beside_it(stream):
    """Both are kept then."""
    packed = pack(DATA, others={(CERTIFICATE, 1): certificate_of(stream)})
    assert packed.packing == "deflated"
    assert unpack(packed, other=lambda *_: b"") == DATA


def test_a_renewed_edition_is_kept_as_what_was_added(archive, urls, made):
    """It begins as the edition before it; all editions come back."""
    certificate = certificate_of(zlib.compress(DATA))
    archive.record(made.new(ONE, artefacts=artefacts(DATA, certificate)))
    for edition in (2, 3):
        added = b" renewed" * (edition - 1)
        archive.add_edition(ONE, artefacts(DATA + added, certificate + added), at=made.at)
        packing, size = kept(urls.archive)["certificate", edition]
        assert packing.startswith(f"after certificate {edition - 1} ")
        assert size < 100
    for edition, added in enumerate((b"", b" renewed", b" renewed renewed"), start=1):
        assert archive.file(ONE, CREDENTIAL, edition=edition).octets == DATA + added
        assert archive.file(ONE, CERTIFICATE, edition=edition).octets == certificate + added
    assert list(urls.check()) == []


@given(
    octets=st.binary(max_size=300),
    others=st.lists(st.binary(max_size=300), max_size=3),
    how=st.sampled_from(["alone", "inside", "after"]),
)
def test_what_is_packed_is_unpacked(octets, others, how):
    """Whatever files there are beside it."""
    beside = {(CERTIFICATE, edition): other for edition, other in enumerate(others, start=1)}
    if how == "inside":
        beside[CERTIFICATE, 9] = b"x" * 64 + zlib.compress(octets) + b"y"
    if how == "after":
        beside[CREDENTIAL, 9] = octets[: len(octets) // 2] + b"z"
    packed = pack(octets, others=beside)
    assert unpack(packed, other=lambda kind, edition: beside[kind, edition]) == octets
    assert len(packed.octets) <= len(octets)


NOT_SO = {  # name → what somebody wrote into the column
    "no packing of ours": "gezippt",
    "nothing": "",
    "whole, though it isn't": "whole",
    "not a stream": "deflated",
    "another place": "inside certificate 1 7 40",
    "a place beyond the end": "inside certificate 1 99999999 40",
    "a file that is not there": "inside certificate 7 0 40",
    "a kind that is none": "inside diploma 1 0 40",
    "a number without end": f"inside certificate 1 0 {'9' * 60}",
    "itself": "inside credential 1 0 40",
    "after itself": "after credential 1 40",
}


@pytest.mark.parametrize("name", NOT_SO)
def test_another_packing_by_hand_is_found(archive, urls, made, execute, name):
    """The file is refused where it is read, told by the check, and nothing else happens."""
    archive.record(made.new(ONE, artefacts=artefacts(DATA, certificate_of(zlib.compress(DATA)))))
    execute(
        urls.archive,
        f"UPDATE artefacts SET packing = '{NOT_SO[name]}' WHERE kind = 'credential'",
        fence=False,
    )
    with pytest.raises(DamagedError, match="not the file that was recorded"):
        archive.file(ONE, CREDENTIAL)
    assert archive.file(ONE, CERTIFICATE)
    assert "octets-changed" in {finding.code for finding in urls.check()}


def test_two_files_said_to_be_within_each_other_are_found(archive, urls, made, execute):
    """Reading ends."""
    archive.record(made.new(ONE, artefacts=artefacts(DATA, certificate_of(zlib.compress(DATA)))))
    execute(
        urls.archive,
        "UPDATE artefacts SET packing = 'after credential 1 5' WHERE kind = 'certificate'",
        fence=False,
    )
    for kind in (CREDENTIAL, CERTIFICATE):
        with pytest.raises(DamagedError, match="not the file that was recorded"):
            archive.file(ONE, kind)


def test_an_archive_from_before_is_read_as_it_is(old_urls):
    """Its files were kept whole; upgrading changes none of them."""
    with old_urls.open() as archive:
        assert {packing for packing, _ in kept(old_urls.archive).values()} == {"whole"}
        assert archive.file(ONE, CREDENTIAL, format="toy", edition=1).octets == b"seal over payload"
        assert archive.file(ONE, CREDENTIAL, format="toy").octets == b"new over payload"
    assert list(old_urls.check()) == []


def test_a_stream_that_inflates_without_end_is_no_file():
    """It ends in an error, not in memory."""
    bomb = zlib.compress(bytes(65 * 1024 * 1024))
    with pytest.raises(ValueError, match="not whole"):
        unpack(Packed("deflated", bomb), other=lambda *_: b"")
