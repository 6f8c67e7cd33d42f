"""The demo and the contracts that others build on."""

from __future__ import annotations

import json
import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mikrocert.accounts import Scope
from mikrocert.errors import RenderError, UnknownIdentifier
from mikrocert.kinds.renderer import TEST_MARK
from mikrocert.service.system import open_system
from mikrocert.settings import load_settings

CHECKS = {"format", "award", "integrity", "trust", "issuer", "validity", "status", "logged"}


def test_demo_issues_six_different_awards_and_refuses_one(demo: Path) -> None:
    """The shipped export gives at least six credentials, each with both files, and one refusal that is shown."""
    sealed = sorted(path.stem for path in demo.glob("*.jsonld"))
    certificates = sorted(path.stem for path in demo.glob("*.pdf"))
    assert len(sealed) >= 6
    assert sealed == certificates
    assert all(len(identifier) == 12 for identifier in sealed)
    shown = (demo / "output.txt").read_text()
    assert "refused" in shown
    for identifier in sealed:
        assert f"http://127.0.0.1:8000/verify/{identifier}" in shown


def test_a_credential_with_its_certificate_is_light(demo: Path) -> None:
    """Both files of an award together, sealed to last, have at most 350 kB, pictures and the file inside the certificate included."""
    weights = [
        path.stat().st_size + path.with_suffix(".pdf").stat().st_size for path in demo.glob("*.jsonld")
    ]
    assert weights
    assert max(weights) <= 350_000


def test_the_demo_leaves_a_key_of_its_institution(demo: Path) -> None:
    """It opens the account for everything, and only its owner can read the file."""
    file = demo / "api-key.txt"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with open_system(load_settings(demo / "mikrocert.toml", environment={})) as system:
        assert system.accounts is not None
        caller = system.accounts.authenticate(file.read_text().strip(), address=None, at=datetime.now(UTC))
    assert (caller.institution, caller.scopes) == ("mu", frozenset(Scope))


@pytest.mark.parametrize("suffix", [".jsonld", ".pdf"])
def test_every_file_of_the_demo_is_valid_and_says_test(demo: Path, program, suffix: str) -> None:
    """In the sandbox every file verifies, with every check passed, and says TEST."""
    for path in demo.glob(f"*{suffix}"):
        report = program.json("verify", path.name)
        assert report["verdict"] == "valid"
        assert report["test_seal"] is True
        assert report["identifier"] == path.stem
        assert report["format"] == "edc-v3"
        assert {check["check"] for check in report["checks"]} >= CHECKS
        outcomes = {check["check"]: check["outcome"] for check in report["checks"]}
        assert outcomes.pop("logged") == "not applicable"  # the demo has no log
        assert set(outcomes.values()) == {"passed"}
        assert "TEST" in program("verify", path.name)
        assert "TEST" in program("verify", path.name, "--lang", "cs")


def test_findings_have_the_members_of_the_contract(program, sealed_file: Path, catalogues) -> None:
    """A finding has code, severity, path and a message in every language; what a good seal has needs no more names."""
    for check in program.json("verify", sealed_file.name)["checks"]:
        for finding in check["findings"]:
            assert set(finding) == {"code", "severity", "path", "message"}
            assert set(finding["message"]) == set(catalogues.languages())


def test_identifier_and_link_verify_from_the_archive(program, sealed_file: Path) -> None:
    """Identifier, identifier in groups and link of the configured base give the same verdict as the file."""
    identifier = sealed_file.stem
    grouped = " ".join((identifier[:4], identifier[4:8], identifier[8:]))
    for what in (identifier, grouped, f"http://127.0.0.1:8000/verify/{identifier}"):
        assert program.json("verify", what)["verdict"] == "valid"


def test_a_test_seal_is_invalid_outside_the_sandbox(
    own_demo: Path, own_program, sealed_file: Path, certificate: Path
) -> None:
    """Under any other configuration trust fails: with the root among the anchors but no sandbox, and with nothing."""
    settings = own_demo / "mikrocert.toml"
    settings.write_text(settings.read_text().replace("sandbox = true", "sandbox = false"))
    for name in (sealed_file.name, certificate.name):
        report = own_program.json("verify", name, code=1)
        assert {c["check"]: c["outcome"] for c in report["checks"]}["trust"] == "failed"
        assert report["test_seal"] is True
    settings.write_text("")
    for name in (sealed_file.name, certificate.name):
        report = own_program.json("verify", name, code=1)
        assert {c["check"]: c["outcome"] for c in report["checks"]}["trust"] == "failed"


def test_a_test_seal_of_another_sandbox_is_invalid(own_demo: Path, own_program, sealed_file: Path) -> None:
    """A sandbox trusts its own root only."""
    shutil.rmtree(own_demo / "sandbox")
    (own_demo / "sandbox-root.pem").write_text(own_program("sandbox", "root"))
    report = own_program.json("verify", sealed_file.name, code=1)
    assert {c["check"]: c["outcome"] for c in report["checks"]}["trust"] == "failed"


def test_no_test_seal_is_made_outside_the_sandbox(own_demo: Path, own_program) -> None:
    """Issuing with the test seal is refused where the settings do not say sandbox."""
    settings = own_demo / "mikrocert.toml"
    settings.write_text(settings.read_text().replace("sandbox = true", "sandbox = false"))
    assert "sandbox = true" in own_program("issue", "is-mu-2026.json", "--institution", "mu", code=78)


def test_sandbox_root_is_a_certificate(program, demo: Path) -> None:
    """`mikrocert sandbox root` prints the root that the demo trusts."""
    printed = program("sandbox", "root")
    assert printed.startswith("-----BEGIN CERTIFICATE-----")
    assert printed == (demo / "sandbox-root.pem").read_text()


def test_sending_the_same_file_again_gives_the_first_receipts(own_demo: Path, own_program) -> None:
    """Nothing is issued twice; the refused record is refused again."""
    before = {path.name: path.read_bytes() for path in own_demo.glob("*.jsonld")}
    printed = own_program("issue", "is-mu-2026.json", "--institution", "mu", "--json", code=1)
    answers = [json.loads(line) for line in printed.splitlines()]
    receipts = [answer for answer in answers if "identifier" in answer]
    assert {f"{receipt['identifier']}.jsonld" for receipt in receipts} == set(before)
    assert all(receipt["created"] is False for receipt in receipts)
    assert {path.name: path.read_bytes() for path in own_demo.glob("*.jsonld")} == before
    refused = [answer for answer in answers if "refused" in answer]
    assert len(refused) == 1
    assert len([f for f in refused[0]["refused"] if f["severity"] == "error"]) >= 3


def test_changed_content_is_refused_and_replaced_on_demand(own_demo: Path, own_program) -> None:
    """Changed content points to --replaces; the replacement is valid, and the old one says what happened."""
    document = json.loads((own_demo / "is-mu-2026.json").read_text())
    record = document["zaznamy"][0]
    record["prijmeni"] = "Řeháčková-Ďurišová"
    document["zaznamy"] = [record]
    (own_demo / "correction.json").write_text(json.dumps(document, ensure_ascii=False))
    answer = json.loads(own_program("issue", "correction.json", "--institution", "mu", "--json", code=1))
    assert answer["refused"][-1]["code"] == "already-issued"
    old = answer["refused"][-1]["message"]["en"].split("--replaces ")[1].split()[0]
    own_program("issue", "correction.json", "--institution", "mu", "--replaces", old, code=64)
    answer = json.loads(
        own_program(
            "issue",
            "correction.json",
            "--institution",
            "mu",
            "--json",
            "--replaces",
            old,
            "--reason",
            "Překlep v příjmení",
        )
    )
    new = answer["identifier"]
    assert own_program.json("verify", f"{new}.pdf")["verdict"] == "valid"
    report = own_program.json("verify", f"{old}.jsonld", code=1)
    assert report["status"] == {
        "state": "replaced",
        "since": report["status"]["since"],
        "reason": "Překlep v příjmení",
        "successor": new,
    }
    assert {c["check"]: c["outcome"] for c in report["checks"]}["status"] == "failed"


def test_revoked_credential_is_invalid_and_stays(own_program, sealed_file: Path) -> None:
    """After revoking, file and identifier are invalid because of status alone; show still shows it, with its history."""
    identifier = sealed_file.stem
    own_program("revoke", identifier, "--reason", "Uděleno omylem")
    for what in (sealed_file.name, f"{identifier}.pdf", identifier):
        report = own_program.json("verify", what, code=1)
        failed = [check["check"] for check in report["checks"] if check["outcome"] == "failed"]
        assert failed == ["status"]
    history = own_program.json("show", identifier)["history"]
    assert [event["kind"] for event in history] == ["issued", "revoked"]
    assert history[1]["reason"] == "Uděleno omylem"


def test_a_credential_unknown_to_the_archive_is_invalid(
    own_demo: Path, own_program, sealed_file: Path
) -> None:
    """Where the archive is missing, status is undetermined; where it has other credentials only, status fails."""
    for path in own_demo.glob("archive.sqlite*"):
        path.unlink()
    report = own_program.json("verify", sealed_file.name, code=2)
    assert [c["check"] for c in report["checks"] if c["outcome"] == "undetermined"] == ["status"]
    assert not (own_demo / "archive.sqlite").exists()
    document = json.loads((own_demo / "is-mu-2026.json").read_text())
    document["zaznamy"] = document["zaznamy"][-1:]
    (own_demo / "faulty.json").write_text(json.dumps(document))
    for path in own_demo.glob("archive-keys.sqlite*"):
        path.unlink()
    own_program("archive", "init")
    own_program("issue", "faulty.json", "--institution", "mu", code=1)
    report = own_program.json("verify", sealed_file.name, code=1)
    assert [c["check"] for c in report["checks"] if c["outcome"] == "failed"] == ["status"]


def test_nothing_private_enters_a_credential(demo: Path) -> None:
    """E-mails and student numbers of the export are in no file that is handed out."""
    records = json.loads((demo / "is-mu-2026.json").read_text())["zaznamy"]
    private = {str(record[name]) for record in records for name in ("email", "uco") if record.get(name)}
    assert private
    for path in demo.glob("*.jsonld"):
        text = path.read_text()
        assert not [value for value in private if value in text]


def test_pictures_are_drawn_elsewhere_as_here(demo: Path, sealed_file: Path) -> None:
    """What a process of its own draws is what this one draws, in either language; what isn't there, isn't anywhere."""
    settings = load_settings(demo / "mikrocert.toml")
    with open_system(settings) as here, open_system(settings) as served:
        for language in ("cs", "en"):
            drawn = served.picture_confined(sealed_file.stem, language=language)
            assert drawn.startswith(b"\x89PNG")
            assert drawn == here.picture(sealed_file.stem, language=language)
        with pytest.raises(UnknownIdentifier):
            served.picture_confined("aaaaBBBB2222", language="cs")


def test_copies_are_drawn_elsewhere(demo: Path, sealed_file: Path) -> None:
    """In large print and in easy language, of what is in the archive, with the sealed file inside; what isn't there, isn't anywhere."""
    settings = load_settings(demo / "mikrocert.toml")
    with open_system(settings) as served:
        assert [offered.name for offered in served.copies] == ["easy-read", "large-print"]
        for offered in served.copies:
            copy = served.copy_confined(sealed_file.stem, renderer=offered.name).decode()
            assert copy.lower().startswith("<!doctype html>")
            assert f'download="{sealed_file.name}"' in copy
            assert TEST_MARK in copy
        with pytest.raises(UnknownIdentifier):
            served.copy_confined("aaaaBBBB2222", renderer="large-print")
        with pytest.raises(RenderError):
            served.copy_confined(sealed_file.stem, renderer="nothing")


def test_a_picture_that_can_not_be_drawn_says_why(demo: Path, sealed_file: Path) -> None:
    """The reason comes back from the process that drew."""
    settings = load_settings(demo / "mikrocert.toml", environment={"MIKROCERT_SANDBOX": "false"})
    with open_system(settings) as served, pytest.raises(RenderError, match="can't be shown as genuine"):
        served.picture_confined(sealed_file.stem, language="cs")
