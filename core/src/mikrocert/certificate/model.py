"""What stands on a certificate and its supplement, in the words and languages in which it is read.

Everything is said already: who draws a certificate chooses type and place, and adds no word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

__all__ = [
    "Certificate",
    "Copy",
    "Fact",
    "Front",
    "Line",
    "Note",
    "Pair",
    "Plain",
    "Row",
    "SealWords",
    "Signatory",
    "Supplement",
    "Table",
    "Verification",
    "VerifyAt",
]


@attrs.frozen
class Line:
    """A text and the language it is in (BCP 47)."""

    language: str
    text: str


@attrs.frozen
class Pair:
    """A text in the leading language, and in the other one where that says something else."""

    lead: Line
    also: Line | None = None

    def __iter__(self) -> Iterator[Line]:
        yield self.lead
        if self.also is not None:
            yield self.also


@attrs.frozen
class Fact:
    """One of the at most four facts set large.

    Args:
        key: `credits` or `hours`, `level`, `grade`, `date`.
        value: what is set large: "6", "A", "22. 6. 2026".
        caption: what stands below it.
    """

    key: str
    value: Pair
    caption: Pair


@attrs.frozen
class SealWords:
    """The seal on the data in words.

    Args:
        kind: "Kvalifikovaná elektronická pečeť".
        owner: name and number of the sealing organisation, or none where its certificate can't be read.
        sealed: "Zapečetěno 22. 6. 2026 ve 14:05 SELČ", or none where the seal claims no time.
        sentence: all of it in one sentence, or none where owner or time lack.
    """

    kind: Pair
    owner: Pair | None = None
    sealed: Pair | None = None
    sentence: Pair | None = None


@attrs.frozen
class VerifyAt:
    """Where a certificate is verified, for whoever has only its front.

    Args:
        link: the verification link, to be set as a QR code and as a link, or none.
        identifier: the identifier in groups of four, with no-break spaces between them, or none.
        where: "Ověření: mikrocertifikat.cz/verify", or none where there is no link.
    """

    link: str | None
    identifier: str | None
    where: Pair | None


@attrs.frozen
class Signatory:
    """Who signs for the institution: a name, and an office in words."""

    name: str
    office: Pair | None = None


@attrs.frozen
class Front:
    """The certificate: one page.

    Args:
        kind: "Mikrocertifikát".
        institution: name of the awarding institution, or of all that award together.
        unit: faculty or department, or none.
        certifies: "Řípská univerzita potvrzuje, že"; "… uděluje" where no holder is named.
        holder: full name as its owner writes it, or none.
        birth: the line below the name, or none.
        earned: "získává mikrocertifikát".
        title: title of the micro-credential, shortened where it is longer than a front can hold.
        facts: at most four.
        until: "Platí do 22. června 2031.", or none.
        seal: the seal on the data, or none before there is one.
        evidence: "Evidenční číslo …", or none.
        signatory: who signs, or none.
        address: where it is verified.
    """

    kind: Pair
    institution: Pair
    unit: Pair | None
    certifies: Pair
    holder: str | None
    birth: Pair | None
    earned: Pair
    title: Pair
    facts: tuple[Fact, ...]
    until: Pair | None
    seal: SealWords | None
    evidence: Pair | None
    signatory: Signatory | None
    address: VerifyAt


@attrs.frozen
class Verification:
    """How to verify, at the head of the supplement.

    Args:
        heading: "Ověření".
        how: per language of the certificate, its sentences on how to verify, in their order.
        code: what a reader who can't see it is told of the QR code, or none where there is no link.
    """

    heading: Pair
    how: tuple[tuple[Line, ...], ...]
    code: Pair | None


@attrs.frozen
class Row:
    """One element of the award.

    Args:
        number: its number in the order of Annex I, or none.
        label: what it is called.
        continued: what it is called where it goes on, on another page: "Výsledky učení (pokračování)".
        lines: one tuple a value: a text in each language of the certificate, in their order, the same twice where it is the
            same in both; or one text in another language alone, which says which one it is.
        ordinals: "1.", "2.", …, one for each line, empty where a line says its value in a further language; none where values aren't counted.
    """

    number: int | None
    label: Pair
    continued: Pair
    lines: tuple[tuple[Line, ...], ...]
    ordinals: tuple[str, ...] = ()


@attrs.frozen
class Table:
    """Elements under one heading.

    Args:
        key: of the view's section, such as `annex-i`.
        heading: its heading.
        numbered: whether its rows have numbers.
        rows: at least one.
        missing: a sentence that names elements that the award doesn't state, or none.
    """

    key: str
    heading: Pair
    numbered: bool
    rows: tuple[Row, ...]
    missing: Pair | None = None


@attrs.frozen
class Note:
    """A heading and a text: what the seal is, what a micro-credential is."""

    key: str
    heading: Pair
    text: Pair


@attrs.frozen
class Supplement:
    """Every statement of the award.

    Args:
        heading: "Dodatek".
        number: head of the column of numbers.
        element: head of the column of labels.
        columns: name of each language of the certificate, as heads of the columns of values.
        tables: in their order.
        notes: in their order.
        foot: what stands at the foot of each page beside its number.
    """

    heading: Pair
    number: Line
    element: Pair
    columns: tuple[Line, ...]
    verification: Verification | None
    tables: tuple[Table, ...]
    notes: tuple[Note, ...]
    foot: str


@attrs.frozen
class Plain:
    """Sentences of one subject in easy language, one statement each.

    Args:
        heading: "Co je v něm napsáno".
        sentences: in their order.
    """

    heading: Pair
    sentences: tuple[Pair, ...]


@attrs.frozen
class Copy:
    """What a copy, which nobody sealed, says of itself and of the sealed file that it was made from.

    Args:
        headline: in which the verification of that file ended, such as "Tento mikrocertifikát je platný".
        sound: whether it ended well; otherwise the headline is a warning.
        sentences: when it was verified, what the headline means, and what a copy can't prove.
        file: what the sealed file inside is called.
    """

    headline: Pair
    sound: bool
    sentences: tuple[Pair, ...]
    file: Pair


@attrs.frozen
class Certificate:
    """A certificate and its supplement.

    Args:
        languages: one or two, the leading one first.
        title: title of the whole document.
        author: who awards, as the author of the document.
        subject: what the disc on the front is drawn from, and what names the document besides its title: the identifier, or the
            title where there is none.
        dated: when the document is said to be made: the time that the seal claims, else the day of awarding, never the clock's;
            none where neither is known.
        front: the certificate.
        supplement: none for a picture of the front.
        test: "Zkušební mikrocertifikát, neplatí", where it is a test; else none.
        plain: what matters of it in easy language, for readers who want no more than that.
        copy: what was found of the sealed file, where this is a copy; none in a document that is to be sealed.
    """

    languages: tuple[str, ...]
    title: str
    author: str
    subject: str
    dated: date | datetime | None
    front: Front
    supplement: Supplement | None = None
    test: Pair | None = None
    plain: tuple[Plain, ...] = ()
    copy: Copy | None = None

    def texts(self) -> Iterator[str]:
        """Give every text of certificate and supplement; what is said in easy language is said instead of them."""
        yield from _texts(attrs.evolve(self, plain=()))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in cast("tuple[object, ...]", value):
            yield from _texts(part)
    elif attrs.has(type(value)):
        for field in attrs.fields(cast("type[attrs.AttrsInstance]", type(value))):
            yield from _texts(getattr(value, field.name))
