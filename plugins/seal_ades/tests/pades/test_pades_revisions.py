"""What may stand behind a seal, and whatever else an attacker could put there: a time stamp can be had by everybody."""

import io
import random
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from mikrocert.api import EnvelopeError
from mikrocert_seal_ades import pades
from mikrocert_seal_ades.pades import cms, writing
from mikrocert_seal_ades.pki.revocation import ValidationData
from mikrocert_seal_ades.pki.rfc3161 import Imprint
from pyhanko.pdf_utils import embed, generic

name, text, array = generic.pdf_name, generic.pdf_string, generic.ArrayObject
dictionary = generic.DictionaryObject


def updated(pdf: bytes, change: Callable[[Any], None]) -> bytes:
    """Return the PDF with one more revision, in which everything may be changed."""
    writer = writing._Writer(io.BytesIO(pdf))  # one that leaves the date as it is
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def stamped(pdf: bytes, lasting: Any) -> bytes:
    """Return the PDF with a document time stamp over all of it, as anybody can have one."""
    place = writing.stamp_revision(pdf, room=12_288)
    return place.filled(lasting.there.token(Imprint("sha256", place.digest("sha256"))))


def problems_of(pdf: bytes) -> dict[str, str]:
    """Return code and sentence of each error."""
    found = pades.inspect(pades.read(pdf))
    return {one.code: str(one) for one in found.problems if one.severity == "error"}


def page_of(writer: Any) -> Any:
    return writer.root["/Pages"]["/Kids"][0]


def shadow_the_page(writer: Any) -> None:
    page = page_of(writer)
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"0 0 9 9 re f"))
    writer.update_container(page)


def shadow_what_is_drawn(writer: Any) -> None:
    stream = page_of(writer)["/Contents"]
    stream._data = b"0 0 9 9 re f"
    stream._encoded_data = None
    writer.update_container(stream)


def shadow_the_file_inside(writer: Any) -> None:
    specification = writer.root["/Names"]["/EmbeddedFiles"]["/Names"][1]
    inside = embed.EmbeddedFileObject.from_file_data(writer, data=b"[2]", compress=False)
    specification["/EF"] = dictionary(
        {name("/F"): inside.reference if hasattr(inside, "reference") else inside}
    )
    writer.update_container(specification)


def annotate(writer: Any) -> None:
    note = {name("/Type"): name("/Annot"), name("/Subtype"): name("/FreeText"), name("/Contents"): text("1")}
    note[name("/Rect")] = array([generic.NumberObject(one) for one in (0, 0, 9, 9)])
    page = page_of(writer)
    page["/Annots"].append(writer.add_object(dictionary(note)))
    writer.update_container(page)


def act(writer: Any) -> None:
    action = {name("/S"): name("/JavaScript"), name("/JS"): text("1")}
    writer.root["/OpenAction"] = dictionary(action)
    writer.update_root()


def add_a_page(writer: Any) -> None:
    pages = writer.root["/Pages"]
    pages["/Kids"].append(pages["/Kids"].raw_get(0))
    writer.update_container(pages)


def rename(writer: Any) -> None:
    writer.root["/Lang"] = text("cs")
    writer.update_root()


def add_a_field(writer: Any) -> None:
    form = writer.root["/AcroForm"]
    field = {name("/FT"): name("/Tx"), name("/T"): text("a"), name("/V"): text("b")}
    form["/Fields"].append(writer.add_object(dictionary(field)))
    writer.update_container(form["/Fields"])


def look(writer: Any) -> None:
    """The field of the seal is seen."""
    field = writer.root["/AcroForm"]["/Fields"][0]
    field["/Rect"] = array([generic.NumberObject(one) for one in (0, 0, 99, 99)])
    writer.update_container(field)


def forget_the_seal(writer: Any) -> None:
    fields = writer.root["/AcroForm"]["/Fields"]
    del fields[0]
    writer.update_container(fields)


def leave_an_object(writer: Any) -> None:
    writer.add_object(generic.StreamObject(stream_data=b"hidden"))


def store_it_twice(writer: Any) -> None:
    """The store lists what is drawn on the page as a certificate."""
    drawn = page_of(writer).raw_get("/Contents")
    store = dictionary({name("/Certs"): array([drawn])})
    writer.root["/DSS"] = writer.add_object(store)
    writer.update_root()


def store_more(writer: Any) -> None:
    store = dictionary({name("/Certs"): array([]), name("/Watermark"): generic.NumberObject(1)})
    writer.root["/DSS"] = writer.add_object(store)
    writer.update_root()


def set_the_information(writer: Any) -> None:
    writer.set_info(dictionary({name("/Title"): text("Another")}))


CHANGES = {
    "page": shadow_the_page,
    "what is drawn": shadow_what_is_drawn,
    "file inside": shadow_the_file_inside,
    "annotation": annotate,
    "action": act,
    "another page": add_a_page,
    "catalog": rename,
    "form field": add_a_field,
    "seal seen": look,
    "object of no use": leave_an_object,
    "page in the store": store_it_twice,
    "member of the store": store_more,
    "information": set_the_information,
}


@pytest.mark.parametrize("proven", [False, True])
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("level", ["B-B", "B-LTA"])
def test_nothing_else_may_be_changed_behind_a_seal(
    lasting_once: Any, lta: bytes, change: str, level: str, proven: bool
) -> None:
    """A change behind a seal is an error, with a genuine time stamp over it or without, and none is read from there."""
    pdf = lta if level == "B-LTA" else lasting_once.sealed(b"[1]")
    changed = updated(pdf, CHANGES[change])
    if proven:
        changed = stamped(changed, lasting_once)
    found = pades.inspect(pades.read(changed))
    assert "changed-after-seal" in {one.code for one in found.problems if one.severity == "error"}
    assert (found.intact, found.level) == (False, "none")
    assert pades.read(changed).attachment == pades.read(pdf).attachment


@pytest.mark.parametrize("level", ["B-B", "B-LTA"])
def test_a_seal_that_was_taken_out_is_missed(lasting_once: Any, lta: bytes, level: str) -> None:
    """Where the last revision has the seal no more, the PDF is none that is sealed."""
    pdf = lta if level == "B-LTA" else lasting_once.sealed()
    with pytest.raises(EnvelopeError, match="no seal"):
        pades.read(updated(pdf, forget_the_seal))


def test_time_stamps_alone_are_fine(lasting_once: Any, lta: bytes) -> None:
    """The forge of these tests changes nothing but what it is told to."""
    assert problems_of(stamped(stamped(lta, lasting_once), lasting_once)) == {}
    assert problems_of(updated(lasting_once.sealed(), lambda writer: None)) == {}


def without_the_store(writer: Any) -> None:
    del writer.root["/DSS"]
    writer.update_root()


def without_a_list(writer: Any) -> None:
    store = writer.root["/DSS"]
    store["/CRLs"] = array([])
    writer.update_container(store)


def another_store(writer: Any) -> None:
    writer.root["/DSS"] = writer.add_object(dictionary({name("/Certs"): array([])}))
    writer.update_root()


def another_certificate(writer: Any) -> None:
    stream = writer.root["/DSS"]["/Certs"][0]
    stream._data = b"another"
    stream._encoded_data = None
    writer.update_container(stream)


@pytest.mark.parametrize("change", [without_the_store, without_a_list, another_store, another_certificate])
def test_what_seals_are_validated_with_stays(lasting_once: Any, lta: bytes, change: Any) -> None:
    """A revision that hides the store, or a part of it, or writes over it is an error."""
    assert set(problems_of(stamped(updated(lta, change), lasting_once))) == {"changed-after-seal"}


def parts(pdf: bytes) -> list[bytes]:
    """Return what was sealed and each revision behind it."""
    file = pades.read(pdf)
    ends = [0, len(file.sealed), *(one.end for one in file.later.revisions)]
    return [pdf[start:end] for start, end in pairwise(ends)]


def another_time(pdf: bytes, lasting: Any) -> bytes:
    """A document time stamp of another file in the place of the own one."""
    other = lasting.raised(content=b"[3]")
    stamps = [
        pades.read(one).later.revisions[-1].stamp.contents.hex().upper().encode() for one in (pdf, other)
    ]
    assert len(stamps[0]) == len(stamps[1])
    return pdf.replace(*stamps)


def shorter_range(pdf: bytes, *, last: int, first: int = 0) -> bytes:
    """The byte range of the document time stamp begins later, or ends earlier."""
    at = pdf.rindex(b"/ByteRange [0 ")
    found = re.compile(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\]").match(pdf, at)
    assert found
    before, after, length = (int(one) for one in found.groups())
    again = b"/ByteRange [0 %d %d %d]" % (before - first, after, length - last)
    return pdf[:at] + again.ljust(found.end() - at) + pdf[found.end() :]


ATTACKS: dict[str, tuple[Callable[[bytes, Any], bytes], str]] = {
    "octets at the end": (lambda pdf, _: pdf + b"\n", "changed-after-seal"),
    "comment at the end": (lambda pdf, _: pdf + b"% 1\n", "changed-after-seal"),
    "revision without its end": (lambda pdf, _: pdf[:-3], ""),
    "revisions swapped": (lambda pdf, _: b"".join([(p := parts(pdf))[0], p[2], p[1], *p[3:]]), ""),
    "first revision left out": (lambda pdf, _: b"".join([(p := parts(pdf))[0], *p[2:]]), ""),
    "last revision twice": (lambda pdf, _: b"".join([*(p := parts(pdf)), p[-1]]), "changed-after-seal"),
    "time stamp of another file": (another_time, "timestamp-mismatch"),
    "range ends earlier": (lambda pdf, _: shorter_range(pdf, last=9), "not-covered"),
    "wider gap": (lambda pdf, _: shorter_range(pdf, last=0, first=9), "gap"),
    "seal of another file": (
        lambda pdf, lasting: lasting.raised(content=b"[]")[: len(parts(pdf)[0])] + b"".join(parts(pdf)[1:]),
        "timestamp-mismatch",
    ),
    "revisions of another file": (
        lambda pdf, lasting: parts(pdf)[0] + b"".join(parts(lasting.raised(content=b"[]"))[1:]),
        "timestamp-mismatch",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_revisions_put_together_otherwise_are_noticed(lasting_once: Any, lta: bytes, attack: str) -> None:
    """Octets behind the end, revisions swapped, left out, doubled or of another file, ranges with gaps: none is good."""
    make, code = ATTACKS[attack]
    changed = make(lta, lasting_once)
    assert changed != lta
    try:
        errors = problems_of(changed)
    except EnvelopeError:
        assert not code
        return
    assert errors
    assert not code or code in errors


def test_what_was_added_after_the_last_time_stamp_is_told(lasting_once: Any, lta: bytes) -> None:
    """More to validate with behind the last document time stamp is no error, but nothing covers it, and a warning says so."""
    data = ValidationData(certificates=(lasting_once.there.ca.der,))
    pdf = writing.with_store(lta, data=data, seal=lta[:10])
    found = pades.inspect(pades.read(pdf))
    assert [one.code for one in found.problems] == ["unsigned-uncovered"]
    assert found.level == "B-LTA"


def flipped(pdf: bytes, place: int, bit: int) -> bytes:
    octets = bytearray(pdf)
    octets[place] ^= 1 << bit
    return bytes(octets)


def unnoticed(pdf: bytes, places: Any, *, chance: random.Random) -> list[int]:
    """Return the octets of which a bit can be flipped without an error."""
    return [place for place in places if is_unnoticed(flipped(pdf, place, chance.randrange(8)))]


def is_unnoticed(pdf: bytes) -> bool:
    try:
        found = pades.inspect(pades.read(pdf))
    except EnvelopeError:
        return False
    return not any(one.severity == "error" for one in found.problems)


def stamp_of(pdf: bytes) -> range:
    """Where the token of the last document time stamp stands, and some of the zeros behind it."""
    stamp = pades.read(pdf).later.revisions[-1].stamp
    assert stamp
    start = stamp.byte_range[1]
    return range(start, start + 2 * len(cms.first(stamp.contents)) + 40)


def test_no_bit_of_the_length_of_a_time_stamp_can_be_flipped(lta: bytes) -> None:
    """A token that says it is longer would take in some of the zeros behind it, which no hash covers."""
    start = stamp_of(lta).start
    every = [(place, bit) for place in range(start, start + 9) for bit in range(8)]
    assert [(place, bit) for place, bit in every if is_unnoticed(flipped(lta, place, bit))] == []


@pytest.mark.unmeasured  # it goes the same way again and again
@pytest.mark.parametrize("count", [60, pytest.param(4_000, marks=pytest.mark.long)])
def test_flipped_bits_are_noticed_in_a_file_that_lasts(lta: bytes, count: int) -> None:
    """A flip anywhere in a PDF of level B-LTA is an error, or the PDF can't be read."""
    chance = random.Random(8)
    ends, stamp = [*range(32), *range(len(lta) - 64, len(lta))], stamp_of(lta)
    places = [
        *chance.sample(range(len(lta)), count),
        *chance.sample(stamp, min(count, len(stamp))),
        *chance.sample(ends, 20),
    ]
    assert unnoticed(lta, places, chance=chance) == []


@pytest.mark.parametrize("count", [40, pytest.param(2_000, marks=pytest.mark.long)])
def test_flipped_bits_beside_the_signature_are_noticed(lasting_once: Any, count: int) -> None:
    """A flip in a seal of level B-T, its time stamp included, is an error."""
    pdf = lasting_once.raised("B-T")
    _, start, end, _ = pades.read(pdf).byte_range
    chance = random.Random(9)
    places = [*chance.sample(range(start, end), count), *chance.sample(range(len(pdf)), 20)]
    assert unnoticed(pdf, places, chance=chance) == []
