"""What stands on a certificate, in which words and languages, and the disc on it."""

from __future__ import annotations

import re
import struct
from datetime import UTC, date, datetime
from itertools import permutations
from xml.etree import ElementTree as ET

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.award import Grade
from mikrocert.certificate import Line, certificate_of, certificates_of, front_of, media_type_of, rosette
from mikrocert.errors import RenderError, UnrenderableError
from mikrocert.kinds.institution import Branding
from mikrocert.report import Item, SealInfo, SealQuality, Section
from mikrocert.service.verifying.viewing import view_of
from mikrocert.testing import example_award, example_owner, example_view
from mikrocert.texts import LANGUAGES, LanguageMap, Texts

of = LanguageMap.of
SVG = "{http://www.w3.org/2000/svg}"
TEXTS = Texts()
FILE = "K7mQx4Rt9bHz.jsonld"


def made(*, languages=LANGUAGES, file=FILE, **changes):
    """Return the certificate of the example, changed as the arguments say."""
    return certificate_of(
        attrs.evolve(example_view(), **changes), languages=languages, texts=TEXTS, file=file
    )


def rows_of(value, *, languages=LANGUAGES, key="x"):
    """Return how one value stands in the supplement."""
    section = Section("annex-i", of("Údaje", "Elements"), (Item(key, of("Údaj", "Element"), value, 1),))
    [table] = made(languages=languages, sections=(section,)).supplement.tables
    return table.rows[0]


def test_each_language_has_its_column():
    """A value in both languages stands in both columns, one that is the same in both stands twice, and further languages below."""
    assert rows_of((of("dálkově", "by distance"),)).lines == (
        (Line("cs", "dálkově"), Line("en", "by distance")),
    )
    assert rows_of(("0613",)).lines == ((Line("cs", "0613"), Line("cs", "0613")),)
    german = LanguageMap({"cs": "včely", "en": "bees", "de": "Bienen"})
    assert rows_of((german,)).lines[1] == (Line("de", "Deutsch: Bienen"),)


def test_what_needs_no_translation_keeps_no_sentence_from_it():
    """A town and a scale that came in Czech alone: what is said around them is English in the English column, and on the front."""
    award = example_award()
    grade = Grade("A", of("A–F"), of("výborně", "excellent"))
    assessment = attrs.evolve(award.assessments[0], grade=grade)
    view = view_of(attrs.evolve(award, place=of("Řípec"), assessments=(assessment,)))
    certificate = certificate_of(view, languages=LANGUAGES, texts=TEXTS, file=FILE)
    rows = [row for table in certificate.supplement.tables for row in table.rows]
    lines = [tuple(line.text.replace("\u00a0", " ") for line in cells) for row in rows for cells in row.lines]
    assert ("22. června 2026, Řípec", "22 June 2026, Řípec") in lines
    assert ("A – výborně; stupnice A–F", "A – excellent; scale A–F") in lines
    dated = next(fact for fact in certificate.front.facts if fact.key == "date")
    assert dated.caption.also == Line("en", "date and place of issuing: Řípec")


def test_outcomes_are_counted_in_whatever_languages_they_stand():
    """Each has its ordinal once; a line that says it in a further language has none, and one outcome alone is not counted."""
    outcomes = (of("Navrhuje úly", "Designs hives"), of("Učí včelaře", "Teaches beekeepers"))
    assert rows_of(outcomes, key="outcomes").ordinals == ("1.", "2.")
    assert rows_of(outcomes, key="outcomes", languages=("en",)).ordinals == ("1.", "", "2.", "")
    assert rows_of(outcomes[:1], key="outcomes").ordinals == ()
    assert rows_of(outcomes).ordinals == ()


def test_one_language_stands_alone():
    """A certificate in one language has one column, and no second line anywhere."""
    certificate = made(languages=("cs",))
    assert rows_of((of("dálkově", "by distance"),), languages=("cs",)).lines[0] == (Line("cs", "dálkově"),)
    assert certificate.front.title.also is None
    assert "certifies" not in " ".join(certificate.texts())
    assert [column.text for column in certificate.supplement.columns] == ["Česky"]


def test_two_languages_side_by_side_or_one_after_the_other():
    """One certificate in both, or one in each."""
    view = example_view()
    [together] = certificates_of(view, texts=TEXTS, file=FILE)
    assert together.languages == ("cs", "en")
    apart = certificates_of(view, texts=TEXTS, file=FILE, languages=("en", "cs"), separate=True)
    assert [certificate.languages for certificate in apart] == [("en",), ("cs",)]
    assert not [text for text in apart[0].texts() if "Česky:" in text]


@pytest.mark.parametrize("languages", [*permutations(TEXTS.languages, 2)], ids="-".join)
def test_any_two_languages_that_are_installed_stand_side_by_side(languages):
    """Whatever is ours on a certificate is in the language of its column, and no third one comes in."""
    link = example_view().link
    view = attrs.evolve(view_of(example_award()), identifier=link[-12:], link=link)
    supplement = certificate_of(view, languages=languages, texts=TEXTS, file=FILE).supplement
    assert [column.text for column in supplement.columns] == [TEXTS.name_of(code) for code in languages]
    ours = [
        supplement.heading,
        supplement.element,
        supplement.verification.heading,
        supplement.verification.code,
    ]
    ours += [pair for note in supplement.notes for pair in (note.heading, note.text)]
    ours += [
        pair for table in supplement.tables for pair in (table.heading, *(row.label for row in table.rows))
    ]
    assert {pair.lead.language for pair in ours} == {languages[0]}
    assert {pair.also.language for pair in ours if pair.also} == {languages[1]}
    columns = [{line.language for line in lines} for lines in supplement.verification.how]
    assert columns == [{language} for language in languages]


def test_a_language_that_is_not_installed_is_told():
    """The institution asked for it; what there is, is named."""
    with pytest.raises(RenderError, match="certificates in qq; installed are cs, en"):
        certificates_of(example_view(), texts=TEXTS, file=FILE, languages=("cs", "qq"))


@pytest.mark.parametrize(
    ("languages", "fault"),
    [(("cs", "cs"), "cs, cs is one language twice"), (("cs", "en", "de"), "languages")],
)
def test_an_institution_has_one_language_or_two_different_ones(languages, fault):
    with pytest.raises(ValueError, match=fault):
        Branding(languages=languages)


def test_a_front_is_in_the_language_of_its_reader():
    """It has no supplement."""
    front = front_of(example_view(), language="en", texts=TEXTS)
    assert front.languages == ("en",)
    assert front.supplement is None
    assert front.front.kind.lead == Line("en", "Micro-credential")


def test_a_front_alone_can_be_verified():
    """It says where, and has identifier and link, however it is drawn."""
    address = made(
        identifier="K7mQx4Rt9bHz", link="https://mikrocert.example/verify/K7mQx4Rt9bHz"
    ).front.address
    assert address.link == "https://mikrocert.example/verify/K7mQx4Rt9bHz"
    assert address.identifier == "K7mQ\u00a0x4Rt\u00a09bHz"
    assert [line.text for line in address.where] == [
        "Ověřte na mikrocert.example/verify",
        "Verify at mikrocert.example/verify",
    ]
    nothing = made(identifier=None, link=None)
    assert (nothing.front.address.link, nothing.front.address.where) == (None, None)
    assert nothing.supplement.verification is None


def test_the_time_of_the_seal_says_what_it_is():
    """It doesn't look like a second day of awarding; and it is the document's time."""
    at = datetime(2026, 6, 22, 12, 5, tzinfo=UTC)
    certificate = made(seal=SealInfo("JAdES", "B-B", example_owner(), at, SealQuality.TEST))
    assert [line.text.replace("\u00a0", " ") for line in certificate.front.seal.sealed] == [
        "Zapečetěno 22. 6. 2026 ve 14:05 SELČ",
        "Sealed 22 June 2026 at 14:05 CEST",
    ]
    assert certificate.dated == at
    assert made(seal=None, awarded_on=date(2026, 6, 22)).dated == date(2026, 6, 22)


def test_a_row_says_what_it_goes_on_with():
    """On the next page its label stands again."""
    row = rows_of((of("a", "b"),))
    assert [line.text for line in row.continued] == ["Údaj (pokračování)", "Element (continued)"]


def test_every_place_that_can_not_be_set_is_told():
    """Characters that paper can't hold, texts without end, and a link that is none."""
    with pytest.raises(UnrenderableError) as caught:
        made(holder="Ďur\x07", title=of("ů" * 8_001, "Bees"), birth="\u2028", link="ripska.example")
    found = [(finding.code, finding.path) for finding in caught.value.findings]
    assert found == [
        ("unprintable", "holder"),
        ("too-long", "title"),
        ("unprintable", "birth"),
        ("no-address", "link"),
    ]


@pytest.mark.parametrize("code", [*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
def test_letters_are_not_turned_around(code):
    """A name that would stand on paper otherwise than in the data is refused; marks of direction turn nothing around."""
    with pytest.raises(UnrenderableError) as caught:
        made(holder=f"Ota {chr(code)}mulob")
    assert [(finding.code, finding.path) for finding in caught.value.findings] == [("unprintable", "holder")]
    assert made(holder="דוד \u200fבן\u200e גוריון")


def test_texts_are_all_that_is_drawn():
    """Who draws can ask of all characters at once."""
    texts = set(made(unit=of("Fakulta křehkých věcí", "Faculty of Fragile Things")).texts())
    assert {"Fakulta křehkých věcí", "Micro-credential", "Dodatek"} <= texts


def svg(inside="", *, root="svg", attributes=""):
    """Return a small SVG."""
    return (
        f'<{root} xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9"{attributes}>'
        f"{inside}</{root}>"
    ).encode()


def png(width, height):
    """Return the octets of a PNG that says it has this size; nothing of it is unpacked."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + bytes(4) + bytes(4) + b"IEND\xaeB`\x82"


@pytest.mark.parametrize(
    ("mark", "media_type"),
    [
        (png(400, 100), "image/png"),
        (svg('<rect width="9" height="9" fill="#0a0"/>'), "image/svg+xml"),
        (
            svg('<defs><path id="a" d="M0 0"/></defs><use xlink:href="#a"/><g fill="url(#a)"/>'),
            "image/svg+xml",
        ),
        (svg("<style>g { fill: url( '#ů' ) }</style>"), "image/svg+xml"),
    ],
    ids=["PNG", "SVG", "inner references", "style"],
)
def test_marks_are_png_or_svg(mark, media_type):
    assert media_type_of(mark) == media_type


REFUSED = {  # mark → why it is refused
    "neither": (b"GIF89a", "neither PNG nor well-formed SVG"),
    "nothing": (b"", "neither PNG nor well-formed SVG"),
    "other XML": (b"<html/>", "neither PNG nor SVG"),
    "another root": (svg(root="g"), "neither PNG nor SVG"),
    "half a PNG": (png(9, 9)[:-9], "damaged PNG"),
    "a bomb of pixels": (png(100_000, 100_000), "100000 × 100000 pixels"),
    "no pixel": (png(0, 9), "0 × 9 pixels"),
    "37 MB": (svg("ů" * 18_500_000), "37000107 octets"),
    "too many elements": (svg("<g/>" * 5_000), "more than 5000 elements"),
    "script": (svg("<script/>"), "the element 'script'"),
    "HTML inside": (svg("<foreignObject/>"), "the element 'foreignObject'"),
    "deed": (svg(attributes=' onload="x()"'), "the attribute 'onload'"),
    "picture elsewhere": (
        svg('<image href="https://zly.example/a.png"/>'),
        "refers to 'https://zly.example/a.png'",
    ),
    "file": (svg('<image xlink:href="file:///etc/passwd"/>'), "refers to 'file:///etc/passwd'"),
    "data inside": (svg('<image href="data:image/png;base64,AA"/>'), "refers to 'data:"),
    "address in a style": (svg('<g style="fill:url(//zly.example/x)"/>'), "refers to 'url"),
    "address in a sheet": (svg("<style>@im&#112;ort 'x';</style>"), "refers to '@import'"),
    "entities": (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("&a;"), "document type"),
    "instruction": (b'<?xml-stylesheet href="a"?>' + svg(), "document type or processing instruction"),
    "not closed": (svg()[:-3], "neither PNG nor well-formed SVG"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_no_other_mark_is_let_in(name):
    """What isn't drawn at once, or reaches out, is refused before anybody draws it."""
    mark, why = REFUSED[name]
    with pytest.raises(RenderError, match=re.escape(why)):
        media_type_of(mark)


@pytest.mark.system
@given(seed=st.text(max_size=20), fine=st.booleans())
def test_any_seed_gives_a_rosette_that_fills_its_disc(seed, fine):
    """All points of all curves lie inside the disc, the outermost at its rim, and the same seed gives the same drawing."""
    drawing = rosette(seed, colour="#0000DC", fine=fine)
    assert drawing == rosette(seed, colour="#0000DC", fine=fine)
    ends = []
    for path in ET.fromstring(drawing).iter(f"{SVG}path"):
        numbers = [float(n) for n in path.get("d").translate(str.maketrans("MCZ", "   ")).split()]
        ends += list(zip(numbers[::2], numbers[1::2], strict=True))[::3]
    assert all(x * x + y * y < 96 * 96 for x, y in ends)
    assert any(x * x + y * y > 92 * 92 for x, y in ends)


def test_identifiers_give_different_rosettes():
    """Two certificates do not look alike."""
    assert len({rosette(f"K7mQx4Rt9bH{end}", colour="#0000DC") for end in "abcdefghjk"}) == 10
