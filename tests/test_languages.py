"""A further language is a catalogue and nothing else.

A distribution made here carries one file, a catalogue in which every sentence of every member stands in brackets, under the
code of Esperanto. Then whatever a person reads is in brackets, but for what is no sentence of ours: data, names, days.
"""

from __future__ import annotations

import contextlib
import html
import io
import json
import re
import sys
from pathlib import Path

import attrs
import pypdfium2
import pytest
from babel import Locale
from litestar.testing import TestClient
from mikrocert.award import model
from mikrocert.certificate import certificates_of
from mikrocert.cli.app import run
from mikrocert.codelists import codelist, codelist_names
from mikrocert.kinds.institution import Branding
from mikrocert.kinds.renderer import Attachment
from mikrocert.report import Finding
from mikrocert.report.json import finding_to_json
from mikrocert.rules import rule_set
from mikrocert.service.system import System, open_system
from mikrocert.settings import load_settings
from mikrocert.texts import Message, Texts
from mikrocert.texts.typography import groups
from mikrocert_portal.app import create_app

ROOT = Path(__file__).parent.parent
OPEN, CLOSE = "«", "»"
WORD = re.compile(r"[^\W\d_]{2,}")
INNERMOST = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")


def _bracketed(sentences):
    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False)

    yield 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"\n'
    for text, plural in sentences:
        yield f"msgid {quoted(text)}\n"
        if plural is None:
            yield f"msgstr {quoted(OPEN + text + CLOSE)}\n\n"
        else:
            yield f"msgid_plural {quoted(plural)}\n"
            yield f"msgstr[0] {quoted(OPEN + text + CLOSE)}\nmsgstr[1] {quoted(OPEN + plural + CLOSE)}\n\n"


def _concepts():
    return [concept for name in codelist_names() for concept in codelist(name).concepts]


@pytest.fixture(scope="module")
def site(tmp_path_factory, catalogues) -> Path:
    """A place for packages with one distribution in it, which has a catalogue and no line of code."""
    site = tmp_path_factory.mktemp("site")
    package = site / "mikrocert_esperanto"
    folder = package / "locale/eo/LC_MESSAGES"
    folder.mkdir(parents=True)
    (package / "__init__.py").touch()
    found = {
        (sentence.text, sentence.plural)
        for member in catalogues.members()
        for sentence in catalogues.sentences(member)
    } | {(concept.name.text, None) for concept in _concepts()}
    (folder / "messages.po").write_text("".join(_bracketed(sorted(found, key=str))), "utf-8")
    about = site / "mikrocert_esperanto-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: mikrocert-esperanto\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[mikrocert]\nesperanto = mikrocert_esperanto\n")
    return site


@pytest.fixture(scope="module")
def system(demo: Path, site: Path):
    """The demo's system, which has found the language."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(site)
        with open_system(load_settings(demo / "mikrocert.toml", environment={})) as opened:
            yield opened


@pytest.fixture(scope="module")
def data(demo: Path) -> set[str]:
    """Words that are no sentences of ours: of exports, credentials, settings, code lists and the calendar."""
    texts = [
        file.read_text("utf-8")
        for file in [*demo.glob("*.jsonld"), *demo.glob("*.json"), *demo.glob("*.toml")]
    ]
    texts += [label for concept in _concepts() for label in concept.labels.values()]
    members = [field.name for kind in vars(model).values() if attrs.has(kind) for field in attrs.fields(kind)]
    texts += [*members, "JAdES PAdES"]  # paths of findings; kinds of seals
    for language in ("eo", "en"):
        months = Locale(language).months
        texts += [*months["format"]["wide"].values(), *months["stand-alone"]["wide"].values()]
    texts += [*Locale("eo").languages.values(), *Locale("eo").territories.values()]
    return {word.casefold() for text in texts for word in WORD.findall(text)}


def left_over(text: str, data: set[str], *, also: str = "") -> list[str]:
    """Return the words outside brackets that are no data."""
    while INNERMOST.search(text):
        text = INNERMOST.sub(" ", text)
    expected = data | {word.casefold() for word in WORD.findall(also)}
    return [word for word in WORD.findall(text) if word.casefold() not in expected]


def test_without_it_nothing_changes(demo: Path, catalogues, monkeypatch) -> None:
    """Where the distribution isn't installed, the language isn't offered; ours are. Another test may have installed it before."""
    without = [place for place in sys.path if not Path(place, "mikrocert_esperanto").exists()]
    monkeypatch.setattr(sys, "path", without)
    with open_system(load_settings(demo / "mikrocert.toml", environment={})) as system:
        assert system.texts.languages == catalogues.languages()
    finding = Finding.error("x", "this is mandatory and missing")
    assert tuple(finding_to_json(finding, texts=Texts())["message"]) == Texts().languages


def test_the_language_is_found(system: System, catalogues) -> None:
    """A distribution with a catalogue adds its language, under the name that it gives itself."""
    assert sorted(system.texts.languages) == sorted([*catalogues.languages(), "eo"])
    assert system.texts.name_of("eo") == f"{OPEN}English{CLOSE}"
    assert not [failure for failure in system.plugins.failures if failure.name == "esperanto"]


@pytest.mark.parametrize("rule", rule_set("CZ-HE-2024").rules, ids=lambda rule: rule.id)
def test_rules_speak_it(system: System, rule) -> None:
    """Each rule says its breach in the language."""
    assert system.texts.plain(Message(rule.message), "eo") == f"{OPEN}{rule.message}{CLOSE}"


def test_codes_are_called_in_it(system: System) -> None:
    """What a code is called comes from the catalogue where neither the list nor CLDR has a name in the language."""
    called = {*Locale("eo").languages.values(), *Locale("eo").territories.values()}
    names = [(system.texts.plain(concept.name, "eo"), concept.name.text) for concept in _concepts()]
    assert [(shown, name) for shown, name in names if shown not in called | {f"{OPEN}{name}{CLOSE}"}] == []
    assert system.texts.plain(codelist("language").get("en").name, "eo") == "angla"


def test_findings_in_json_have_it(system: System, demo: Path, sealed_file: Path) -> None:
    """Programs get every sentence in every language that is installed."""
    flipped = sealed_file.read_bytes().replace(b"payload", b"payloaf", 1)
    reports = [system.verify(sealed_file.read_bytes()), system.verify(flipped), system.verify(b"%PDF-1.7")]
    findings = [
        f for report in reports for f in (*report.unusable, *(f for r in report.results for f in r.findings))
    ]
    messages = [finding_to_json(finding, texts=system.texts)["message"] for finding in findings]
    assert messages
    assert all(tuple(message) == system.texts.languages for message in messages)
    assert [message["eo"] for message in messages if not message["eo"].startswith(OPEN)] == []


@pytest.fixture
def say(site: Path, own_demo: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs the program in a copy of the demo, in the language, and returns all that it says."""
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("COLUMNS", "4000")
    monkeypatch.chdir(own_demo)

    def call(*arguments: str) -> str:
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            run(
                [
                    *([] if "--config" in arguments else ["--config", "mikrocert.toml"]),
                    *arguments,
                    "--lang",
                    "eo",
                ]
            )
        assert "Traceback" not in output.getvalue()
        return output.getvalue()

    return call


COMMANDS = {  # arguments, FILE being a sealed file and ID its identifier → what is no sentence beside the data
    ("verify", "FILE"): "",
    ("verify", "is-mu-2026.json"): "",
    ("verify", "nothing-there"): "nothing-there",
    ("verify", "AAAAAAAAAAAA"): "",
    ("show", "ID"): "mu edc-v3",
    ("show", "AAAAAAAAAAAA"): "",
    ("issue", "nothing-there", "--institution", "mu"): "nothing-there",
    ("--config", "nothing.toml", "verify", "FILE"): "nothing.toml",
    ("--config", "wrong.toml", "verify", "FILE"): "wrong.toml",
}


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_the_terminal_speaks_it(say, own_demo: Path, data: set[str], arguments) -> None:
    """Answers on standard output and errors on standard error are in the language asked for."""
    (own_demo / "wrong.toml").write_text('base_url = "nonsense"\n')
    sealed = min(own_demo.glob("*.jsonld"))
    named = {"FILE": sealed.name, "ID": sealed.stem}
    shown = say(*(named.get(argument, argument) for argument in arguments))
    assert OPEN in shown
    program = "mikrocert jsonld"
    shown = "\n".join(line for line in shown.splitlines() if " · " not in line)  # codes, as in JSON
    assert left_over(shown, data, also=f"{program} {COMMANDS[arguments]} {_grouped(sealed.stem)}") == []


def test_refusals_speak_it(say, own_demo: Path, data: set[str]) -> None:
    """What is wrong with a record is told in the language, by intake and rules."""
    (export,) = own_demo.glob("is-mu-*.json")
    document = json.loads(export.read_text("utf-8"))
    document["zaznamy"] = [
        {**document["zaznamy"][0], "datum_narozeni": "1. 1. 26", "ects": "6,50,1", "email": 5}
    ]
    export.write_text(json.dumps(document), "utf-8")
    shown = say("issue", export.name, "--institution", "mu")
    assert shown.count(OPEN) > 3
    assert left_over(shown, data) == []


def _grouped(identifier: str) -> str:
    return f"{identifier} {' '.join(groups(identifier))}"


def _visible(page: str) -> str:
    page = re.sub(r"(?s)<style.*?</style>|<script.*?</script>|<svg.*?</svg>|<code.*?</code>", " ", page)
    named = re.findall(r'(?:alt|aria-label|title|placeholder)="([^"]*)"', page)
    return html.unescape(" ".join([re.sub(r"(?s)<[^>]+>", " ", page), *named])).replace("\u2060", "")


@contextlib.contextmanager
def _portal(system: System):
    with TestClient(create_app(system)) as client:
        yield client


PAGES = {  # path → what is no sentence beside the data
    "/": "",
    "/help": "",
    "/help/verify": "",
    "/help/answers": "",
    "/help/accessibility": "Digitální a informační agentura https www dia gov cz",
    "/help/glossary": "",
    "/verify/ID": "PDF JSON kB",
    "/verify/AAAAAAAAAAAA": "AAAAAAAAAAAA",
    "/no/such/page": "",
}


@pytest.mark.parametrize("path", PAGES)
def test_the_portal_speaks_it(system: System, sealed_file: Path, data: set[str], path: str) -> None:
    """Pages are in the language that the address or the browser asks for, and so is what they read out."""
    with _portal(system) as client:
        address = path.replace("ID", sealed_file.stem)
        chosen = client.get(f"{address}?lang=eo").text
        preferred = client.get(address, headers={"accept-language": "eo"}).text
    assert '<html lang="eo">' in chosen
    assert '<html lang="eo">' in preferred
    names = " ".join(
        system.texts.name_of(language) for language in system.texts.languages if language != "eo"
    )
    for page in (chosen, preferred):
        assert (
            left_over(
                _visible(page), data, also=f"{names} {PAGES[path]} {_grouped(sealed_file.stem)} ECTS EQF"
            )
            == []
        )


def test_the_certificate_speaks_it(system: System, sealed_file: Path, data: set[str]) -> None:
    """Every fixed word of certificate and supplement is in the language when it leads."""
    report = system.verify(sealed_file.read_bytes())
    view = attrs.evolve(report.view, languages=("eo", "xx"), test=False)
    attachment = Attachment(sealed_file.name, sealed_file.read_bytes(), "application/ld+json")
    certificates = certificates_of(view, texts=system.texts, file=attachment.name)
    pdf = system.renderer.document(certificates, attachment=attachment, branding=Branding())
    # A link is broken where its line ends, in the midst of the identifier.
    text = re.sub(r"\s*".join(sealed_file.stem), " ", _text(pdf))
    assert text.count(OPEN) > 30
    # The second language is not installed, so the statement in its column is English: "All claims in this credential …".
    # Its other words stand in the credentials; this one only by chance, in the letters of their pictures.
    assert left_over(text, data, also="jsonld xx kB All") == []


def _text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return " ".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()
