"""What is sealed and not shown is told, though it breaks no rule."""

from __future__ import annotations

import copy
import json

import pytest
from mikrocert.api import Severity
from mikrocert_edc_v3.format import EdcFormat

WARNING, INFO = Severity.WARNING, Severity.INFO
FILE = {
    "id": "urn:epass:mediaObject:99",
    "type": "MediaObject",
    "title": {"cs": ["Příloha"]},
    "content": "xY8=",
}


def claim(document):
    return document["credentialSubject"]["hasClaim"]


def achieved(document):
    claims = claim(document)
    return claims[0] if isinstance(claims, list) else claims


def second_title(document):
    title = achieved(document)["title"]
    title["cs"] = [title["cs"], "Jiný název ř"] if isinstance(title["cs"], str) else [*title["cs"], "Jiný ř"]


def german_title(document):
    achieved(document)["title"]["de"] = "Etwas anderes"


def attachment(document):
    document["attachment"] = [FILE, {**FILE, "id": "urn:epass:mediaObject:100"}]


def evidence_file(document):
    document["evidence"]["embeddedEvidence"] = [FILE]


def another_end(document):
    document["validUntil"] = "2031-12-31T23:59:59+01:00"
    document["expirationDate"] = "2030-12-31T23:59:59+01:00"


def another_issue(document):
    document["issuanceDate"] = "2026-01-01T12:00:00Z"


def the_same_end(document):
    document["validUntil"] = "2031-12-31T23:59:59+01:00"
    document["expirationDate"] = "2031-12-31T22:59:59Z"


UNSHOWN = {  # what → (change, code, severity)
    "a second text in one language": (second_title, "second-text", WARNING),
    "a title in another language": (german_title, "further-languages", INFO),
    "files": (attachment, "files-inside", WARNING),
    "a file as evidence": (evidence_file, "files-inside", WARNING),
    "an end of validity beside another": (another_end, "two-ends", WARNING),
    "a date of issue beside another": (another_issue, "two-moments-of-issuing", WARNING),
}


def findings(document):
    form = EdcFormat()
    return form.examine(form.open(json.dumps(document, ensure_ascii=False).encode()))


@pytest.mark.parametrize("what", UNSHOWN)
def test_what_is_not_shown_is_told(document, what):
    """A finding with a place, and the credential conforms all the same."""
    change, code, severity = UNSHOWN[what]
    changed = copy.deepcopy(document)
    change(changed)
    before = {finding.code for finding in findings(document)}
    told = [finding for finding in findings(changed) if finding.code == code]
    assert code not in before
    assert [finding.severity for finding in told] == [severity] * len(told)
    assert told


def test_pictures_are_told_to_be_looked_at_by_nobody(document):
    """They could show anything."""
    assert "pictures-not-compared" in {finding.code for finding in findings(document)}


@pytest.mark.parametrize("term", ["individualDisplay", "summaryDisplay"])
def test_pictures_in_either_form_are_told(document, term):
    """Pages as pictures, and the old member for the whole."""
    changed = copy.deepcopy(document)
    display = changed["displayParameter"]
    pages = display.pop("individualDisplay")
    display[term] = pages if term == "individualDisplay" else "<svg>ř</svg>"
    told = [finding for finding in findings(changed) if finding.code == "pictures-not-compared"]
    assert [finding.path for finding in told] == [f"displayParameter.{term}"]


def test_one_moment_in_two_spellings_is_one(document):
    """The same end in another time zone contradicts nothing."""
    changed = copy.deepcopy(document)
    the_same_end(changed)
    assert "two-ends" not in {finding.code for finding in findings(changed)}


def test_only_so_many_places_are_told(document):
    """A hostile credential makes no huge report."""
    changed = copy.deepcopy(document)
    title = {f"{a}{b}": ["ř", "ď"] for a in "abcdefgh" for b in "abcdefgh"}
    achieved(changed)["description"] = title
    assert len([finding for finding in findings(changed) if finding.code == "second-text"]) <= 10
