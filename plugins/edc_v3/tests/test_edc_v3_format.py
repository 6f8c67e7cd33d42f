"""The format keeps the contract, and what it wrote reads back equal."""

from __future__ import annotations

import copy
import json
from datetime import UTC, date, datetime, timedelta, timezone

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from mikrocert.api import Identifier, LanguageMap, LearningOutcome, Packaging, Participation, Severity
from mikrocert.errors import FormatError
from mikrocert.testing import FormatContract, PluginContract
from mikrocert.testing.strategies import awards
from mikrocert_edc_v3 import plugin
from mikrocert_edc_v3.format import EdcFormat

IDENTIFIER = "K7mQx4Rt9bHz"


class TestEdcPlugin(PluginContract):
    @pytest.fixture
    def plugin(self):
        return plugin


class TestEdcFormat(FormatContract):
    @pytest.fixture
    def form(self):
        return EdcFormat()


@pytest.mark.system  # some seconds
@settings(suppress_health_check=list(HealthCheck))
@given(award=awards(awarded_until=date(2026, 11, 22)))
def test_any_award_reads_back_equal(award, complete, edc):
    """Built, completed and opened again, an award differs in nothing but the e-mail, and what only repeats its default."""
    quality = tuple(
        attrs.evolve(each, agent=None) if each.agent == award.awarding_body else each
        for each in award.quality_assurance
    )
    learner = attrs.evolve(award.learner, email=None)
    expected = attrs.evolve(award, learner=learner, quality_assurance=quality)
    assert edc.award(edc.open(complete(award))) == expected


def test_private_identifiers_never_enter(full_award, complete):
    """A student number among the identifiers stays outside, and so does the e-mail."""
    learner = attrs.evolve(
        full_award.learner, identifiers=(Identifier("uco", "433364"),), email="tereza@example.org"
    )
    payload = complete(attrs.evolve(full_award, learner=learner)).decode()
    assert "433364" not in payload
    assert "tereza@example.org" not in payload


def test_packaging_is_a_jsonld_file_in_a_jades_envelope(edc):
    """The format says what its files are, and that it wants pictures and a certificate."""
    assert edc.packaging == Packaging("application/ld+json", ".jsonld", "jades", pictures=True, document=True)


def test_verification_link_is_read_back(edc, payload, sample):
    """Our own link is read back; a supplementary document of somebody else is no verification link."""
    assert edc.open(payload).link == f"https://mikrocertifikat.cz/verify/{IDENTIFIER}"
    assert edc.open(sample).link is None


def test_header_is_what_live_files_have(document):
    """Context, types, profile, schema and mandate are the fixed ones; both dates of issuing are there."""
    assert list(document)[-1] == "@context"
    assert document["type"] == ["VerifiableCredential", "EuropeanDigitalCredential"]
    assert document["id"].startswith("urn:credential:")
    assert document["credentialProfiles"]["id"] == "http://data.europa.eu/snb/credential/e34929035b"
    assert document["credentialSchema"] == {
        "id": "http://data.europa.eu/snb/model/ap/edc-generic-full",
        "type": "ShaclValidator2017",
    }
    assert document["issued"] == document["issuanceDate"] == "2026-11-22T14:05:00Z"
    assert document["evidence"]["dcType"]["id"] == "http://data.europa.eu/snb/evidence-type/c_18016257"
    assert "2026/1" in document["evidence"]["evidenceStatement"]
    assert "credentialStatus" not in document


def test_issuer_node_has_what_the_seal_certificate_says(document):
    """The issuer is the seal owner with nothing added."""
    issuer = document["issuer"]
    assert set(issuer) == {"id", "type", "legalName", "altLabel", "eIDASIdentifier", "location"}
    assert issuer["legalName"] == {"cs": "Polabská univerzita"}
    assert issuer["eIDASIdentifier"]["notation"] == "NTRCZ-12345679"
    assert issuer["eIDASIdentifier"]["spatial"]["id"].endswith("/CZE")


def test_dates_keep_their_day(document):
    """Birth and awarding are noon UTC, validity begins with the day and ends with it in Prague."""
    subject = document["credentialSubject"]
    assert subject["dateOfBirth"] == "1994-03-14T12:00:00Z"
    assert subject["hasClaim"]["awardedBy"]["awardingDate"] == "2026-06-22T12:00:00Z"
    assert document["validFrom"] == "2026-06-22T00:00:00Z"
    assert document["validUntil"] == document["expirationDate"] == "2031-12-31T23:59:59+01:00"


def test_validity_never_begins_in_the_future(full_award, complete, edc):
    """Sealed just after midnight in Prague, a credential is valid from that moment, and its awarding day stays."""
    at = datetime(2026, 6, 22, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    credential = edc.open(complete(full_award, at=at))
    assert credential.valid_from == at
    assert edc.award(credential).awarded_on == date(2026, 6, 22)


def test_ids_are_unique_and_numbered_from_one(document):
    """Equal nodes share an id, different ones never do; numbers begin at 1."""
    text = json.dumps(document)
    assert '"urn:epass:org:1"' in text
    assert '"urn:epass:person:1"' in text
    assert '"urn:epass:learningAchievement:1"' in text


def test_credits_are_a_string_with_a_point(document):
    """2,5 credits are the string 2.5."""
    assert document["credentialSubject"]["hasClaim"]["specifiedBy"]["creditPoint"]["point"] == "2.5"


def test_pictures_are_embedded_by_language_and_page(document):
    """Each language has its pages in order, and Czech comes first."""
    display = document["displayParameter"]
    assert display["primaryLanguage"]["id"].endswith("/CES")
    english = display["individualDisplay"][1]
    assert english["language"]["id"].endswith("/ENG")
    assert [detail["page"] for detail in english["displayDetail"]] == [1, 2]


REFUSED = {
    "no pictures": ({"pictures": {}}, "min-count"),
    "country of the seal unknown": ({"country": "XX"}, "unknown-code"),
    "picture in no language": ({"pictures": {"xx": (b"x",)}}, "unknown-code"),
    "signer without a certificate": ({"anonymous": True}, "no-owner"),
}


@pytest.mark.parametrize(("wrong", "code"), REFUSED.values(), ids=REFUSED)
def test_incomplete_credential_is_refused(wrong, code, full_award, mandate, identity):
    """What would not conform is never handed out for sealing."""
    edc = EdcFormat()
    draft = edc.build(
        full_award, identifier=IDENTIFIER, link=f"https://x.cz/verify/{IDENTIFIER}", mandate=mandate
    )
    owner = attrs.evolve(identity.owner, country=wrong.get("country", "CZ"))
    with pytest.raises(FormatError) as caught:
        edc.complete(
            draft,
            identity=attrs.evolve(identity, owner=None if wrong.get("anonymous") else owner),
            at=datetime(2026, 11, 22, tzinfo=UTC),
            pictures=wrong.get("pictures", {"cs": (b"x",)}),
        )
    assert code in {finding.code for finding in caught.value.findings}


def test_unknown_code_of_an_award_is_refused(edc, full_award, mandate):
    """A code in no list is named when the credential is built."""
    award = attrs.evolve(full_award, participation=Participation("telepathy"))
    with pytest.raises(FormatError, match="telepathy"):
        edc.build(award, identifier=IDENTIFIER, link="https://x.cz/verify/x", mandate=mandate)


def test_one_skill_with_two_titles_is_refused(full_award, complete):
    """One concept can't have two labels."""
    first = full_award.outcomes[0]
    skill = attrs.evolve(first.skills[0], title=LanguageMap.of("něco jiného"))
    outcomes = (first, LearningOutcome(LanguageMap.of("Umí i jiné."), (skill,)))
    with pytest.raises(FormatError, match="other content"):
        complete(attrs.evolve(full_award, outcomes=outcomes))


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'{"type": "Person"}', b"%PDF", b"\xff\xfe", b'"EuropeanDigitalCredential"']
)
def test_foreign_octets_are_not_recognised(data, edc):
    """What doesn't begin like an object that names the type is somebody else's."""
    assert not edc.recognises(data)


def test_official_sample_is_opened_and_passes(sample, edc):
    """An official sample is recognised, opened, and its format has no error."""
    assert edc.recognises(sample)
    credential = edc.open(sample)
    findings = edc.examine(credential)
    assert findings[0].code == "conforms"
    assert {finding.severity for finding in findings} == {Severity.INFO}
    assert credential.issuer is not None
    assert credential.issuer.eidas_identifier == "VATES-A00000000"
    assert credential.issuer.country == "ES"


def test_award_of_a_foreign_credential_names_what_is_missing(elm, edc):
    """Where a foreign credential has no such element, each one is named."""
    sealed = json.loads((elm / "Sample-CertOfPart-2025-signed.jsonld").read_text(encoding="utf-8"))
    with pytest.raises(FormatError) as caught:
        edc.award(edc.open(sealed["payload"].encode()))
    assert {"title", "level.eqf"} <= {finding.path for finding in caught.value.findings}


def test_what_a_foreign_credential_lacks_is_told_apart(elm, edc):
    """What can be read of its award is there, and what can't is named without positions of lists."""
    sealed = json.loads((elm / "Sample-CertOfPart-2025-signed.jsonld").read_text(encoding="utf-8"))
    part = edc.partial_award(edc.open(sealed["payload"].encode()))
    assert {"level.eqf", "awarding_body.address.country"} & part.missing
    assert part.award.learner.family_name
    assert not [path for path in part.missing if "[" in path]


def test_failing_credential_has_no_summary_of_success(payload, edc):
    """Where a constraint is broken, nothing says that the format conforms."""
    broken = json.loads(payload)
    del broken["issuer"]
    findings = edc.examine(edc.open(json.dumps(broken).encode()))
    assert "conforms" not in {finding.code for finding in findings}


ADDRESS = "https://jinde.example/verify/ř"

PLACES = {  # where → a change that puts an address there
    "the id of the credential": lambda document: document.update(id=ADDRESS),
    "a homepage": lambda document: document["issuer"].update(
        homepage={"id": "urn:epass:webResource:90", "type": "WebResource", "contentURL": ADDRESS}
    ),
    "an id alone": lambda document: document["issuer"].update(homepage=ADDRESS),
    "a text": lambda document: document["displayParameter"]["title"].update(de=ADDRESS),
    "a literal in an array": lambda document: document["evidence"].update(evidenceStatement=[ADDRESS, "x"]),
    "a term that nobody knows": lambda document: document.update(seeAlso={"deep": [ADDRESS]}),
    "the name of a file": lambda document: document.update(
        attachment={"id": "urn:epass:mediaObject:91", "type": "MediaObject", "contentURL": ADDRESS}
    ),
}


@pytest.mark.parametrize("where", PLACES)
def test_every_text_and_address_is_given(where, document, edc):
    """Wherever it stands, understood or not, once."""
    changed = copy.deepcopy(document)
    PLACES[where](changed)
    texts = edc.texts(edc.open(json.dumps(changed).encode()))
    assert texts.count(ADDRESS) == 1
    assert edc.open(json.dumps(document).encode()).link in texts


def test_what_is_in_files_is_no_text(document, edc):
    """Pictures are long and say nothing that could be looked for."""
    texts = edc.texts(edc.open(json.dumps(document).encode()))
    assert max(map(len, texts)) < 2000


def test_format_needs_no_rdf_library(new_python):
    """Building, opening and validating load neither pyld nor rdflib nor pyshacl."""
    printed = new_python(
        "import sys, mikrocert_edc_v3.format; print({'pyld', 'rdflib', 'pyshacl'} & set(sys.modules))"
    )
    assert printed == "set()\n"
