"""Statements about verifications, made for real by a sandbox: what they say, who seals them, and that they are no credentials."""

from __future__ import annotations

import json
import subprocess
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import attrs
import pytest
from mikrocert.archive.logged import Head
from mikrocert.errors import RenderError, SettingsError, UnknownStatement
from mikrocert.kinds.renderer import Attachment
from mikrocert.report import (
    CredentialStatus,
    Headline,
    Outcome,
    SealInfo,
    SealOwner,
    SealQuality,
    StatusValue,
    Verdict,
    headline_of,
)
from mikrocert.service.doctor.examining import examine
from mikrocert.service.keeping.public_log import PublicLog
from mikrocert.service.system import open_system
from mikrocert.service.verifiers import statements as statements_room
from mikrocert.service.verifiers.statements import opened_statements, paper_of, statement_to_json
from mikrocert.settings import load_settings
from mikrocert.testing import example_paper
from mikrocert_institution_mu import example

from tests.conftest import Program

RENDERERS = ("weasyprint", "typst")
"""Those that draw statements."""

TOML = """
base_url = "https://mikro.example"
sandbox = true
signer = "test"
[operator]
name = { cs = "Zkušební provozovatel", en = "Test operator" }
organization_identifier = "NTRCZ-00000000"
[archive]
[trust]
anchors = ["sandbox-root.pem", "statements/root.pem"]
[signers.test]
[signers.statements]
offer = "test"
state = "statements"
[statements]
signer = "statements"
certificates = ["statements/seal.pem"]
renderer = "weasyprint"
[institutions.mu]
"""
SECOND = timedelta(seconds=1)
VR = "{http://uri.etsi.org/19102/v1.2.1#}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with a sandbox for credentials, another one for statements, and an award that was issued."""
    folder = tmp_path_factory.mktemp("statements")
    program = Program(folder)
    (folder / "mikrocert.toml").write_text(
        TOML.partition("[statements]")[0].replace(', "statements/root.pem"', "") + "[institutions.mu]\n",
        "utf-8",
    )
    program("archive", "init")
    (folder / "sandbox-root.pem").write_text(program("sandbox", "root"), "utf-8")
    export = json.loads(example("is-mu-2026.json").read_bytes())
    export["zaznamy"] = export["zaznamy"][:1]
    (folder / "export.json").write_text(json.dumps(export), "utf-8")
    program("institution", "add", "mu", "--as", "demo")
    program("issue", "export.json", "--institution", "mu")
    settings = load_settings(folder / "mikrocert.toml")
    with open_system(settings) as system, system.plugins.signers.choose("statements", settings):
        pass
    (folder / "mikrocert.toml").write_text(TOML, "utf-8")
    return folder


@pytest.fixture(scope="module")
def system(folder):
    with open_system(load_settings(folder / "mikrocert.toml")) as system:
        yield system


@pytest.fixture(scope="module")
def sealed(folder) -> bytes:
    """The octets of a sealed file."""
    return min(folder.glob("*.jsonld")).read_bytes()


@pytest.fixture(scope="module")
def report(system, sealed):
    return system.verify(sealed)


@pytest.fixture(scope="module")
def statement(system, sealed, report):
    return system.state(report, file=sha256(sealed).hexdigest(), language="cs")


@pytest.fixture(scope="module", params=RENDERERS)
def drawn_by(request, folder, sealed, report):
    """A statement drawn by each renderer, and the texts of its pages."""
    settings = load_settings(folder / "mikrocert.toml")
    chosen = attrs.evolve(settings.statements, renderer=request.param)
    with open_system(attrs.evolve(settings, statements=chosen)) as system:
        given = system.state(report, file=sha256(sealed).hexdigest(), language="cs")
        return system, given, words_of(system, given)


def octets_of(statement, suffix):
    (octets,) = [file.octets for file in statement.files if file.suffix == suffix]
    return octets


def words_of(system, statement):
    with system.plugins.renderers.choose("weasyprint", system.settings) as renderer:
        return renderer.text(octets_of(statement, ".pdf"))


def test_a_statement_says_what_was_found_of_which_file(statement, sealed, report):
    """The JSON has the report whole, the hash of the file, and what it was held against."""
    data = json.loads(octets_of(statement, ".json"))
    assert data["file"]["sha256"] == sha256(sealed).hexdigest()
    assert data["report"]["verdict"] == report.verdict.value
    assert data["link"] == f"https://mikro.example/statement/{statement.id}"
    assert data["against"]["anchors"][0]["sha256"]
    assert data["against"]["archive"]["last_event"]
    assert "birth" not in json.dumps(data["report"]["data"]).casefold()


def test_what_people_read_names_holder_and_checks(system, statement, report):
    """The sealed document has title, holder, each check and the address; each page of a test bears the mark."""
    pages = words_of(system, statement)
    whole = " ".join(pages)
    for words in (report.view.holder, "Potvrzení o ověření", "Neporušenost", statement.id):
        assert words in whole
    assert all("TEST" in page for page in pages)


def test_whoever_draws_it_a_statement_is_sealed_and_says_the_same(drawn_by, system, report):
    """It has the JSON inside, is taken for a statement and no credential, and marks every page."""
    _, given, pages = drawn_by
    found = system.verify(octets_of(given, ".pdf"))
    assert headline_of(found) is Headline.STATEMENT
    assert found.outcome("integrity") is Outcome.PASSED
    whole = " ".join(pages)
    for words in (report.view.holder, "Potvrzení o ověření", "Neporušenost", given.id):
        assert words in whole
    assert all("TEST" in page for page in pages)


def test_renderers_write_the_same(system):
    """One paper has the same words in the same order, whoever draws it; only where pages break, they differ."""
    paper = example_paper()
    attachment = Attachment("a.json", b"{}", "application/json")
    words = []
    for name in RENDERERS:
        with system.plugins.renderers.choose(name, system.settings) as renderer:
            pages = renderer.text(renderer.paper(paper, attachment=attachment))
        foot = [f"{paper.number} {number} / {len(pages)}" for number in range(1, len(pages) + 1)]
        texts = [page.replace(line, "", 1) for page, line in zip(pages, foot, strict=True)]
        assert all(line in page for page, line in zip(pages, foot, strict=True))
        words.append("".join("".join(texts).split()))
    assert words[0] == words[1]


@pytest.mark.judges
def test_verapdf_calls_every_statement_accessible_and_archivable(oracle, folder, drawn_by, tmp_path):
    """veraPDF finds PDF/A-3a and PDF/UA-1 in a sealed statement, whoever drew it."""
    (tmp_path / "statement.pdf").write_bytes(octets_of(drawn_by[1], ".pdf"))
    done = subprocess.run(
        [oracle, "pdf", tmp_path / "statement.pdf"], capture_output=True, text=True, check=False
    )
    (answer,) = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert answer["3a"]["compliant"], answer
    assert answer["ua1"]["compliant"], answer


def test_the_archive_keeps_hash_verdict_and_time(system, statement, sealed, report):
    """Anybody who has the number learns that it was given and what it said; of another number, that none was."""
    kept = system.statement(statement.id)
    assert attrs.asdict(kept) == {
        "id": statement.id,
        "file": sha256(sealed).hexdigest(),
        "verdict": report.verdict,
        "verified_at": report.at,
    }
    for other in ("", "x", statement.id[:-1], statement.id + "1", "1" * 22, "../../etc", "%00"):
        with pytest.raises(UnknownStatement):
            system.statement(other)


def test_the_report_of_etsi_is_about_the_seals(statement, sealed):
    """The XML has the elements in the order of the standard, the digest of the file, and no more than was judged."""
    root = ET.fromstring(octets_of(statement, ".xml"))
    assert root.tag == f"{VR}ValidationReport"
    (part,) = root.findall(f"{VR}SignatureValidationReport")
    assert [child.tag.removeprefix(VR) for child in part] == [
        "SignatureIdentifier",
        "ValidationTimeInfo",
        "SignersDocument",
        "SignatureAttributes",
        "SignerInformation",
        "SignatureValidationStatus",
    ]
    main = part.findtext(f"{VR}SignatureValidationStatus/{VR}MainIndication")
    assert main == "urn:etsi:019102:mainindication:indeterminate"  # a test seal proves nothing


def test_a_statement_is_never_a_credential(system, statement):
    """Verified as a file, it is a statement, however much its anchor is trusted."""
    report = system.verify(octets_of(statement, ".pdf"))
    assert report.verdict is Verdict.INVALID
    assert headline_of(report) is Headline.STATEMENT
    assert not report.proven


@pytest.mark.parametrize("envelope", ["jades"])
def test_no_credential_sealed_for_statements_is_valid(system, sealed, envelope):
    """A credential with the seal of statements fails, though its data are genuine and its anchor is trusted."""
    verifier = system.verifier
    opened = verifier.envelopes[envelope].open(sealed)
    with system.plugins.signers.choose("statements", system.settings) as signer:
        prepared = verifier.envelopes[envelope].prepare(
            opened.payload, identity=signer.identity, at=datetime.now(UTC)
        )
        (forged,) = verifier.envelopes[envelope].finish_many(
            [prepared], signer.sign_many([prepared.to_be_signed]), services=signer.services
        )
    report = system.verify(forged)
    assert report.outcome("integrity") is Outcome.PASSED
    assert report.outcome("trust") is Outcome.FAILED
    assert report.verdict is Verdict.INVALID
    assert "seal-for-statements" in {finding.code for finding in report.result("trust").findings}
    # It is this setting that says so, not chance: without it the seal is as good as its anchor.
    free = attrs.evolve(verifier, statement_keys=frozenset())
    assert free.verify(forged, at=report.at).outcome("trust") is Outcome.PASSED


def test_a_changed_file_gets_a_statement_that_repeats_nothing_of_it(system, sealed, report):
    """What nothing proves isn't in the document that people file."""
    changed = sealed.replace(b'"payload":"', b'"payload":"A', 1) if b'"payload":"' in sealed else sealed[:-40]
    found = system.verify(changed)
    given = system.state(found, file=sha256(changed).hexdigest(), language="en")
    whole = " ".join(words_of(system, given))
    assert report.view.holder not in whole
    assert system.statement(given.id).verdict is found.verdict


def test_a_statement_made_here_is_the_one_that_another_process_makes(system, statement, sealed, report):
    """Apart from when it was given it says the same of the same file, in the same forms."""
    file = sha256(sealed).hexdigest()
    with opened_statements(system) as state:
        here = state(report, file, statement.id, "cs")
    assert [one.suffix for one in here.files] == [one.suffix for one in statement.files]
    said = [json.loads(octets_of(one, ".json")) for one in (here, statement)]
    for one in said:
        one.pop("given_at")
    assert said[0] == said[1]
    assert words_of(system, here) == words_of(system, statement)


def test_a_statement_names_no_state_that_came_after_the_verification(system, report, monkeypatch):
    """An answer can be minutes old when a statement is wanted; a revocation in between was not looked at, and isn't named as if it had been."""
    heads = [Head(2, 9, report.at + SECOND, b"later"), Head(1, 8, report.at - SECOND, b"before")]
    monkeypatch.setattr(statements_room, "log_trust", lambda _: "trust")
    monkeypatch.setattr(
        statements_room, "best_head", lambda heads, **_: next(((one.note.decode(),) for one in heads), None)
    )
    log = SimpleNamespace(newest_heads=lambda **_: heads)
    monkeypatch.setattr(PublicLog, "opened", lambda _: nullcontext(log))

    def against(at):
        data = statement_to_json(system, attrs.evolve(report, at=at), file="0" * 64, statement_id="1" * 22)
        return data["against"]["archive"]["last_event"], data["against"]["log"]

    last = system.archive.last_event()
    assert against(report.at) == (last.isoformat(timespec="seconds"), "before")
    assert against(last) == (last.isoformat(timespec="seconds"), None)
    assert against(last - SECOND) == (None, None)
    assert against(report.at + SECOND)[1] == "later"


def paper(system, report, *, language="en", **against):
    """What a statement says of a report on paper."""
    data = statement_to_json(system, report, file="0" * 64, statement_id="1" * 22)
    data["against"] |= against
    return paper_of(report, data, link=data["link"], author="ř", language=language, texts=system.texts)


def words_on(paper):
    rows = [row for section in paper.sections for row in section.rows]
    paragraphs = [text for section in paper.sections for text in section.paragraphs]
    return "\n".join(
        [paper.lead, *paragraphs, *(text for row in rows for text in (row.label, *row.values, *row.remarks))]
    )


@pytest.mark.parametrize("language", ["cs", "en", "sk", "uk"])
def test_paper_says_what_the_json_says(system, report, language):
    """Each check with its outcome and every remark once, what the file holds, and what it was held against."""
    made = paper(system, report, language=language)
    data = statement_to_json(system, report, file="0" * 64, statement_id="1" * 22)
    checks = made.sections[3].rows
    assert len(checks) == len(report.results)
    for row, result in zip(checks, report.results, strict=True):
        assert (len(row.values), len(row.remarks)) == (
            1,
            len({finding.message for finding in result.findings}),
        )
    words = words_on(made)
    for text in (report.identifier, report.view.holder, "0" * 64, data["against"]["program"]):
        assert text in words
    assert all(anchor["sha256"] in words for anchor in data["against"]["anchors"])
    assert (made.language, made.number, made.link, made.test) == (language, "1" * 22, data["link"], True)


def test_the_weightiest_remark_on_a_check_comes_first(system, report, sealed):
    """What is wrong stands before what is doubtful, and that before what is well."""
    found = system.verify(sealed[:-40])
    for one in (report, found):
        for row, result in zip(paper(system, one).sections[3].rows, one.results, strict=True):
            if len({finding.severity for finding in result.findings}) > 1:
                last = [finding for finding in result.findings if finding.severity.value == "info"]
                assert row.remarks[-1] == system.texts.say(last[-1].message, "en").rstrip(".") + "."


@pytest.mark.parametrize("lost", ["its view", "its seal"])
def test_paper_repeats_nothing_that_is_not_proven(system, report, lost):
    """Neither holder nor identifier nor the reason of a revocation, in any language."""
    status = CredentialStatus(StatusValue.REVOKED, report.at, "vydáno omylem")
    revoked = attrs.evolve(report, status=status)
    assert "vydáno omylem" in words_on(paper(system, revoked))
    if lost == "its view":
        assert report.view.holder not in words_on(paper(system, attrs.evolve(revoked, view=None)))
        return
    kept = tuple(
        attrs.evolve(result, outcome=Outcome.FAILED) if result.check == "integrity" else result
        for result in report.results
    )
    for language in ("cs", "en", "sk", "uk"):
        words = words_on(paper(system, attrs.evolve(revoked, results=kept), language=language))
        for text in (report.view.holder, report.identifier, "vydáno omylem"):
            assert text not in words


def test_paper_says_of_a_seal_what_is_known_of_it(system, report):
    """Whose it is, what it was judged to be and its two times, each only where it is known; and where there is none, that."""
    owner = SealOwner("Říp, z. s.", "Říp", "NTRCZ-12345679", "CZ", b"")
    proven = SealInfo("PAdES", "B-T", owner, report.at, SealQuality.QUALIFIED, report.at)
    for seals, there, absent in (
        ((proven,), ("qualified electronic seal", "NTRCZ-12345679", "seal states", "is proven"), ("not judged",)),
        ((SealInfo("JAdES", None, None, None),), ("not judged",), ("seal states", "is proven")),
        ((), ("no seal that could be read",), ("not judged",)),
    ):  # fmt: skip
        words = words_on(paper(system, attrs.evolve(report, seals=seals)))
        assert [text for text in there if text not in words] == []
        assert [text for text in absent if text in words] == []


def test_paper_says_what_was_at_hand(system, report):
    """Trusted lists, the state of archive and log stand there where there are any; an empty archive has no last entry."""
    none = words_on(paper(system, report, archive=None))
    assert "Last entry of the archive" not in none
    assert "Checkpoint of the log" not in none
    words = words_on(
        paper(
            system,
            report,
            anchors=[],
            archive={"last_event": None},
            trusted_lists=["CZ", "SK"],
            log="log.example\n7\nabc=\n",
        )
    )
    for text in (
        "CZ, SK",
        "Last entry of the archive\n–",
        "log.example\n7\nabc=",
        "Whose seals are trusted\n–",
    ):
        assert text in words


WRONG = {
    "the operator's signer": ({"signer": "test"}, "not among statements.certificates"),
    "a certificate that it hasn't": ({"certificates": ("sandbox-root.pem",)}, "not among statements.certificates"),
    "the operator's certificate": ({"signer": "test", "certificates": ("sandbox/seal.pem",)}, "one of its own"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_signer_that_is_not_for_statements_alone_is_refused(folder, name):
    """It says which setting is wrong, and no statement is made."""
    changes, words = WRONG[name]
    settings = load_settings(folder / "mikrocert.toml")
    operator = attrs.evolve(settings.operator, seal_certificates=("sandbox/seal.pem",))
    settings = attrs.evolve(
        settings, operator=operator, statements=attrs.evolve(settings.statements, **changes)
    )
    with (
        open_system(settings) as system,
        pytest.raises(SettingsError, match=words),
        opened_statements(system),
    ):
        pass


def test_a_signer_for_statements_seals_no_credential(folder):
    """Where settings call the operator's certificate one for statements, nothing is issued, and it says why."""
    settings = load_settings(folder / "mikrocert.toml")
    wrong = attrs.evolve(settings.statements, certificates=("statements/seal.pem", "sandbox/seal.pem"))
    with (
        open_system(attrs.evolve(settings, statements=wrong)) as system,
        pytest.raises(SettingsError, match="never count as a credential"),
        system.opened_signer(),
    ):
        pass


def test_the_doctor_tells_where_statements_have_the_operators_seal(folder, report):
    """The same certificate, or the same signer, is an error; others are none."""
    settings = load_settings(folder / "mikrocert.toml")
    operator = attrs.evolve(settings.operator, seal_certificates=("sandbox/seal.pem",))
    well = attrs.evolve(settings, operator=operator)
    changes = {"signer": "test", "certificates": ("sandbox/seal.pem",), "renderer": "html"}
    wrong = attrs.evolve(well, statements=attrs.evolve(settings.statements, **changes))
    all_of_them = {"statement-seal", "statement-signer", "statement-renderer"}
    for chosen, expected in ((well, set()), (wrong, all_of_them)):
        with open_system(chosen) as system:
            codes = {finding.code for finding in examine(system, at=report.at)}
        assert codes & all_of_them == expected


def test_without_the_setting_there_are_no_statements(folder, report):
    """Nothing is given where settings don't say who seals it."""
    settings = attrs.evolve(load_settings(folder / "mikrocert.toml"), statements=None)
    with open_system(settings) as system:
        assert not system.gives_statements
        with pytest.raises(SettingsError):
            system.state(report, file="0" * 64, language="en")


def test_a_statement_that_can_not_be_made_is_not_kept(folder, report, monkeypatch):
    """Where the process that makes it says why not, that is told, and nothing stands in the archive."""
    settings = load_settings(folder / "mikrocert.toml")
    kept = []
    monkeypatch.setattr("mikrocert.service.system.keep_statement", lambda *given: kept.append(given))
    with open_system(settings) as system, pytest.raises(RenderError):
        system.state(report, file="not hexadecimal", language="en")
    assert kept == []
