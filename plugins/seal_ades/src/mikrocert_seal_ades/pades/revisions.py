"""What later revisions of a PDF add to the one that was sealed (EN 319 142-1, 5.4; ISO 32000-2, 12.8.4.3 and 12.8.5).

A PDF grows by revisions, and each may replace any object of those before: what a viewer shows is what the last one says.
Behind a seal only this may come, revision by revision:

- a document security store (`/DSS`): certificates, revocation lists and OCSP responses; what was in it before stays;
- a document time stamp: a signature field that nobody sees, with a signature dictionary that holds a token, and, where
  the writer put the field on a page, the page with that one annotation more.

For this the catalog, the form and its list of fields may be written anew, with nothing else in them changed. Every object of
a revision has to be one of these, and every object that was there before keeps its part. Anything else is an error. The table
of objects of each revision has to follow on that of the one before, and on that of the sealed one, and say of nothing that it
stands in another revision.

Who prepares a PDF before it is sealed could leave references to objects that come later, or give one object two parts, so that
what may be added for one of them shows in the other. So a new object has a number beyond all that the sealed PDF could have
used, nothing that was sealed refers to it, and form, lists and store are referred to from their one place only; the catalog and
a page may be referred to from anywhere, as what may change in them means nothing elsewhere.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NoReturn

import attrs

from mikrocert_seal_ades.pki.carried import Placed
from mikrocert_seal_ades.pki.problems import Phrase, Problem, phrase, reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pyhanko.pdf_utils.reader import PdfFileReader

    from mikrocert_seal_ades.pades.documents import Document

__all__ = ["CHANGED", "DocumentStamp", "Later", "Revision", "examine_revisions"]

CHANGED: Final = "changed-after-seal"
"""Code of all that came behind the seal and must not."""

_MOST: Final = 60
"""The most revisions behind a seal; renewed every other year, it lasts for sixty."""
_MOST_VALUES: Final = 500
"""The most values in the store of one revision."""
_LARGEST_VALUE: Final = 4 * 1024 * 1024

_END: Final = re.compile(
    rb"\s{0,4}(?:(?:trailer)?\s{0,4}<<.{0,1000}?>>|(?:endstream\s{1,4})?endobj)?\s{0,4}startxref\s{1,4}(\d{1,10})\s{1,4}%%EOF(?:\r\n|\n|\r|)",
    re.DOTALL,
)
_DIGITS: Final = re.compile(rb"<[0-9A-Fa-f]*+>")
_STORE: Final = {"/Certs": "/Cert", "/CRLs": "/CRL", "/OCSPs": "/OCSP"}
"""Member of the store with values of a kind → member of an entry that is about one signature."""
_ENTRY_NAME: Final = re.compile(r"/[A-Z0-9]{40}")
_STORE_KEYS: Final = frozenset({"/Type", "/VRI", *_STORE})
_ENTRY_KEYS: Final = frozenset({"/Type", "/TU", *_STORE.values()})
_STREAM_KEYS: Final = frozenset({"/Length", "/Filter"})
_FIELD_KEYS: Final = frozenset({"/FT", "/Type", "/Subtype", "/F", "/T", "/V", "/P", "/Rect", "/AP"})
_STAMP_KEYS: Final = frozenset({"/Type", "/Filter", "/SubFilter", "/ByteRange", "/Contents", "/M"})
_DRAWING_KEYS: Final = frozenset({"/Type", "/Subtype", "/BBox", "/Length", "/Resources", "/Filter"})
_STAMP_KIND: Final = "/ETSI.RFC3161"
_SIGNATURE_KEYS: Final = _STAMP_KEYS | {"/Name", "/Location", "/Reason", "/ContactInfo", "/Prop_Build"}


@attrs.frozen
class DocumentStamp:
    """A document time stamp as the PDF has it.

    Args:
        byte_range: what it says that it covers, as pairs of offset and length in octets.
        contents: /Contents of its signature dictionary, decoded.
    """

    byte_range: tuple[int, ...]
    contents: bytes = attrs.field(repr=False)


@attrs.frozen
class Revision:
    """A revision behind the seal.

    Args:
        end: how many octets the PDF had with it.
        certificates: DER, those that it adds to the store, with their places.
        lists: certificate lists likewise.
        responses: OCSP responses likewise.
        stamp: the document time stamp that it adds.
    """

    end: int
    certificates: tuple[Placed, ...] = ()
    lists: tuple[Placed, ...] = ()
    responses: tuple[Placed, ...] = ()
    stamp: DocumentStamp | None = None


@attrs.frozen
class Later:
    """Everything behind the seal: the revisions as far as they are what they may be, and what is wrong."""

    revisions: tuple[Revision, ...] = ()
    problems: tuple[Problem, ...] = ()


class _Wrong(Exception):
    def __init__(self, reason: Phrase) -> None:
        super().__init__(reason)
        self.reason = reason


def examine_revisions(
    data: bytes,
    *,
    reader: PdfFileReader,
    sealed: Document,
    size: int,
    digits: range,
    grant: Callable[[], None],
    signatures: bool = False,
) -> Later:
    """Return what stands behind the seal of a PDF, and whether it may.

    Raises nothing: what pyHanko stumbles over is a problem.

    Args:
        data: the whole PDF.
        reader: over all of it.
        sealed: over its first octets, those that the seal covers.
        size: how many these are.
        digits: where the digits of the seal are said to be in them, with their brackets.
        grant: is called before each revision is read, so that a seal that was often renewed is not too long to read.
        signatures: whether further signatures may stand there as time stamps may: in fields that nobody sees.
    """
    found: list[Revision] = []
    new, kept = set[int](), set[int]()
    first, where = sealed.xrefs.total_revisions, "revision"
    try:
        _check_places(sealed, size=size)
        tables = _tables(reader, sealed=sealed)
        ends = [size]
        for number, table in enumerate(tables):
            where = f"revision[{number}]"
            grant()
            ends.append(_end(data, table=table, start=ends[-1]))
            _check_rows(reader, table=table)
            update = _Update(
                reader,
                number=first + number,
                sealed=first - 1,
                octets=range(*ends[-2:]),
                signatures=signatures,
            )
            found.append(update.judged(where))
            new |= update.new
            kept |= update.kept
        if ends[-1] != len(data):
            _refuse(phrase("{count} octets stand behind its end", count=len(data) - ends[-1]))
        where = "revision"
        pieces = _around_digits(data[:size], digits=digits)
        _check_parts(pieces, sealed=sealed, new=frozenset(new), kept=frozenset(kept - new))
    except _Wrong as wrong:
        return Later(tuple(found), (_problem(where, wrong.reason),))
    except Exception as error:  # noqa: BLE001  pyHanko answers damage with almost any exception
        reason = phrase("it can't be read ({kind})", kind=reason_of(error))
        return Later(tuple(found), (_problem(where, reason),))
    return Later(tuple(found))


def _problem(where: str, reason: Phrase) -> Problem:
    text = phrase(
        "The PDF was changed after it was sealed, by more than time stamps and what seals are validated with: {reason}.",
        reason=reason,
    )
    return Problem(CHANGED, "error", where, text.text, text.parameters)


def _refuse(reason: Phrase) -> NoReturn:
    raise _Wrong(reason)


def _tables(reader: PdfFileReader, *, sealed: PdfFileReader) -> list[Any]:
    """Return the tables of objects of the later revisions, once they are found to follow on those of the sealed PDF."""
    count, first = reader.xrefs.total_revisions, sealed.xrefs.total_revisions
    if count - first > _MOST:
        _refuse(phrase("it has {count} revisions, at most {most} are read", count=count - first, most=_MOST))
    infos = [reader.xrefs.get_xref_container_info(number) for number in range(count)]
    before = [sealed.xrefs.get_xref_container_info(number) for number in range(first)]
    if [_place(one) for one in infos[:first]] != [_place(one) for one in before]:
        _refuse(phrase("it does not follow on the sealed PDF"))
    if reader.xrefs.hybrid_xrefs_present:
        _refuse(phrase("it has two tables of its objects"))
    return infos[first:]


def _place(table: Any) -> tuple[int, int, int]:  # noqa: ANN401  pyHanko's own
    return table.declared_startxref, table.start_location, table.end_location


def _check_rows(reader: PdfFileReader, *, table: Any) -> None:  # noqa: ANN401  see `_place`
    """Check that no object is in the table of a revision twice: programs differ in which they would take.

    In streams the numbers have to rise, which pyHanko holds them to.
    """
    from pyhanko.pdf_utils.xref import XRefSectionType, parse_xref_table  # noqa: PLC0415

    if table.xref_section_type == XRefSectionType.STANDARD:
        reader.stream.seek(table.start_location)
        for number, count in Counter(
            one.idnum for one in parse_xref_table(reader.stream, strict=True)
        ).items():
            if count > 1:
                _refuse(phrase("it has object {number} twice", number=number))


def _end(data: bytes, *, table: Any, start: int) -> int:  # noqa: ANN401  see `_place`
    """Return where a revision ends: behind the marks that follow on its table of objects."""
    found = _END.match(data, table.end_location)
    if table.start_location < start or found is None or int(found[1]) != table.declared_startxref:
        _refuse(phrase("it does not end as a PDF does"))
    return found.end()


def _check_places(sealed: Document, *, size: int) -> None:
    """Check that whatever the tables of the sealed PDF say stands in it."""
    xrefs: Any = sealed.xrefs
    for number in range(xrefs.total_revisions):
        table = xrefs.get_xref_data(number)
        places = {one: place for one, (_, place) in table.standard_xrefs.items()}
        streams = xrefs.object_streams_used_in(number)
        places |= {one.idnum: xrefs.get_historical_ref(one, number) for one in streams}
        for one, place in places.items():
            if not isinstance(place, int) or place >= size:
                _refuse(phrase("object {number} stands in another revision", number=one))


def _around_digits(octets: bytes, *, digits: range) -> Iterator[bytes]:
    """Yield the pieces of a PDF before and behind the digits of its seal, in which nothing is a reference; all of it where these are none."""
    if _DIGITS.fullmatch(octets, digits.start, digits.stop):
        yield octets[: digits.start]
        octets = octets[digits.stop :]
    yield octets


def _check_parts(
    pieces: Iterable[bytes], *, sealed: Document, new: frozenset[int], kept: frozenset[int]
) -> None:
    """Check that nothing that was sealed refers to what is new, and to what keeps its part from one place at most.

    Args:
        pieces: the sealed PDF.
        sealed: over it.
        new: the numbers of objects that later revisions have and the sealed PDF has not.
        kept: the numbers of those, but for the catalog and pages, that have a part in later revisions.
    """
    from mikrocert_seal_ades.pades.references import count_references, count_seeming_references  # noqa: PLC0415

    def misused(counts: Mapping[int, int]) -> list[int]:
        return sorted(one for one in new | kept if counts[one] > (one in kept))

    seeming = sum(
        (count_seeming_references(one, new | kept) for one in (*pieces, *sealed.octets_of_objects())),
        start=Counter[int](),
    )
    if misused(seeming):
        for number in misused(count_references(sealed)):
            _refuse(phrase("object {number} gets another part", number=number))


class _Update:
    """One revision, held against the one before.

    Args:
        reader: over the whole PDF.
        number: of the revision.
        sealed: number of the last one that was sealed.
        octets: where it stands.
        signatures: whether it may add a signature instead of a time stamp.

    Attributes:
        new: the numbers of the objects that weren't there before.
        kept: the numbers of those that keep the part which they have, written anew or not, but for the catalog and pages.
    """

    def __init__(
        self, reader: PdfFileReader, *, number: int, sealed: int, octets: range, signatures: bool
    ) -> None:
        self._signatures = signatures
        self._xrefs: Any = reader.xrefs  # pyHanko has no types for some of it
        self._number, self._sealed, self._octets = number, sealed, octets
        self._old = reader.get_historical_resolver(number - 1)
        self._new = reader.get_historical_resolver(number)
        self._table: Any = self._xrefs.get_xref_container_info(number)
        self._all = frozenset(self._xrefs.explicit_refs_in_revision(number))
        self._left = set(self._all)
        # A stream that is the table need not be in it.
        objects: set[Any] = {*self._all, self._table.stream_ref} - {None}
        self.new = {one.idnum for one in objects if not self._was_there(one)}
        self.kept = set[int]()

    def judged(self, where: str) -> Revision:
        """Return what the revision adds. Raises `_Wrong`."""
        self._check_table()
        old, new = _dictionary(self._old.root, "/Root"), _dictionary(self._new.root, "/Root")
        self._left.discard(self._new.root_ref)
        # Which edition of PDF a program keeps to means nothing to who reads it.
        more = {"/Extensions", "/Version"} if self._signatures else set[str]()
        _check_same(old, new, but={"/DSS", "/AcroForm", *more}, what="/Root")
        values = self._store(old, new, where=where)
        stamp = self._form(old, new)
        for reference in sorted(self._left, key=lambda one: one.idnum):
            before = self._xrefs.get_historical_ref(reference, self._number - 1)
            if before is None or _octets(self._old(reference)) != _octets(self._new(reference)):
                _refuse(phrase("object {number} is none of these", number=reference.idnum))
        certificates, lists, responses = values
        return Revision(self._octets.stop, certificates, lists, responses, stamp)

    def _check_table(self) -> None:
        """Check that the trailer names the same things, and nothing is taken away."""
        old, new = self._old.trailer_view, self._new.trailer_view
        for name in ("/Root", "/Info", "/Encrypt"):
            if _octets(old.raw_get(name) if name in old else None) != _octets(
                new.raw_get(name) if name in new else None
            ):
                _refuse(phrase("{name} is another one", name=name))
        if self._xrefs.refs_freed_in_revision(self._number):
            _refuse(phrase("it takes objects away"))
        size = self._xrefs.get_xref_container_info(self._sealed).size
        for number in sorted(self.new):
            if number < size:
                _refuse(phrase("object {number} was there to be used before", number=number))
        streams = {self._table.stream_ref, *self._xrefs.object_streams_used_in(self._number)} - {None}
        for reference in streams:
            if reference.idnum not in self.new:
                _refuse(phrase("object {number} is none of these", number=reference.idnum))
        self._left -= streams
        for reference in self._all:
            place = self._xrefs.get_historical_ref(reference, self._number)
            if isinstance(place, int) and place not in self._octets:
                _refuse(phrase("object {number} stands in another revision", number=reference.idnum))

    def _was_there(self, reference: Any) -> bool:  # noqa: ANN401  see `_place`
        return self._xrefs.get_historical_ref(reference, self._number - 1) is not None

    def _explain(self, value: Any, *, before: Iterable[Any] = ()) -> None:  # noqa: ANN401  see `_place`
        """Note that an object of this revision plays a part: the part that it played before, or it wasn't there before.

        Args:
            value: the reference to it, or what stands there instead of a reference.
            before: what played the part before.
        """
        reference = getattr(value, "reference", None)
        if reference is None or not _is_reference(value):
            return
        numbers = {(one.idnum, one.generation) for one in before if _is_reference(one)}
        if (reference.idnum, reference.generation) not in numbers:
            if self._was_there(reference) or reference not in self._all:
                _refuse(phrase("object {number} gets another part", number=reference.idnum))
        else:
            self.kept.add(reference.idnum)
        self._left.discard(reference)

    def _store(
        self,
        old: Any,  # noqa: ANN401  see `_place`
        new: Any,  # noqa: ANN401  see `_place`
        *,
        where: str,
    ) -> tuple[tuple[Placed, ...], tuple[Placed, ...], tuple[Placed, ...]]:
        """Return what is new in the store."""
        if "/DSS" not in new:
            if "/DSS" in old:
                _refuse(phrase("it takes away what seals are validated with"))
            return (), (), ()
        before = _Store(old["/DSS"], at=old.raw_get("/DSS")) if "/DSS" in old else _Store.none()
        after = _Store(new["/DSS"], at=new.raw_get("/DSS"))
        if not before.values <= after.values or not before.entries <= after.entries:
            _refuse(phrase("it takes away what seals are validated with"))
        for container in after.containers:
            self._explain(container, before=before.containers)
        found: list[tuple[Placed, ...]] = []
        for name in _STORE:
            placed: list[Placed] = []
            for index, value in enumerate(after.listed[name]):
                if value.reference not in before.values:
                    self._explain(value)
                    placed.append(Placed(f"{where}.DSS.{name[1:]}[{index}]", _value(value.get_object())))
            found.append(tuple(placed))
        listed = {value.reference for values in after.listed.values() for value in values}
        if not after.values <= listed:
            _refuse(phrase("/VRI refers to what the store doesn't list"))
        certificates, lists, responses = found
        return certificates, lists, responses

    def _form(self, old: Any, new: Any) -> DocumentStamp | None:  # noqa: ANN401  see `_place`
        """Return the document time stamp that is new in the form."""
        if "/AcroForm" not in old or "/AcroForm" not in new:
            _refuse(phrase("{name} is another one", name="/AcroForm"))
        before, after = (_dictionary(one["/AcroForm"], "/AcroForm") for one in (old, new))
        self._explain(new.raw_get("/AcroForm"), before=(old.raw_get("/AcroForm"),))
        _check_same(before, after, but={"/Fields"}, what="/AcroForm")
        self._explain(after.raw_get("/Fields"), before=(before.raw_get("/Fields"),))
        fields = self._added(before["/Fields"], after["/Fields"], what="/Fields")
        if not fields:
            return None
        if len(fields) > 1:
            _refuse(phrase("it adds {count} fields", count=len(fields)))
        (field,) = fields
        self._explain(field)
        names = {str(_member(one.get_object(), "/T")) for one in _raw(before["/Fields"])}
        name = _member(_dictionary(field.get_object(), "/Fields"), "/T")
        if not isinstance(name, str) or not name or "." in name or name in names:
            _refuse(phrase("it adds a field that is called as another one"))
        return self._field(field)

    def _added(self, old: Sequence[Any], new: Sequence[Any], *, what: str) -> list[Any]:
        """Return the references that one array has at its end and the other has not."""
        was, is_ = [_octets(one) for one in _raw(old)], [_octets(one) for one in _raw(new)]
        if not isinstance(new, list) or is_[: len(was)] != was:
            _refuse(phrase("{name} is another one", name=what))
        added = list(_raw(new))[len(was) :]
        if not all(_is_reference(one) for one in added):
            _refuse(phrase("{name} is another one", name=what))
        return added

    def _field(self, reference: Any) -> DocumentStamp | None:  # noqa: ANN401  see `_place`
        field = _dictionary(reference.get_object(), "/Fields")
        _check_keys(field, _FIELD_KEYS, what="/Fields")
        if str(field["/FT"]) != "/Sig" or ("/Subtype" in field and str(field["/Subtype"]) != "/Widget"):
            _refuse(phrase("it adds a field that is no time stamp"))
        left, bottom, right, top = (float(one) for one in field["/Rect"])
        if (left, bottom) != (right, top):
            _refuse(phrase("it adds a field that can be seen"))
        if not _is_reference(field.raw_get("/V")):
            _refuse(phrase("{name} is none that is read", name="/V"))
        self._explain(field.raw_get("/V"))
        self._drawing(field)
        if "/P" in field:
            self._page(field.raw_get("/P"), annotation=reference)
        stamp = _dictionary(field["/V"], "/V")
        if self._signatures and str(_member(stamp, "/Type")) != "/DocTimeStamp":
            _check_keys(stamp, _SIGNATURE_KEYS, what="/V")
            return None
        _check_keys(stamp, _STAMP_KEYS, what="/V")
        if str(stamp["/Type"]) != "/DocTimeStamp" or str(stamp["/SubFilter"]) != _STAMP_KIND:
            _refuse(phrase("it adds a field that is no time stamp"))
        byte_range = tuple(int(one) for one in stamp["/ByteRange"])
        return DocumentStamp(byte_range[:5], stamp["/Contents"].original_bytes)

    def _drawing(self, field: Any) -> None:  # noqa: ANN401  see `_place`
        """Check that the field looks like nothing."""
        if "/AP" not in field:
            return
        self._explain(field.raw_get("/AP"))
        looks = _dictionary(field["/AP"], "/AP")
        _check_keys(looks, frozenset({"/N"}), what="/AP")
        self._explain(looks.raw_get("/N"))
        drawing = looks["/N"]
        _check_keys(drawing, _DRAWING_KEYS, what="/N")
        if drawing.encoded_data.strip() or ("/Resources" in drawing and len(drawing["/Resources"])):
            _refuse(phrase("it adds a field that can be seen"))

    def _page(self, reference: Any, *, annotation: Any) -> None:  # noqa: ANN401  see `_place`
        """Check the page that the field says it is on: it may have the field as one more annotation."""
        old, new = (_dictionary(view(reference.reference), "/P") for view in (self._old, self._new))
        if str(_member(old, "/Type")) != "/Page":
            _refuse(phrase("object {number} is none of these", number=reference.idnum))
        if reference.reference not in self._left:
            return
        _check_same(old, new, but={"/Annots"}, what="/Page")
        added = self._added(_listed(old, "/Annots"), _listed(new, "/Annots"), what="/Annots")
        if [_octets(one) for one in added] != [_octets(annotation)]:
            _refuse(phrase("{name} is another one", name="/Annots"))
        self._left.discard(reference.reference)
        if "/Annots" in new:
            self._explain(
                new.raw_get("/Annots"), before=(old.raw_get("/Annots"),) if "/Annots" in old else ()
            )


class _Store:
    """A document security store, taken apart.

    Attributes:
        containers: the references to dictionaries and arrays that it is made of.
        listed: the references to values, by the member that lists them.
        values: all of them, and those of single signatures.
        entries: what is about one signature: its name, which member of it, and the reference to a value.
    """

    def __init__(self, store: Any, *, at: Any) -> None:  # noqa: ANN401  see `_place`
        self.containers: list[Any] = [at]
        self.listed: dict[str, list[Any]] = {name: [] for name in _STORE}
        self.values: set[Any] = set()
        self.entries: set[tuple[str, str, Any]] = set()
        if store is None:
            return
        _check_keys(_dictionary(store, "/DSS"), _STORE_KEYS, what="/DSS")
        for name in _STORE:
            self.listed[name] = self._references(store, name)
        if "/VRI" in store:
            self.containers.append(store.raw_get("/VRI"))
            for name in _dictionary(store["/VRI"], "/VRI"):
                if not _ENTRY_NAME.fullmatch(str(name)):
                    _refuse(phrase("{name} has {members}", name="/VRI", members=str(name)))
                self.containers.append(store["/VRI"].raw_get(name))
                entry = _dictionary(store["/VRI"][name], "/VRI")
                _check_keys(entry, _ENTRY_KEYS, what="/VRI")
                for member in _STORE.values():
                    found = self._references(entry, member)
                    self.entries.update((str(name), member, one.reference) for one in found)

    @classmethod
    def none(cls) -> _Store:
        """Return a store that isn't there."""
        return cls(None, at=None)

    def _references(self, holder: Any, name: str) -> list[Any]:  # noqa: ANN401  see `_place`
        if name not in holder:
            return []
        self.containers.append(holder.raw_get(name))
        found = list(_raw(holder[name]))
        self.values.update(one.reference for one in found if _is_reference(one))
        if (
            not isinstance(holder[name], list)
            or len(self.values) > _MOST_VALUES
            or not all(_is_reference(one) for one in found)
        ):
            _refuse(phrase("{name} is none that is read", name=name))
        return found


def _value(stream: Any) -> bytes:  # noqa: ANN401  see `_place`
    _check_keys(stream, _STREAM_KEYS, what="/DSS")
    octets: bytes = stream.data
    if len(octets) > _LARGEST_VALUE:
        _refuse(phrase("{name} is none that is read", name="/DSS"))
    return octets


def _dictionary(value: Any, what: str) -> Any:  # noqa: ANN401  see `_place`
    """Return a dictionary that is no stream (ISO 32000-2, 7.3.7 and 7.3.8)."""
    from pyhanko.pdf_utils import generic  # noqa: PLC0415

    if not isinstance(value, generic.DictionaryObject) or isinstance(value, generic.StreamObject):
        _refuse(phrase("{name} is none that is read", name=what))
    return value


def _member(dictionary: Any, name: str) -> Any:  # noqa: ANN401  see `_place`
    """Return what a dictionary has under a name, or refers to."""
    return dictionary[name] if name in dictionary else None  # noqa: SIM401  see `_listed`


def _check_keys(dictionary: Any, allowed: frozenset[str], *, what: str) -> None:  # noqa: ANN401  see `_place`
    more = sorted(str(key) for key in dictionary if str(key) not in allowed)
    if more:
        _refuse(phrase("{name} has {members}", name=what, members=", ".join(more)))


def _check_same(old: Any, new: Any, *, but: set[str], what: str) -> None:  # noqa: ANN401  see `_place`
    """Refuse a dictionary that was written anew with other members than these changed."""
    names = {str(key) for key in (*old, *new)} - but
    for name in sorted(names):
        if name not in old or name not in new or _octets(old.raw_get(name)) != _octets(new.raw_get(name)):
            _refuse(phrase("{name} is another one", name=f"{what} {name}"))


def _raw(array: Any) -> Iterator[Any]:  # noqa: ANN401  see `_place`
    """Yield the elements of an array as they stand there, references as such."""
    return (array.raw_get(index) for index in range(len(array))) if hasattr(array, "raw_get") else iter(array)


def _listed(dictionary: Any, name: str) -> Any:  # noqa: ANN401  see `_place`
    """Return the array under a name, or none."""
    return dictionary[name] if name in dictionary else ()  # noqa: SIM401  its `get` would give the reference itself


def _is_reference(value: Any) -> bool:  # noqa: ANN401  see `_place`
    from pyhanko.pdf_utils.generic import IndirectObject  # noqa: PLC0415

    return isinstance(value, IndirectObject)


def _octets(value: Any) -> bytes | None:  # noqa: ANN401  see `_place`
    """Return an object as it would be written, so that two can be compared."""
    if value is None:
        return None
    if _is_reference(value):
        return b"%d %d R" % (value.idnum, value.generation)
    out = io.BytesIO()
    value.write_to_stream(out, None)
    return out.getvalue()
