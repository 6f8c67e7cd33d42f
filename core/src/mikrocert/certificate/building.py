"""From what a person sees of a credential to what stands on its certificate."""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import attrs

from mikrocert.certificate.copies import copied
from mikrocert.certificate.model import (
    Certificate,
    Fact,
    Front,
    Line,
    Note,
    Pair,
    Row,
    Signatory,
    Supplement,
    Table,
    Verification,
    VerifyAt,
)
from mikrocert.certificate.plain import awarders_of, plain_parts
from mikrocert.certificate.seals import seal_words
from mikrocert.certificate.speech import Speech, usual_languages
from mikrocert.errors import RenderError, UnrenderableError
from mikrocert.report import Finding
from mikrocert.texts import LanguageMap, message
from mikrocert.texts.typography import NBSP, groups, plain_hyphens, tight_date

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import date, datetime

    from mikrocert.report import Figure, Item, Report, Section, View
    from mikrocert.texts import Texts, Value

__all__ = ["LARGEST", "LONGEST_TEXT", "certificate_of", "certificates_of", "front_of"]

LONGEST_TEXT = 8_000
"""Characters; as UTF-16 they stay below the 32,767 octets that PDF/A-3 (ISO 19005-3, 6.1.13) allows a string."""
LARGEST = 120_000
"""Characters of all texts together: some forty pages."""
_LONGEST_NAME, _LONGEST_TITLE, _LONGEST_VALUE, _LONGEST_CAPTION, _LONGEST_DOCUMENT = 180, 420, 60, 90, 600
"""Characters that a front holds of each; the supplement has all of them."""

_ANNEX_ELEMENTS = {
    1: message("learner"),
    2: message("title"),
    3: message("country and region"),
    4: message("awarding institution"),
    5: message("date of issuing"),
    6: message("learning outcomes"),
    7: message("notional workload"),
    8: message("level"),
    9: message("type of assessment"),
    10: message("form of participation"),
    11: message("quality assurance"),
    12: message("prerequisites"),
    13: message("supervision and identity verification"),
    14: message("grade achieved"),
    15: message("stackability"),
}
"""What the elements of Annex I are called in a sentence; without further information, which nobody misses."""


def certificate_of(
    view: View,
    *,
    languages: Sequence[str],
    texts: Texts,
    file: str | None = None,
    signatory: tuple[str, Value | None] | None = None,
    beside: Collection[str] = (),
    report: Report | None = None,
) -> Certificate:
    """Return what stands on the certificate of a view.

    Args:
        view: what is certified.
        languages: one or two, the leading one first.
        texts: the languages that are installed.
        file: name of the file that the document encloses; none makes a front alone.
        signatory: name and office of who signs, or none.
        beside: languages that other certificates of the same document are in, so that nothing is said in them here.
        report: what was found of the sealed file, for a copy; none for a document that is to be sealed.

    Raises:
        UnrenderableError: if a text or all of them are too long, a text holds a control character, or the link is none; names
            every such place.
    """
    speech = Speech(tuple(languages), texts)
    _check(view, speech)
    title = speech.pair(view.title)
    kind = speech.pair(message("Micro-credential"))
    named = f"{kind.lead.text}: {title.lead.text}" + (f" – {view.holder}" if view.holder else "")
    return Certificate(
        languages=speech.languages,
        title=_shortened(named, _LONGEST_DOCUMENT),
        author=speech.pair(view.awarding_body).lead.text,
        subject=view.identifier or title.lead.text,
        dated=_dated(view),
        front=_front(view, speech, signatory),
        supplement=None if file is None else _supplement(view, speech, file, beside=beside),
        test=speech.pair(message("Test micro-credential, not valid")) if view.test else None,
        plain=plain_parts(view, speech=speech),
        copy=None if report is None or file is None else copied(report, file=file, speech=speech),
    )


def certificates_of(
    view: View,
    *,
    texts: Texts,
    file: str,
    languages: Sequence[str] = (),
    separate: bool = False,
    signatory: tuple[str, Value | None] | None = None,
    report: Report | None = None,
) -> tuple[Certificate, ...]:
    """Return the certificates of a document: one, or one in each language where they don't stand side by side.

    Args:
        view: what is certified.
        texts: the languages that are installed.
        file: name of the file that the document encloses.
        languages: one or two, the leading one first; none means the usual ones.
        separate: whether each language has a certificate of its own.
        signatory: name and office of who signs, or none.
        report: what was found of the sealed file, for a copy; none for a document that is to be sealed.

    Raises:
        UnrenderableError: if what the view says can't be set.
        RenderError: if a language is not installed.
    """
    wanted = tuple(languages) or usual_languages(view)
    unknown = [language for language in wanted if language not in texts.languages]
    if unknown and languages:
        raise RenderError(
            message(
                "the institution wants certificates in {unknown:comma}; installed are {installed:comma}",
                unknown=unknown,
                installed=sorted(texts.languages),
            )
        )
    parts = [(language,) for language in wanted] if separate else [wanted]
    return tuple(
        certificate_of(
            view,
            languages=part,
            texts=texts,
            file=file,
            signatory=signatory,
            beside=wanted,
            report=report,
        )
        for part in parts
    )


def front_of(
    view: View, *, language: str, texts: Texts, signatory: tuple[str, Value | None] | None = None
) -> Certificate:
    """Return the certificate without supplement whose front is shown to readers of a language.

    Raises:
        UnrenderableError: if what the view says can't be set.
    """
    return certificate_of(view, languages=(language,), texts=texts, signatory=signatory)


def _texts_of(view: View, speech: Speech) -> Iterator[tuple[str, str]]:
    """Give every text of a view with the name of its place."""
    values: list[tuple[str, Value | None]] = [
        ("holder", view.holder),
        ("identifier", view.identifier),
        ("link", view.link),
        ("evidence_number", view.evidence_number),
        ("title", view.title),
        ("birth", view.birth),
        ("awarding_body", view.awarding_body),
        ("unit", view.unit),
    ]
    for figure in view.figures:
        values += [(figure.key, figure.value), (figure.key, figure.label)]
    for section in view.sections:
        values.append((section.key, section.heading))
        for item in section.items:
            values.append((item.key, item.label))
            values += [(item.key, value) for value in item.values]
    for place, value in values:
        if isinstance(value, LanguageMap):
            yield from ((place, text) for text in value.texts.values())
        elif value is not None:
            yield from ((place, speech.texts.plain(value, language)) for language in speech.languages)


def _unprintable(text: str) -> str | None:
    """Return the first character that stands for no mark on paper, or turns the letters after it around (UAX #9, 2.1 to 2.4)."""
    return next(
        (c for c in text if (c < " " and c not in "\t\n\r") or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff"
         or "\u202a" <= c <= "\u202e" or "\u2066" <= c <= "\u2069" or c in "\u2028\u2029\ufffe\uffff"),
        None,
    )  # fmt: skip


def _check(view: View, speech: Speech) -> None:
    """Refuse what can't be set on paper, every place of it at once."""
    faults: list[Finding] = []
    total = 0
    for place, text in _texts_of(view, speech):
        total += len(text)
        if len(text) > LONGEST_TEXT:
            faults.append(
                Finding.error(
                    "too-long",
                    "{count} characters; at most {most} can be set",
                    path=place,
                    count=len(text),
                    most=LONGEST_TEXT,
                )
            )
        if (found := _unprintable(text)) is not None:
            code = f"U+{ord(found):04X}"
            faults.append(
                Finding.error("unprintable", "{code} is no character that can be set", path=place, code=code)
            )
    if view.link is not None and not re.match(r"https?://[^\s/]", view.link):
        faults.append(
            Finding.error(
                "no-address",
                "'{link}' is no web address; https://… would be right",
                path="link",
                link=view.link[:80],
            )
        )
    if total > LARGEST:
        faults.append(
            Finding.error(
                "too-long",
                "all texts together have {count} characters; at most {most} can be set",
                count=total,
                most=LARGEST,
            )
        )
    if faults:
        raise UnrenderableError(
            [fault for number, fault in enumerate(faults) if fault not in faults[:number]]
        )


def _shortened(text: str, most: int) -> str:
    """Return the text, cut at a word where it is too long for a front; the supplement has all of it."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    return f"{cut[: cut.rfind(' ')] if cut.rfind(' ') > most // 2 else cut} …"


def _shortened_pair(pair: Pair, most: int) -> Pair:
    lead, *also = (attrs.evolve(line, text=_shortened(line.text, most)) for line in pair)
    return Pair(lead, *also)


def _dated(view: View) -> date | datetime | None:
    if view.seal is not None and view.seal.claimed_at is not None:
        return view.seal.claimed_at.astimezone(UTC)
    return view.awarded_on


def _front(view: View, speech: Speech, signatory: tuple[str, Value | None] | None) -> Front:
    body, joint = awarders_of(view)
    if view.holder:
        certifies = (
            message("{body} certify that", body=body)
            if joint
            else message("{body} certifies that", body=body)
        )
        earned = message("has earned the micro-credential")
    else:
        certifies = message("{body} award", body=body) if joint else message("{body} awards", body=body)
        earned = message("the micro-credential")
    return Front(
        kind=speech.pair(message("Micro-credential")),
        institution=speech.pair(view.awarding_body),
        unit=_worded(view.unit, speech),
        certifies=speech.pair(certifies),
        holder=_shortened(plain_hyphens(view.holder), _LONGEST_NAME) if view.holder else None,
        birth=_worded(view.birth, speech),
        earned=speech.pair(earned),
        title=_shortened_pair(speech.pair(view.title), _LONGEST_TITLE),
        facts=tuple(_fact(figure, speech) for figure in view.figures[:4]),
        until=speech.pair(message("Valid until {day:long}.", day=view.valid_until))
        if view.valid_until
        else None,
        seal=seal_words(view.seal, speech=speech) if view.seal else None,
        evidence=speech.pair(message("Record number {number}", number=view.evidence_number))
        if view.evidence_number
        else None,
        signatory=None if signatory is None else Signatory(signatory[0], _worded(signatory[1], speech)),
        address=_address(view, speech),
    )


def _worded(value: Value | None, speech: Speech) -> Pair | None:
    return None if value is None else speech.pair(value)


def _fact(figure: Figure, speech: Speech) -> Fact:
    value = _shortened_pair(speech.pair(figure.value), _LONGEST_VALUE)
    return Fact(
        figure.key,
        Pair(*(attrs.evolve(line, text=tight_date(line.text)) for line in value)),
        _shortened_pair(speech.pair(figure.label), _LONGEST_CAPTION),
    )


def _address(view: View, speech: Speech) -> VerifyAt:
    where = None
    if view.link is not None:
        parts = urlsplit(view.link)
        path = parts.path if view.identifier is None else parts.path.removesuffix(view.identifier).rstrip("/")
        where = speech.pair(message("Verify at {address}", address=f"{parts.netloc}{path}"))
    return VerifyAt(view.link, _grouped(view.identifier), where)


def _grouped(identifier: str | None) -> str | None:
    return None if identifier is None else NBSP.join(groups(identifier))


def _lines(value: Value, speech: Speech, *, beside: Collection[str]) -> Iterator[tuple[Line, ...]]:
    """Give a value in the languages of the certificate, then in its other ones, if it has any."""
    row = speech.row(value)
    yield row
    if isinstance(value, LanguageMap):
        shown = {*speech.languages, row[0].language, *beside}
        for language in value:
            if language not in shown:
                yield (Line(language, f"{speech.texts.name_of(language)}: {value.texts[language]}"),)


def _row(item: Item, speech: Speech, *, beside: Collection[str]) -> Row:
    values = [tuple(_lines(value, speech, beside=beside)) for value in item.values]
    counted = item.key == "outcomes" and len(values) > 1
    return Row(
        number=item.number,
        label=speech.pair(item.label),
        continued=speech.pair(message("{label} (continued)", label=item.label)),
        lines=tuple(cells for lines in values for cells in lines),
        ordinals=tuple(
            f"{number}." if first else ""
            for number, lines in enumerate(values, start=1)
            for first in [True, *[False] * (len(lines) - 1)]
        )
        if counted
        else (),
    )


def _missing(section: Section, speech: Speech) -> Pair | None:
    present = {item.number for item in section.items if item.values}
    absent = [name for number, name in _ANNEX_ELEMENTS.items() if number not in present]
    if section.key != "annex-i" or not absent:
        return None
    return speech.pair(message("Not stated by the micro-credential: {elements:comma}.", elements=absent))


def _table(section: Section, speech: Speech, *, without: frozenset[str], beside: Collection[str]) -> Table:
    rows = tuple(
        _row(item, speech, beside=beside) for item in section.items if item.values and item.key not in without
    )
    return Table(
        key=section.key,
        heading=speech.pair(section.heading),
        numbered=any(row.number is not None for row in rows),
        rows=rows,
        missing=_missing(section, speech),
    )


def _verification(view: View, speech: Speech) -> Verification | None:
    if view.link is None and view.identifier is None:
        return None
    how: list[tuple[Line, ...]] = []
    if view.link and view.identifier:
        site = urlsplit(view.link).netloc
        enter = message("Scan the code, open the link, or enter the identifier at {site}.", site=site)
        how += zip(speech.pair(enter), speech.pair(message("Letter case matters.")), strict=True)
    elif view.link:
        how += ((line,) for line in speech.pair(message("Scan the code or open the link.")))
    code = None if view.link is None else speech.pair(message("QR code with the link {link}", link=view.link))
    return Verification(speech.pair(message("Verification")), tuple(how), code)


def _notes(view: View, speech: Speech, file: str) -> Iterator[Note]:
    seal = seal_words(view.seal, speech=speech) if view.seal else None
    if seal is not None and seal.sentence is not None:
        yield Note("seal", speech.pair(message("Seal")), seal.sentence)
    about = message(
        "A micro-credential proves the learning outcomes of a short learning experience. The sealed data file {file} is attached to this document and can be verified on its own.",
        file=file,
    )
    yield Note("about", speech.pair(message("About")), speech.pair(about))


def _foot(view: View, speech: Speech) -> str:
    body, identifier = speech.pair(view.awarding_body).lead.text, _grouped(view.identifier) or ""
    if view.test:
        warning = [line.text for line in speech.pair(message("TEST, NOT VALID"))]
        return " · ".join(part for part in (*warning, body, identifier) if part)
    foot = message("{body} · micro-credential {identifier}", body=body, identifier=identifier)
    return speech.pair(foot).lead.text.rstrip()


def _supplement(view: View, speech: Speech, file: str, *, beside: Collection[str]) -> Supplement:
    # What stands large at the head of the page is not said again in its tables.
    headline = frozenset(
        key for key, value in (("identifier", view.identifier), ("link", view.link)) if value
    )
    return Supplement(
        heading=speech.pair(message("Supplement")),
        number=speech.pair(message("No.")).lead,
        element=speech.pair(message("Element")),
        columns=tuple(Line(language, speech.texts.name_of(language)) for language in speech.languages),
        verification=_verification(view, speech),
        tables=tuple(
            _table(section, speech, without=headline, beside=beside)
            for section in view.sections
            if any(item.values and item.key not in headline for item in section.items)
        ),
        notes=tuple(_notes(view, speech, file)),
        foot=_foot(view, speech),
    )
