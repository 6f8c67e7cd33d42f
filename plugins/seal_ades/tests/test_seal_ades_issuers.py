"""Certificates of issuers that a file lacks: where they could be had is told, and they are fetched where that host is named."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import serialize_certificates
from mikrocert.api import Outcome, Trust
from mikrocert_seal_ades.envelopes import JadesEnvelope, PadesEnvelope
from mikrocert_seal_ades.pki.asking import IssuerClient, RememberedIssuers
from mikrocert_seal_ades.pki.errors import ServiceError
from mikrocert_seal_ades.pki.http import Http
from mikrocert_seal_ades.pki.problems import problem
from mikrocert_seal_ades.signers import KeySigner

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOSTS = frozenset({"ca.example"})
PLACE = "http://ca.example/authority.cer"
OWNER = {"C": "CZ", "O": "Univerzita Řípská", "ID": "NTRCZ-12345679", "CN": "Pečeť bez vydavatele"}


def at(*places):
    """Return the extension that says where the issuer's certificate is."""
    return x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(
                x509.AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(place)
            )
            for place in places
        ]
    )


@pytest.fixture
def seal(parties):
    """Return a function that makes a seal whose file has its own certificate and nothing above."""

    def made(*places):
        party = parties.certify("alone", OWNER, by=parties.authority, extensions=(at(*places),))
        return KeySigner(party.key, certificates=(party.der,), algorithm="ES256")

    return made


class Web:
    """Answers with what was put there, and remembers who was asked."""

    def __init__(self, pages):
        self.pages, self.asked = pages, []

    def get(self, url):
        self.asked.append(url)
        if url not in self.pages:
            raise ServiceError(problem("service-silent", url=url, reason="HTTP 404"))
        return self.pages[url]


@pytest.fixture
def web(monkeypatch):
    """Return the pages of a web that everybody asks, with who was asked; hosts are still bounded by who asks."""
    web = Web({})

    def asked(http, url, *, body, content_type):
        if http.hosts is not None and url.split("/")[2] not in http.hosts:
            raise ServiceError(problem("service-address", url=url))
        return web.get(url)

    monkeypatch.setattr(Http, "_asked", asked)
    return web


@pytest.fixture(params=["jades", "pades"])
def judged(request, parties, make_pdf):
    """Return a function that gives the result `trust` of what somebody sealed."""
    envelope = JadesEnvelope() if request.param == "jades" else PadesEnvelope()

    def result(signer, *, hosts=HOSTS, anchors=None):
        sealed = (
            parties.jades(b"{}", by=signer)
            if request.param == "jades"
            else parties.pades(make_pdf(("a.jsonld", b"{}")), by=signer)
        )
        trust = Trust(anchors or (parties.root.der,), revocation="if-available", revocation_hosts=hosts)
        return envelope.examine(envelope.open(sealed), trust=trust, at=NOW)[1]

    return result


def codes(result):
    return {finding.code for finding in result.findings}


def test_an_issuer_is_fetched_from_a_host_that_is_named(judged, seal, web, parties):
    """Once, however many files lack it."""
    web.pages[PLACE] = parties.authority.der
    signer = seal(PLACE)
    for _ in range(3):
        assert judged(signer).outcome is Outcome.PASSED
    assert web.asked.count(PLACE) == 1


def test_several_issuers_above_each_other_are_fetched(judged, web, parties):
    """Each from where the one below says."""
    subject = {"C": "CZ", "O": "Řípská autorita", "CN": "Podřízená autorita"}
    below = parties.certify("below", subject, by=parties.authority, ca=True, extensions=(at(PLACE),))
    place = "http://ca.example/below.cer"
    party = parties.certify("lowest", OWNER, by=below, extensions=(at(place),))
    web.pages |= {PLACE: parties.authority.der, place: below.der}
    signer = KeySigner(party.key, certificates=(party.der,), algorithm="ES256")
    assert judged(signer).outcome is Outcome.PASSED
    assert web.asked == [place, PLACE]


def test_without_a_host_nobody_is_asked_and_the_place_is_told(judged, seal, web, parties):
    """Also where it is another host."""
    web.pages[PLACE] = parties.authority.der
    for hosts in (frozenset(), frozenset({"other.example"})):
        result = judged(seal(PLACE), hosts=hosts)
        assert result.outcome is Outcome.UNDETERMINED
        assert {"issuer-not-trusted", "issuer-missing"} <= codes(result)
        assert any(PLACE in str(finding.message) for finding in result.findings)
    assert web.asked == []


def test_nothing_is_fetched_where_nothing_is_missing(judged, seal, web, parties):
    """Where the issuer is an anchor itself the file is complete."""
    assert judged(seal(PLACE), anchors=(parties.authority.der,)).outcome is Outcome.PASSED
    assert web.asked == []


def lie(parties, name):
    """Return a certificate that claims to be the authority's and has another key."""
    subject = {"C": "CZ", "O": "Řípská autorita", "CN": name}
    return parties.certify("liar", subject, ca=True).der


ANSWERS = {  # name → what stands at the place
    "nothing": lambda _: None,
    "no certificate": lambda _: b"<html>",
    "an empty answer": lambda _: b"",
    "the certificate of somebody else": lambda parties: lie(parties, "jiná"),
    "that of the seal's root": lambda parties: parties.root.der,
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_did_not_issue_it_is_of_no_use(judged, seal, web, parties, name):
    """Whatever a host answers, only a signature makes it the issuer's; it is asked once."""
    answer = ANSWERS[name](parties)
    if answer is not None:
        web.pages[PLACE] = answer
    signer = seal(PLACE)
    for _ in range(2):
        result = judged(signer)
        assert result.outcome is Outcome.UNDETERMINED
        assert "issuer-missing" in codes(result)
    assert web.asked.count(PLACE) == 1


def test_certificates_come_in_either_form_and_from_the_second_place(parties):
    """DER and PKCS #7; a silent address is passed over, and no more than two are asked."""
    authority = x509.load_der_x509_certificate(parties.authority.der)
    packed = serialize_certificates([authority], Encoding.DER)
    places = ("http://silent.example/a", PLACE, "http://third.example/c")
    leaf = parties.certify("places", OWNER, by=parties.authority, extensions=(at("ldap://x/y", *places),)).der
    for octets in (parties.authority.der, packed):
        web = Web({PLACE: octets})
        assert IssuerClient(web).fetch(leaf) == (parties.authority.der,)
        assert web.asked == list(places[:2])
    web = Web({places[2]: packed})
    assert IssuerClient(web).fetch(leaf) == ()


def test_an_answer_is_remembered_for_a_while_and_not_without_bound():
    """Also that there is none."""
    asked, now = [], [NOW]

    class Source:
        def fetch(self, certificate):
            asked.append(certificate)
            return ()

    remembered = RememberedIssuers(Source(), most=2, now=lambda: now[0])
    for certificate in (b"a", b"a", b"b", b"b"):
        assert remembered.fetch(certificate) == ()
    assert asked == [b"a", b"b"]
    now[0] += timedelta(hours=2)
    remembered.fetch(b"a")
    assert asked == [b"a", b"b", b"a"]
    remembered.fetch(b"c")
    assert len(remembered._kept) <= 2
