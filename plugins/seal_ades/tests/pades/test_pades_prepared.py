"""PDFs that are prepared before they are sealed, or revised by hand, so that what comes behind the seal shows in what was sealed."""

import io
import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from mikrocert.api import EnvelopeError
from mikrocert_seal_ades import pades
from mikrocert_seal_ades.pades import reading, writing
from mikrocert_seal_ades.pki.rfc3161 import Imprint
from pyhanko.pdf_utils import embed, generic
from pyhanko.pdf_utils import writer as library
from pyhanko.pdf_utils.xref import XRefStream
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, DiffResult, ModificationLevel
from pyhanko.sign.fields import MDPPerm

name, text, array = generic.pdf_name, generic.pdf_string, generic.ArrayObject
dictionary, number = generic.DictionaryObject, generic.NumberObject
Change = Callable[[Any], None]


def pdf_with(prepare: Change, *, streams: bool = True) -> bytes:
    """Return a PDF with a file inside, in which something was prepared."""
    out: Any = library.PdfFileWriter(stream_xrefs=streams)
    drawn = out.add_object(generic.StreamObject(stream_data=b"q Q"))
    out.insert_page(library.PageObject(contents=drawn, media_box=(0, 0, 99, 99)))
    inside = embed.EmbeddedFileObject.from_file_data(out, data=b"{}", compress=True)
    embed.embed_file(
        out, embed.FileSpec(file_spec_string="ř.jsonld", file_name="ř.jsonld", embedded_data=inside)
    )
    prepare(out)
    result = io.BytesIO()
    out.write(result)
    return result.getvalue()


def page_of(writer: Any) -> Any:
    return writer.root["/Pages"]["/Kids"][0]


def updated(pdf: bytes, change: Change) -> bytes:
    """Return the PDF with one more revision."""
    writer = writing._Writer(io.BytesIO(pdf))  # one that leaves the date as it is
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def stamped(pdf: bytes, lasting: Any) -> bytes:
    """Return the PDF with a document time stamp over all of it, as anybody can have one."""
    place = writing.stamp_revision(pdf, room=12_288)
    return place.filled(lasting.there.token(Imprint("sha256", place.digest("sha256"))))


def wrong_with(pdf: bytes) -> dict[str, str]:
    found = pades.inspect(pades.read(pdf))
    return {one.code: str(one) for one in found.problems if one.severity == "error"}


def store(value: Any, *, at: int | None = None) -> Change:
    """Return the change that adds a store with one certificate, which gets this number where one is given."""

    def change(writer: Any) -> None:
        if at is not None:
            writer._lastobj_id = at - 1
        kept = writer.add_object(value)
        assert at in {None, kept.idnum}
        if at is not None:
            writer._lastobj_id = max(at, int(writer.prev.trailer["/Size"]))
        writer.root["/DSS"] = writer.add_object(dictionary({name("/Certs"): array([kept])}))
        writer.update_root()

    return change


def certificate(lasting: Any) -> Any:
    return generic.StreamObject(stream_data=lasting.there.ca.der)


LATER = 4_000
"""Number of an object that nothing has before a later revision."""


def refers_to(identifier: int, *, generation: int = 0) -> Change:
    """Return the change by which the page draws an object that isn't there."""

    def prepare(writer: Any) -> None:
        page = page_of(writer)
        missing = generic.IndirectObject(identifier, generation, writer)
        page["/Contents"] = array([page.raw_get("/Contents"), missing])

    return prepare


def leaves_a_number(writer: Any) -> None:
    writer.root["/Later"] = writer.allocate_placeholder()


def form_in_two_parts(writer: Any) -> None:
    fields = writer.add_object(array([]))
    form = writer.add_object(dictionary({name("/Fields"): fields}))
    writer.root["/AcroForm"] = form
    writer.root["/Twice"] = form


def fields_in_two_parts(writer: Any) -> None:
    fields = writer.add_object(array([]))
    writer.root["/AcroForm"] = writer.add_object(dictionary({name("/Fields"): fields}))
    page_of(writer)["/PieceInfo"] = fields


def store_in_two_parts(writer: Any) -> None:
    page = page_of(writer)
    kept = writer.add_object(array([page.raw_get("/Contents")]))
    writer.root["/DSS"] = writer.add_object(dictionary({name("/Certs"): kept}))
    page["/Contents"] = kept


def adds_to_the_store(lasting: Any) -> Change:
    def change(writer: Any) -> None:
        kept = writer.root["/DSS"]["/Certs"]
        kept.append(writer.add_object(certificate(lasting)))
        writer.update_container(kept)

    return change


def same(writer: Any) -> None:
    """Change nothing."""


PREPARED: dict[str, tuple[Change, Callable[[Any], Change]]] = {
    "a reference to what comes later": (
        refers_to(LATER),
        lambda lasting: store(certificate(lasting), at=LATER),
    ),
    "one of another generation": (
        refers_to(LATER, generation=3),
        lambda lasting: store(certificate(lasting), at=LATER),
    ),
    "the form twice": (form_in_two_parts, lambda _: same),
    "the list of fields twice": (fields_in_two_parts, lambda _: same),
    "the store twice": (store_in_two_parts, adds_to_the_store),
}


@pytest.mark.parametrize("streams", [True, False])
@pytest.mark.parametrize("what", PREPARED)
def test_nothing_that_was_sealed_takes_part_in_what_comes_later(
    lasting_once: Any, what: str, streams: bool
) -> None:
    """A reference to what isn't there yet, or an object with two parts, is an error once it is made use of."""
    prepare, later = PREPARED[what]
    pdf = lasting_once.sealed(pdf=pdf_with(prepare, streams=streams))
    assert wrong_with(pdf) == {}
    assert set(wrong_with(stamped(updated(pdf, later(lasting_once)), lasting_once))) == {"changed-after-seal"}


def test_a_number_that_was_left_is_not_used_later(lasting_once: Any) -> None:
    """An object number that the sealed PDF could have used, and didn't, is none for what comes later."""
    pdf = lasting_once.sealed(pdf=pdf_with(leaves_a_number))
    left = int(pades_reader(pdf).root.raw_get("/Later").idnum)
    changed = updated(pdf, store(certificate(lasting_once), at=left))
    assert f"object {left} was there to be used before" in wrong_with(changed)["changed-after-seal"]


def pades_reader(pdf: bytes) -> Any:
    return reading._open(pdf)


def test_a_reference_to_nothing_is_none_where_nothing_comes(lasting_once: Any) -> None:
    """What refers to nothing, and to which nobody gives anything, is as it was sealed."""
    pdf = lasting_once.sealed(pdf=pdf_with(refers_to(LATER)))
    assert wrong_with(stamped(pdf, lasting_once)) == {}


@pytest.mark.parametrize("words", [b"(%d 0 R) Tj", b"%% %d 0 R", b"%d 0 R"])
def test_words_that_look_like_a_reference_are_none(lasting_once: Any, words: bytes) -> None:
    """Where drawn text or a comment has the number of a later object, the objects are read, and nothing is wrong."""

    def write(size: int) -> Change:
        def prepare(writer: Any) -> None:
            drawn = b"\n".join(words % one for one in range(size, size + 9))
            page_of(writer)["/Contents"] = writer.add_object(generic.StreamObject(stream_data=drawn))

        return prepare

    pdf = lasting_once.sealed(pdf=pdf_with(write(0)))
    size = int(pades_reader(pdf).trailer["/Size"])
    pdf = lasting_once.sealed(pdf=pdf_with(write(size)))
    assert wrong_with(stamped(pdf, lasting_once)) == {}


def forms_again(writer: Any) -> None:
    writer.root["/AcroForm"]["/NeedAppearances"] = generic.BooleanObject(True)
    writer.update_container(writer.root["/AcroForm"])


def field(values: dict[str, Any]) -> Change:
    """Return the change that adds a field of a time stamp with these members."""

    def change(writer: Any) -> None:
        stamp = {name("/Type"): name("/DocTimeStamp"), name("/SubFilter"): name("/ETSI.RFC3161")}
        stamp |= {
            name("/ByteRange"): array([number(0)] * 4),
            name("/Contents"): generic.ByteStringObject(b"0"),
        }
        members = {
            "/FT": name("/Sig"),
            "/T": text("Another"),
            "/Rect": array([number(0)] * 4),
            "/V": writer.add_object(dictionary(stamp)),
        }
        if values.get("/V") == "direct":
            values["/V"] = dictionary(stamp)
        if values.get("/V") == "stream":
            values["/V"] = writer.add_object(generic.StreamObject(dict_data=stamp, stream_data=b"1"))
        members |= values
        form = writer.root["/AcroForm"]
        added = {name(key): value for key, value in members.items() if value is not None}
        form["/Fields"].append(writer.add_object(dictionary(added)))
        writer.update_container(form["/Fields"])

    return change


def on_a_page(**members: Any) -> Change:
    """Return the change that puts the field on the page, with these members of the page changed."""

    def change(writer: Any) -> None:
        page = page_of(writer)
        field({"/P": generic.IndirectObject(page.container_ref.idnum, 0, writer)})(writer)
        added = writer.root["/AcroForm"]["/Fields"].raw_get(-1)
        page["/Annots"] = array([*page.get("/Annots", ()), added])
        for key, value in members.items():
            page[name(f"/{key}")] = value
        writer.update_container(page)

    return change


MORE: dict[str, tuple[Change, str]] = {
    "member of the form": (forms_again, "/NeedAppearances is another one"),
    "member of the page": (on_a_page(Rotate=number(90)), "/Rotate is another one"),
    "field with the name of the seal": (field({"/T": text("Seal")}), "is called as another one"),
    "field without a name": (field({"/T": None}), "is called as another one"),
    "field with a name of parts": (field({"/T": text("Seal.a")}), "is called as another one"),
    "time stamp inside its field": (field({"/V": "direct"}), "/V is none that is read"),
    "time stamp that is a stream": (field({"/V": "stream"}), "/V"),
    "field on what is no page": (field({"/P": text("1")}), "changed after it was sealed"),
}


@pytest.mark.parametrize("what", MORE)
def test_what_may_be_written_anew_has_nothing_more(lasting_once: Any, what: str) -> None:
    """The catalog, the form and a page with one member more, or a field otherwise than time stamps have, are errors."""
    change, reason = MORE[what]
    assert reason in wrong_with(updated(lasting_once.sealed(), change))["changed-after-seal"]


@pytest.mark.parametrize("change", [field({}), on_a_page()])
def test_a_field_as_time_stamps_have_is_no_change(lasting_once: Any, change: Change) -> None:
    """The forge of these tests changes nothing but what it is told to: its empty time stamp is all that is wrong."""
    assert "changed-after-seal" not in wrong_with(updated(lasting_once.sealed(), change))


def by_hand(
    pdf: bytes,
    objects: Iterable[tuple[bytes, bytes]],
    *,
    rows: str = "",
    previous: int | None = None,
    size: int | None = None,
) -> bytes:
    """Return the PDF with one more revision.

    Args:
        pdf: the PDF.
        objects: number and generation of each object, and what it is.
        rows: the sections of its table, in which `{name}` is the place of an object (`o0` the first); none is all of them.
        previous: what it says where the table before it is.
        size: what it says how many numbers there are.
    """
    reader: Any = pades_reader(pdf)
    places, body = {}, pdf if pdf.endswith(b"\n") else pdf + b"\n"
    sections = []
    for index, (which, value) in enumerate(objects):
        places[f"o{index}"] = f"{len(body):010d}"
        identifier, generation = map(int, which.split())
        sections.append(f"{identifier} 1\n{len(body):010d} {generation:05d} n \n")
        body += which + b" obj\n" + value + b"\nendobj\n"
    table = rows.format(**places) or "".join(sections) or "0 1\n0000000000 65535 f \n"
    at = previous if previous is not None else reader.last_startxref
    root = reader.root_ref
    trailer = f"<< /Size {size or int(reader.trailer['/Size']) + 9} /Root {root.idnum} 0 R /Prev {at} >>"
    return body + f"xref\n{table}trailer\n{trailer}\nstartxref\n{len(body)}\n%%EOF\n".encode()


def catalog(pdf: bytes) -> tuple[int, bytes]:
    reader = pades_reader(pdf)
    out = io.BytesIO()
    reader.root.write_to_stream(out, None)
    return reader.root_ref.idnum, out.getvalue()


def free_the_page(pdf: bytes) -> bytes:
    page = pades_reader(pdf).root["/Pages"]["/Kids"].raw_get(0).idnum
    return by_hand(pdf, [], rows=f"{page} 1\n0000000000 00001 f \n")


def free_for_good(pdf: bytes) -> bytes:
    page = pades_reader(pdf).root["/Pages"]["/Kids"].raw_get(0).idnum
    return by_hand(pdf, [], rows=f"{page} 1\n0000000000 00000 f \n")


def another_generation(pdf: bytes) -> bytes:
    page = pades_reader(pdf).root["/Pages"]["/Kids"].raw_get(0).idnum
    return by_hand(pdf, [(b"%d 1" % page, b"<< /Type /Page >>")])


def catalog_twice(pdf: bytes) -> bytes:
    """The table has two places for the catalog; programs differ in which they take."""
    identifier, octets = catalog(pdf)
    evil = octets.replace(b">>", b"/Lang (x) >>")
    rows = f"{identifier} 1\n{{o0}} 00000 n \n{identifier} 1\n{{o1}} 00000 n \n"
    return by_hand(pdf, [(b"%d 0" % identifier, evil), (b"%d 0" % identifier, octets)], rows=rows)


def into_the_sealed(pdf: bytes) -> bytes:
    """The table says that the page stands where the first revision has an object of that number, in a string."""
    page = pades_reader(pdf).root["/Pages"]["/Kids"].raw_get(0).idnum
    place = pades_reader(pdf).xrefs.get_historical_ref(generic.Reference(page, 0), 0)
    return by_hand(pdf, [], rows=f"{page} 1\n{place + 1:010d} 00000 n \n")


def same_place(pdf: bytes) -> bytes:
    identifier, _ = catalog(pdf)
    place = pades_reader(pdf).xrefs.get_historical_ref(generic.Reference(identifier, 0), 9)
    return by_hand(pdf, [], rows=f"{identifier} 1\n{place:010d} 00000 n \n")


def beyond_its_end(pdf: bytes) -> bytes:
    """The table of one revision says that the catalog stands in the next one."""
    identifier, octets = catalog(pdf)
    first = by_hand(pdf, [], rows=f"{identifier} 1\n9999999999 00000 n \n")
    there = len(first)
    first = by_hand(pdf, [], rows=f"{identifier} 1\n{there:010d} 00000 n \n")
    assert len(first) == there
    return by_hand(first, [(b"%d 0" % identifier, octets)], rows="0 1\n0000000000 65535 f \n")


def skipping(pdf: bytes) -> bytes:
    tables = pades_reader(pdf).xrefs
    before_last = tables.get_xref_container_info(tables.total_revisions - 2).start_location
    identifier, octets = catalog(pdf)
    return by_hand(pdf, [(b"%d 0" % identifier, octets)], previous=before_last)


def looping(pdf: bytes) -> bytes:
    identifier, octets = catalog(pdf)
    once = by_hand(pdf, [(b"%d 0" % identifier, octets)])
    at = int(re.findall(rb"startxref\n(\d+)", once)[-1])
    previous = re.findall(rb"/Prev (\d+)", once)[-1]
    return once.replace(b"/Prev " + previous, b"/Prev %d" % at)


def table_in_the_sealed(pdf: bytes) -> bytes:
    """The last revision has no table of its own: its end points to one that was there."""
    at = pades_reader(pdf).last_startxref
    return pdf + b"1 0 obj\n<< >>\nendobj\nstartxref\n%d\n%%%%EOF\n" % at


def test_a_revision_has_a_table_of_its_own(lasting_once: Any) -> None:
    """Octets that end as a revision does, without a table, are an error."""
    assert "changed-after-seal" in wrong_with(table_in_the_sealed(lasting_once.sealed()))


def smaller(pdf: bytes) -> bytes:
    identifier, octets = catalog(pdf)
    return by_hand(pdf, [(b"%d 0" % identifier, octets)], size=2)


HANDS: dict[str, Callable[[bytes], bytes]] = {
    "frees the page": free_the_page,
    "frees the page for good": free_for_good,
    "page of another generation": another_generation,
    "catalog twice in a table": catalog_twice,
    "place inside what was sealed": into_the_sealed,
    "place of what was sealed": same_place,
    "place in the next revision": beyond_its_end,
    "table that skips one": skipping,
    "table before itself": looping,
    "fewer numbers than before": smaller,
}


@pytest.mark.parametrize("proven", [False, True])
@pytest.mark.parametrize("streams", [True, False])
@pytest.mark.parametrize("hand", HANDS)
def test_tables_follow_on_what_was_sealed(lasting_once: Any, hand: str, streams: bool, proven: bool) -> None:
    """Tables that free, double, skip, loop or place objects in another revision are errors, or the PDF can't be read."""
    pdf = lasting_once.sealed(pdf=pdf_with(same, streams=streams))
    try:
        changed = HANDS[hand](pdf)
        if proven:
            changed = stamped(changed, lasting_once)
    except Exception:  # noqa: BLE001 - pyHanko writes no time stamp behind what it can't read
        assert proven
        return
    assert changed.startswith(pdf)
    try:
        assert "changed-after-seal" in wrong_with(changed)
    except EnvelopeError:
        return


def test_a_revision_by_hand_that_changes_nothing_is_no_change(lasting_once: Any) -> None:
    """The forge of these tests changes nothing but what it is told to."""
    pdf = lasting_once.sealed()
    identifier, octets = catalog(pdf)
    assert wrong_with(by_hand(pdf, [(b"%d 0" % identifier, octets)])) == {}
    assert wrong_with(stamped(by_hand(pdf, []), lasting_once)) == {}


def with_table(pdf: bytes, positions: dict[tuple[int, int], Any]) -> bytes:
    """Return the PDF with a revision that is nothing but a stream with a table of these objects."""
    reader: Any = pades_reader(pdf)
    table: Any = XRefStream(positions)
    own = int(reader.trailer["/Size"])
    positions[0, own] = len(pdf)
    table[name("/Size")] = number(max(own, *(one for _, one in positions)) + 1)
    table[name("/Root")] = generic.IndirectObject(reader.root_ref.idnum, 0, reader)
    table[name("/Prev")] = number(reader.last_startxref)
    out = io.BytesIO()
    table.write_to_stream(out, None)
    return pdf + b"%d 0 obj\n%b\nendobj\nstartxref\n%d\n%%%%EOF\n" % (own, out.getvalue(), len(pdf))


@pytest.mark.parametrize("place", [9_000_000, (3_000, 0)], ids=["a place", "a stream of objects"])
def test_tables_that_were_sealed_say_nothing_of_what_comes_later(lasting_once: Any, place: Any) -> None:
    """A sealed table that places an object behind the seal, or in a stream that isn't there, is an error once something comes."""
    pdf = lasting_once.sealed(pdf=with_table(pdf_with(same), {(0, 50): place}))
    assert wrong_with(pdf) == {}
    assert "stands in another revision" in wrong_with(stamped(pdf, lasting_once))["changed-after-seal"]


@pytest.mark.parametrize("what", ["page", "certificate"])
def test_streams_of_objects_are_looked_into(lasting_once: Any, what: str) -> None:
    """An object that a stream of objects replaces is replaced, one that it adds and nobody needs is one too many."""

    def change(writer: Any) -> None:
        stream = writer.prepare_object_stream()
        if what == "page":
            page = page_of(writer)
            page["/Rotate"] = number(90)
            stream.add_object(page.container_ref.idnum, page)
        else:
            writer.add_object(dictionary({name("/A"): text("1")}), obj_stream=stream)
        writer.update_root()

    pdf = lasting_once.sealed(pdf=pdf_with(same))
    assert "is none of these" in wrong_with(updated(pdf, change))["changed-after-seal"]


def test_pyhanko_agrees_on_what_may_come(lasting_once: Any, lta: bytes) -> None:
    """What our rule lets stand behind a seal, pyHanko's policy finds to be there for validation alone."""
    pdfs = [
        lta,
        stamped(stamped(lta, lasting_once), lasting_once),
        lasting_once.raised("B-LT"),
        stamped(updated(lasting_once.sealed(), store(certificate(lasting_once))), lasting_once),
        stamped(by_hand(lasting_once.sealed(), []), lasting_once),
        updated(lasting_once.sealed(), field({})),
        updated(lasting_once.sealed(), on_a_page()),
    ]
    for pdf in pdfs:
        file = pades.read(pdf)
        assert not file.later.problems
        reader = pades_reader(pdf)
        base = reader.xrefs.total_revisions - len(file.later.revisions) - 1
        found = DEFAULT_DIFF_POLICY.review_file(reader, base, doc_mdp=MDPPerm.NO_CHANGES)
        assert isinstance(found, DiffResult)
        assert found.modification_level <= ModificationLevel.LTA_UPDATES
