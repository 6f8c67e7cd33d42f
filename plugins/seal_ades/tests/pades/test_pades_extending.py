"""Raising the seals of PDFs: what each level adds, in which order, and that nothing that stood there moves."""

import hashlib
import re
from datetime import timedelta
from typing import Any

import attrs
import pytest
from asn1crypto import cms as asn1_cms
from mikrocert.api import SealError
from mikrocert_seal_ades import pades
from mikrocert_seal_ades.pades import cms, sealing

KINDS = {
    ("B-B", True): [],
    ("B-T", True): ["sigTst"],
    ("B-LT", True): ["sigTst", "DSS"],
    ("B-LTA", True): ["sigTst", "DSS", "DTS"],
    ("B-B", False): [],
    ("B-T", False): ["DTS"],
    ("B-LT", False): ["DTS", "DSS"],
    ("B-LTA", False): ["DTS", "DSS", "DTS"],
}
LEVELS = ("B-B", "B-T", "B-LT", "B-LTA")


def kinds_of(pdf: bytes) -> list[str]:
    """Return what was added to a seal, in order."""
    file = pades.read(pdf)
    found = ["sigTst"] * len(cms.read(file.contents).tokens)
    for revision in file.later.revisions:
        found += ["DSS"] * bool(revision.certificates or revision.lists or revision.responses)
        found += ["DTS"] * (revision.stamp is not None)
    return found


def imprint_of(token: bytes) -> bytes:
    info = asn1_cms.ContentInfo.load(token)["content"]["encap_content_info"]["content"].parsed
    octets: bytes = info["message_imprint"]["hashed_message"].native
    return octets


@pytest.mark.parametrize(("level", "room"), KINDS)
def test_what_each_level_adds(lasting: Any, level: Any, room: bool) -> None:
    """Each level has what the standard says, whether room was kept in the seal or not, and nothing is wrong with it."""
    sealed = lasting.sealed(b'{"q": 1}', stamped=room)
    raised = pades.extend(sealed, level=level, sources=lasting.sources())
    file = pades.read(raised)
    found = pades.inspect(file)
    assert kinds_of(raised) == KINDS[level, room]
    assert (found.intact, found.level, found.problems) == (True, level, ())
    assert (file.attachment, file.claimed_at) == (b'{"q": 1}', pades.read(sealed).claimed_at)


@pytest.mark.parametrize("room", [True, False])
def test_one_level_after_another(lasting: Any, room: bool) -> None:
    """Going up in steps changes nothing but the place that the seal leaves out of itself; who is up stays as it is."""
    pdf = lasting.sealed(stamped=room)
    _, start, end, _ = pades.read(pdf).byte_range
    for level in LEVELS:
        raised = pades.extend(pdf, level=level, sources=lasting.sources())  # type: ignore[arg-type]
        assert raised[:start] + raised[end : len(pdf)] == pdf[:start] + pdf[end:]
        assert kinds_of(raised) == KINDS[level, room]
        assert pades.extend(raised, level=level, sources=lasting.sources()) == raised  # type: ignore[arg-type]
        pdf = raised
    assert pades.extend(pdf, level="B-T", sources=lasting.sources()) == pdf


def test_what_time_stamps_cover(lasting: Any) -> None:
    """A time stamp of the signature covers its value; one of the document all of the PDF but its own place."""
    pdf = pades.renew(lasting.raised(), sources=lasting.sources())
    pdf = pades.renew(pdf, sources=lasting.sources(digest="sha512"))
    file = pades.read(pdf)
    assert kinds_of(pdf) == ["sigTst", "DSS", "DTS", "DSS", "DTS", "DSS", "DTS"]
    signed = cms.read(file.contents)
    assert imprint_of(signed.tokens[0]) == hashlib.sha256(signed.signature).digest()
    stamps = [one.stamp for one in file.later.revisions if one.stamp]
    for stamp, digest in zip(stamps, ("sha256", "sha256", "sha512"), strict=True):
        _, before, after, length = stamp.byte_range
        covered = pdf[:before] + pdf[after : after + length]
        assert imprint_of(stamp.contents) == hashlib.new(digest, covered).digest()
    assert stamps[-1].byte_range[2] + stamps[-1].byte_range[3] == len(pdf)
    assert [stamp.intact for stamp in pades.inspect(file).stamps] == [True] * 4


def test_validation_data(lasting: Any) -> None:
    """The store has evidence for each certificate but the root, and nothing twice; a renewal adds what is new."""
    pdf = lasting.raised()
    store = pades.read(pdf).later.revisions[0]
    there = lasting.there
    carried = {one.octets for one in store.certificates}
    assert carried == {one.der for one in (there.seal, there.ca, there.root, there.unit, there.responder)}
    assert (len(store.certificates), len(store.lists), len(store.responses)) == (5, 1, 2)
    renewed = pades.read(pades.renew(pdf, sources=lasting.sources())).later.revisions[2]
    assert (len(renewed.certificates), len(renewed.lists), len(renewed.responses)) == (0, 1, 1)


def test_a_batch_asks_once(lasting: Any) -> None:
    """Of a batch each step asks once for all files, and revocation data once for each certificate."""
    files = [lasting.sealed(b"[%d]" % number, stamped=number % 2 == 0) for number in range(5)]
    ready = lasting.raised()
    lasting.there.asked.clear()
    raised = pades.extend_many((*files, ready), level="B-LTA", sources=lasting.sources())
    assert lasting.there.asked[0] == ("stamp", 5)
    assert [kind for kind, _ in lasting.there.asked] == ["stamp", "fetch", "stamp"]
    assert lasting.there.asked[2] == ("stamp", 5)
    assert [pades.read(pdf).attachment for pdf in raised] == [b"[0]", b"[1]", b"[2]", b"[3]", b"[4]", b"{}"]
    assert raised[-1] == ready
    lasting.there.asked.clear()
    renewed = pades.renew_many((files[0], ready), sources=lasting.sources())
    assert [pades.inspect(pades.read(pdf)).level for pdf in renewed] == ["B-LTA", "B-LTA"]
    assert kinds_of(renewed[0]) == ["sigTst", "DSS", "DTS"]
    assert kinds_of(renewed[1]) == ["sigTst", "DSS", "DTS", "DSS", "DTS"]


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        ("early", "clock"),
        ("imprint", "covers something else"),
        ("few", "answers"),
        ("spoiled", "nobody entitled"),
        ("revoked", "revoked"),
        ("long ago", "clock"),
    ],
)
def test_an_authority_that_lies_is_refused(lasting: Any, lie: str, words: str) -> None:
    """A wrong time, imprint or number of answers, spoiled or bad news of a certificate: no file comes back."""
    there = lasting.there
    pdf = lasting.raised("B-T") if lie == "long ago" else lasting.sealed()
    match lie:
        case "early":
            there.lies["time"] = there.clock - timedelta(hours=2)
        case "long ago":
            there.lies["time"] = there.clock - timedelta(seconds=30)
        case "imprint":
            from mikrocert_seal_ades.pki.rfc3161 import Imprint

            there.lies["imprint"] = Imprint.of(b"something else")
        case "few":
            there.lies["answers"] = 0
        case "spoiled":
            there.lies["spoiled"] = True
        case _:
            there.revoked[there.seal.certificate.serial_number] = there.clock
    with pytest.raises(SealError, match=words):
        pades.extend(pdf, level="B-LTA", sources=lasting.sources())


def test_a_token_without_room_is_refused(lasting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A time stamp that is larger than the place kept for it is refused with both sizes."""
    monkeypatch.setattr(sealing, "STAMP_ROOM", 100)
    monkeypatch.setattr("mikrocert_seal_ades.pades.extending.STAMP_ROOM", 100)
    with pytest.raises(SealError, match="were kept for it"):
        lasting.raised("B-T")


def test_a_changed_file_is_not_raised(lasting: Any) -> None:
    """What is not intact gets no time stamp."""
    pdf = lasting.sealed()
    with pytest.raises(SealError, match="digest"):
        pades.extend(
            pdf.replace(b"(a", b"(b").replace(b"/MediaBox [ 0", b"/MediaBox [ 1"),
            level="B-T",
            sources=lasting.sources(),
        )


def test_a_level_needs_revocation_data_from_somebody(lasting: Any) -> None:
    """Above B-T nobody is asked without a source of revocation data."""
    with pytest.raises(SealError, match="revocation"):
        pades.extend(lasting.sealed(), level="B-LT", sources=attrs.evolve(lasting.sources(), revocation=None))


def test_raising_adds_no_time_of_its_own(lasting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No revision has a time of the clock here, and the dates of the document stay."""

    def refuse() -> None:
        raise AssertionError

    sealed = lasting.sealed()
    monkeypatch.setattr("tzlocal.get_localzone", refuse)
    pdf = pades.extend(sealed, level="B-LTA", sources=lasting.sources())
    added = pdf[len(pades.read(pdf).sealed) :]
    assert not re.search(rb"ModDate|/M \(|/M\(", added)


@pytest.mark.system  # some 10 s
def test_a_seal_that_was_often_renewed_is_read(lasting: Any) -> None:
    """Twelve renewals, half a century's worth of a busy operator, are read and judged as one is."""
    pdf = lasting.raised()
    for _ in range(12):
        pdf = pades.renew(pdf, sources=lasting.sources())
    found = pades.inspect(pades.read(pdf))
    assert (found.level, len(found.stamps), found.problems) == ("B-LTA", 14, ())
