"""The parts of the portal by themselves: guard, typography, words."""

from __future__ import annotations

from datetime import UTC, date, datetime

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.report import File, FileKind, Finding, Report
from mikrocert.texts import LanguageMap, Message, Texts, message
from mikrocert.texts.formatting import day, moment, size
from mikrocert.texts.typography import groups
from mikrocert_portal.answers import Answers, FileAnswer
from mikrocert_portal.guarding import Guard, client_key
from mikrocert_portal.pages import downloads_of, in_its_language, say, sentence, site_name

TEXTS = Texts(["mikrocert_portal"])


# Guard


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def a_guard(clock, *, clients=10):
    return Guard(misses=3, seconds=10, clients=clients, clock=clock)


def test_misses_run_out_and_come_back():
    """Three at once, then one every ten seconds."""
    clock = Clock()
    guard = a_guard(clock)
    assert [guard.miss("a") for _ in range(4)] == [0, 0, 0, 10]
    clock.now = 4
    assert guard.miss("a") == pytest.approx(6)
    clock.now = 10
    assert guard.miss("a") == 0
    assert guard.miss("a") == pytest.approx(10)
    clock.now = 1000
    assert [guard.miss("a") for _ in range(4)] == [0, 0, 0, 10]


def test_one_client_does_not_pay_for_another():
    """Buckets are separate."""
    guard = a_guard(Clock())
    for _ in range(4):
        guard.miss("a")
    assert guard.miss("b") == 0


def test_only_so_many_clients_are_remembered():
    """The bucket unused for longest is forgotten; the busy one is kept."""
    guard = a_guard(Clock(), clients=2)
    for _ in range(4):
        guard.miss("a")
    guard.miss("b")
    guard.miss("a")
    guard.miss("c")
    assert guard.miss("a") > 0
    assert len(guard._buckets) == 2


@given(st.lists(st.sampled_from(["miss", "wait"]), max_size=60))
def test_a_bucket_never_holds_more_than_its_fill(steps):
    """Whatever the order of misses and time, a client never gets more than a full bucket at once."""
    clock = Clock()
    guard = a_guard(clock)
    for step in steps:
        if step == "wait":
            clock.now += 7
        else:
            guard.miss("a")
    granted = sum(guard.miss("a") == 0 for _ in range(10))
    assert granted <= 3


# Answers kept


def test_an_answer_is_there_for_a_time():
    """Under a name that nobody can guess, and not a second longer."""
    clock = Clock()
    answers = Answers(octets=100, seconds=10, clock=clock)
    name, other = answers.keep("report"), answers.keep("other")
    assert (answers.get(name), answers.get(other), answers.get("x")) == ("report", "other", None)
    assert name != other
    assert len(name) >= 32
    clock.now = 10
    assert answers.get(name) is None
    assert answers._kept == {}


@given(st.lists(st.integers(0, 1200), max_size=30))
def test_answers_take_only_so_much_room(sizes):
    """The oldest make room, whatever each takes itself."""
    answers = Answers(octets=1000, seconds=10, clock=Clock())
    names = [answers.keep("a" * size) for size in sizes]
    kept = [size for name, size in zip(names, sizes, strict=True) if answers.get(name) is not None]
    assert sum(kept) <= 1000
    assert kept == sizes[len(sizes) - len(kept) :]


def test_what_little_files_are_answered_takes_no_more_room_than_there_is():
    """Of a file of one octet there is as much to say as of a large one, and as many can be sent as somebody likes."""
    report = Report(
        at=datetime(2026, 11, 30, tzinfo=UTC), unusable=(Finding.error("too-little", "x" * 1000),)
    )
    answers = Answers(octets=100_000, seconds=10, clock=Clock())
    names = [answers.keep(FileAnswer(report, "0" * 64)) for _ in range(1000)]
    assert answers.get(names[-1]) == FileAnswer(report, "0" * 64)
    assert sum(answers.get(name) is not None for name in names) <= 100


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_a_client_is_an_address_or_a_network_of_its_own(host, key):
    """Who owns a /64 owns all its addresses."""
    assert client_key(host) == key


# Typography


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("v jazyce i v praxi", "cs", "v~jazyce i~v~praxi"),
        ("A to je vše (s daty)", "cs", "A~to je vše (s~daty)"),
        ("dne 22. 6. 2026", "cs", "dne 22.~6.~2026"),
        ("22. června 2026", "cs", "22.~června 2026"),
        ("6 kreditů ECTS, tj. 150 hodin", "cs", "6~kreditů~ECTS, tj.~150~hodin"),
        ("ve 14:05 ve škole", "cs", "ve~14:05 ve škole"),
        ("EQF 7 podle § 60", "cs", "EQF~7 podle §~60"),
        ("vůz a vůl", "cs", "vůz a~vůl"),
        ("EQF 7 and 6 ECTS", "en", "EQF~7 and 6~ECTS"),
        ("v jazyce", "eo", "v jazyce"),
        ("ISCED-F, QF-EHEA, Frýdek-Místek", "cs", "ISCED-|F, QF-|EHEA, Frýdek-Místek"),
    ],
)
def test_lines_do_not_break_where_they_must_not(text, language, expected):
    """No-break spaces stand where the rules of each language want them."""
    assert say(text, TEXTS, language) == expected.replace("~", "\u00a0").replace("|", "\u2060")


def plain(text):
    return text.replace("\u00a0", " ").replace("\u2060", "")


@given(st.text(), st.sampled_from(["cs", "en", "de"]))
def test_typography_changes_spaces_only(text, language):
    """Nothing but the kind of a space, and whether a line may end at a hyphen, ever changes."""
    assert plain(say(text, TEXTS, language)) == plain(text)


@pytest.mark.parametrize(
    ("hour", "czech", "english"),
    [
        (0, "v~1:05", "at~1:05~CET"),
        (1, "ve~2:05", "at~2:05~CET"),
        (13, "ve~14:05", "at~14:05~CET"),
        (14, "v~15:05", "at~15:05~CET"),
        (19, "ve~20:05", "at~20:05~CET"),
    ],
)
def test_times_are_those_of_prague(hour, czech, english):
    """Czech says v or ve as the number is read; English names the zone."""
    value = datetime(2026, 11, 23, hour, 5, tzinfo=UTC)
    assert moment(value, "cs", style="long") == f"23.~listopadu 2026 {czech}".replace("~", "\u00a0")
    assert moment(value, "en", style="long") == f"23~November 2026 {english}".replace("~", "\u00a0")


def test_days_sizes_and_identifiers_are_written_for_people():
    """Long dates, decimal comma, groups of four."""
    assert day(date(2026, 6, 22), "cs", style="long") == "22.\u00a0června 2026"
    assert day(date(2026, 6, 22), "en") == "22\u00a0June 2026"
    assert [size(octets, "cs") for octets in (10, 96_009, 1_250_000)] == [
        "1\u00a0kB",
        "96\u00a0kB",
        "1,2\u00a0MB",
    ]
    assert size(1_250_000, "en") == "1.2\u00a0MB"
    assert groups("K7mQx4Rt9bHz") == ("K7mQ", "x4Rt", "9bHz")


# Words


def test_czech_has_three_plurals():
    """1 sekundu, 2 sekundy, 5 sekund."""
    key = "Several identifiers from your address were wrong. Please try again in %(count)s second"
    asked = [Message(f"{key}.", {"count": number}, f"{key}s.") for number in (1, 2, 5)]
    texts = [TEXTS.say(message, "cs") for message in asked]
    assert [text.split()[-1] for text in texts] == ["sekundu.", "sekundy.", "sekund."]


@pytest.mark.parametrize(
    ("base_url", "name", "expected"),
    [
        ("https://mikrocertifikat.cz", None, "Mikrocertifikat.cz"),
        ("https://mikrocertifikat.cz", "Ověřovna", "Ověřovna"),
        ("http://127.0.0.1:8000", None, None),
        ("http://localhost:8000", None, None),
    ],
)
def test_the_site_is_named_by_its_host_unless_settings_say_otherwise(make_system, base_url, name, expected):
    """An address in digits is no name."""
    assert site_name(make_system(base_url=base_url).settings, name=name) == expected


CREDENTIAL, CERTIFICATE = FileKind.CREDENTIAL, FileKind.CERTIFICATE
OFFERED = {  # files (format, kind, media type, suffix) → what each is offered as: address, name, form
    "one format": (
        [("a", CREDENTIAL, "application/ld+json", ".jsonld"), ("a", CERTIFICATE, "application/pdf", ".pdf")],
        [("ID.jsonld", "ID.jsonld", "JSON"), ("certificate.pdf", "ID.pdf", "PDF")],
    ),
    "two that people call the same": (
        [("a", CREDENTIAL, "application/ld+json", ".jsonld"), ("b", CREDENTIAL, "application/vnd.b+json", ".b.json")],
        [("ID.jsonld", "ID.jsonld", ".jsonld"), ("ID.b.json", "ID.b.json", ".b.json")],
    ),
    "two with the same suffix": (
        [("a", CERTIFICATE, "application/pdf", ".pdf"), ("b", CERTIFICATE, "application/pdf", ".pdf")],
        [("certificate.a.pdf", "ID.a.pdf", ".a.pdf"), ("certificate.b.pdf", "ID.b.pdf", ".b.pdf")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OFFERED)
def test_downloads_are_told_apart(name):
    """Every file of a credential has an address and a name of its own, and is called so that people know which is which."""
    files, offered = OFFERED[name]
    downloads = downloads_of([File(*members, b"") for members in files], "ID")
    assert [(one.address, one.name, one.form) for one in downloads] == offered


OUTSIDE = {  # text from a file → how it stands in a page
    "Univerzita Řípská": "Univerzita Řípská",
    "\u202eabc": "\u202eabc",
    "\u2069\u202eabc": "\u2069\u202eabc",
    "אוניברסיטה": "אוניברסיטה",
    "</bdi><b>": "&lt;/bdi&gt;&lt;b&gt;",
    "a\ue000b\ue001": "ab",
}


@pytest.mark.parametrize("text", OUTSIDE)
def test_text_from_outside_is_isolated(text):
    """Whatever direction it has or forces, and however deep in a sentence, it stays inside an element of its own."""
    inside = f"<bdi>{OUTSIDE[text]}</bdi>"
    for value in (text, LanguageMap.of(text, text)):
        assert sentence(value, Texts(), "en") == inside
        body = message("by {body}", body=value)
        assert sentence(message("Awarded {by}.", by=body), Texts(), "en") == f"Awarded by {inside}."
        both = message("{names}", names=[value, value])
        assert sentence(both, Texts(), "en") == f"{inside} and {inside}"


CZECH, SLOVAK_TOO = LanguageMap({"cs": "Mosty"}), LanguageMap({"cs": "Mosty", "sk": "Mostíky"})
UNTRANSLATED = message("there is no such sentence: {it}", it=SLOVAK_TOO)
NAMED = message("passed")
PARTS = {  # a value → how it stands in a Slovak page
    "what came in Slovak": (SLOVAK_TOO, "<bdi>Mostíky</bdi>"),
    "what came in Czech": (CZECH, '<span lang="cs"><bdi>Mosty</bdi></span>'),
    "what came in Czech, in a sentence of ours": (message("grade: {words}", words=CZECH), 'hodnotenie: <bdi lang="cs">Mosty</bdi>'),
    "both, joined": (message("{a} ({b})", a=CZECH, b=NAMED), '<bdi lang="cs">Mosty</bdi> (vyhovuje)'),
    "a sentence that isn't translated": (UNTRANSLATED, '<span lang="en">there is no such sentence: <bdi lang="sk">Mostíky</bdi></span>'),
    "such a sentence, joined": (message("{a}; {b}", a=NAMED, b=UNTRANSLATED), 'vyhovuje; <span lang="en">there is no such sentence: <bdi lang="sk">Mostíky</bdi></span>'),
    "such a sentence with a capital": (message("{it:capital}", it=UNTRANSLATED), '<span lang="en">There is no such sentence: <bdi lang="sk">Mostíky</bdi></span>'),
    "a list": ([CZECH, NAMED], '<bdi lang="cs">Mosty</bdi> a\N{NO-BREAK SPACE}vyhovuje'),
    "a text that looks like a mark": (LanguageMap({"cs": "\ue000\ue065\ue06e\ue004x\ue003"}), '<span lang="cs"><bdi>\ue065\ue06ex</bdi></span>'),
}  # fmt: skip


@pytest.mark.parametrize("name", PARTS)
def test_every_part_says_its_language(name):
    """What isn't in the language of the page is marked with its own, and nothing else is (WCAG 2.2, 3.1.2)."""
    value, shown = PARTS[name]
    assert in_its_language(value, Texts(), "sk") == shown


# Pages that were written before


def test_a_page_is_written_once_for_a_report(reports):
    """For each language, and anew for another report, even one that says the same; the oldest make room."""
    from mikrocert_portal.page_cache import PageCache

    pages, calls = PageCache(2), []

    def asked(key, report):
        return pages.get(key, report, write=lambda: calls.append(key) or f"{key} {len(calls)}")

    report, again = reports["valid"], attrs.evolve(reports["valid"])
    assert [asked("cs", report), asked("en", report), asked("cs", report)] == ["cs 1", "en 2", "cs 1"]
    assert asked("cs", again) == "cs 3"
    assert asked("de", report) == "de 4"
    assert [asked("cs", again), asked("en", report)] == ["cs 3", "en 5"]
