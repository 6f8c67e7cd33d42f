"""Files that can't be verified here: called by their name, with what to do, and never called forged or changed."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.report import Outcome, Verdict, headline_of
from mikrocert.report.headlines import Headline
from mikrocert.service.verifying.other_files import other_file
from mikrocert.texts import Texts

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def zipped(*names):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, "ř")
    return stream.getvalue()


def token(head, body, end=""):
    parts = (json.dumps(part).encode() for part in (head, body))
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), "AQ"]) + end


FILES = {  # what it is called → the file
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(32),
    "a picture (JPEG)": b"\xff\xd8\xff\xe0" + bytes(32),
    "a picture (HEIC)": bytes(4) + b"ftypheic" + bytes(32),
    "a document of Word": zipped("[Content_Types].xml", "word/document.xml"),
    "a workbook of Excel": zipped("[Content_Types].xml", "xl/workbook.xml"),
    "an archive of several files": zipped("osvědčení.pdf"),
    "an older Europass credential": b'<?xml version="1.0"?>\n<!-- a > b --><europassCredential xmlns="x"/>',
    "a record of studies in ELMO": b'<e:elmo xmlns:e="https://example.org/"><e:learner/></e:elmo>',
    "a web page": "<!DOCTYPE html>\n<HTML><title>Ověření</title></HTML>".encode(),
    "an XML document": b"<report/>",
    "an Open Badge": b'{"@context": ["https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"], "type": ["X"]}',
    "an Open Badge (2.0)": b'{"@context": "https://w3id.org/openbadges/v2", "type": "Assertion"}',
    "a verifiable credential of another kind": b'{"@context": [], "type": ["VerifiableCredential", "Driving"]}',
    "a credential in SD-JWT": token({"alg": "ES256", "typ": "dc+sd-jwt"}, {"_sd": ["a"]}, "~WyJhIl0~").encode(),
    "a credential in JWT": token({"alg": "ES256"}, {"vc": {}}).encode() + b"\n",
    "a European Digital Credential in a compact seal": token(
        {"alg": "ES256"}, {"type": ["VerifiableCredential", "EuropeanDigitalCredential"]}
    ).encode(),
    "a certificate or a key in PEM": b"-----BEGIN CERTIFICATE-----\nMII\n",
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_other_files_are_called_by_their_name(toy, name):
    """The answer says what it is and what to do; nothing is held against it."""
    report = toy.verifier().verify(FILES[name], at=AT)
    [finding] = report.unusable
    assert finding.code == "other-kind"
    assert f"This is {name.partition(' (')[0]}" in str(finding.message)
    assert headline_of(report) is Headline.OTHER_KIND
    czech = Texts().plain(finding.message, "cs")
    assert "This" not in czech


@pytest.mark.parametrize("octets", [b"", b" \r\n"])
def test_an_empty_file_is_called_empty(toy, octets):
    """It says so, and to have it sent again."""
    [finding] = toy.verifier().verify(octets, at=AT).unusable
    assert (finding.code, "send it again" in str(finding.message)) == ("empty", True)


def test_a_seal_of_another_kind_is_not_judged(toy):
    """A credential with a proof inside is not called unsealed; it is undetermined, and nothing in it is proven."""
    payload = json.loads(toy.payload())
    report = toy.verifier().verify(
        json.dumps({**payload, "proof": {"type": "DataIntegrityProof"}}).encode(), at=AT
    )
    assert report.verdict is Verdict.UNDETERMINED
    assert (report.outcome("integrity"), report.proven) == (Outcome.UNDETERMINED, False)
    assert headline_of(report) is Headline.SEALED_OTHERWISE
    empty = toy.verifier().verify(json.dumps({**payload, "proof": None}).encode(), at=AT)
    assert empty.outcome("integrity") is Outcome.FAILED


@given(st.binary(max_size=200) | st.sampled_from([*FILES.values()]).flatmap(lambda data: st.integers(0, len(data)).map(lambda n: data[:n])))  # fmt: skip
def test_whatever_comes_has_a_name_or_none(data):
    """No octets make it fail."""
    found = other_file(data)
    assert found is None or found.code in {"empty", "other-kind"}
