"""The report on seals as ETSI TS 119 102-2 has it: what it may say of what was judged."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import attrs
import pytest
from mikrocert.report import CheckResult, Finding, Outcome, Report, SealInfo, SealOwner
from mikrocert.service.verifiers.etsi_report import etsi_report

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
VR = "{http://uri.etsi.org/19102/v1.2.1#}"
OWNER = SealOwner("Škola <A&B>\x07", "Seal", "NTRCZ-12345679", "CZ", b"\x30\x00")


def found(outcome, *subs):
    return outcome, tuple(
        attrs.evolve(Finding.error("x", "It is wrong."), sub_indication=sub) for sub in subs
    )


def a_report(integrity, trust, *, seals=1, **changes):
    results = tuple(
        CheckResult(check, outcome, findings)
        for check, (outcome, findings) in (("integrity", integrity), ("trust", trust))
    )
    return Report(at=AT, results=results, seals=(SealInfo("JAdES", "B-B", OWNER, AT),) * seals, **changes)


PASSED, FAILED, OPEN = Outcome.PASSED, Outcome.FAILED, Outcome.UNDETERMINED
CASES = {
    "all passed": (a_report(found(PASSED), found(PASSED)), ["total-passed"]),
    "a test seal": (a_report(found(PASSED), found(PASSED), test_seal=True), ["indeterminate", "GENERIC"]),
    "another hash": (a_report(found(FAILED, "HASH_FAILURE"), found(OPEN)), ["total-failed", "HASH_FAILURE"]),
    "a failure without a name": (a_report(found(FAILED, ""), found(OPEN)), ["indeterminate", "GENERIC"]),
    "nobody trusted": (
        a_report(found(PASSED), found(FAILED, "NO_CERTIFICATE_CHAIN_FOUND")),
        ["indeterminate", "NO_CERTIFICATE_CHAIN_FOUND"],
    ),
    "a reason to fail of what is open": (
        a_report(found(PASSED), found(OPEN, "REVOKED")),
        ["indeterminate", "GENERIC"],
    ),
    "not judged": (Report(at=AT, seals=(SealInfo("JAdES", None, None, None),)), ["indeterminate", "GENERIC"]),
}


@pytest.mark.parametrize("name", CASES)
def test_it_says_no_more_than_was_judged(name):
    """Passed only where both questions about the seals passed; failed only for the reasons of the standard."""
    report, expected = CASES[name]
    root = ET.fromstring(etsi_report(report, file="0" * 64))
    status = root.find(f"{VR}SignatureValidationReport/{VR}SignatureValidationStatus")
    assert [child.text.rpartition(":")[2] for child in status] == expected


def test_each_seal_has_a_part_and_each_certificate_one_object():
    """Seals of one certificate refer to the same object."""
    root = ET.fromstring(etsi_report(a_report(found(PASSED), found(PASSED), seals=2), file="0" * 64))
    assert len(root.findall(f"{VR}SignatureValidationReport")) == 2
    assert len(root.findall(f"{VR}SignatureValidationObjects/{VR}ValidationObject")) == 1
    names = {one.get("VOReference") for one in root.iter(f"{VR}SignerCertificate")}
    assert names == {root.find(f".//{VR}ValidationObject").get("id")}


def test_names_of_strangers_are_text():
    """Markup and characters that XML can't hold are no part of it."""
    root = ET.fromstring(etsi_report(a_report(found(PASSED), found(PASSED)), file="0" * 64))
    assert root.findtext(f".//{VR}Signer") == "Škola <A&B>\\x07 (NTRCZ-12345679)"


def test_without_a_seal_there_is_no_report():
    """There is nothing to report on."""
    assert etsi_report(Report(at=AT), file="0" * 64) is None
