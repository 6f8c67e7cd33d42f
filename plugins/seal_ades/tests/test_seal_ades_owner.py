"""Who owns a seal, and what the seal certificate claims of itself."""

import pytest
from asn1crypto import core
from cryptography import x509
from mikrocert.api import SealQuality
from mikrocert.errors import SealError
from mikrocert_seal_ades.owner import owner_noted, owner_of
from mikrocert_seal_ades.seal import AdesSeal
from mikrocert_seal_ades.test_policy import is_test

COMPLIANCE, SSCD, TYPE = "0.4.0.1862.1.1", "0.4.0.1862.1.4", "0.4.0.1862.1.6"
ESEAL, ESIGN = "0.4.0.1862.1.6.2", "0.4.0.1862.1.6.1"
OWNER = {"C": "CZ", "O": "Univerzita Řípská", "ID": "NTRCZ-12345679", "CN": "Pečeť řůď"}


def statements(*statements: tuple[str, ...]) -> x509.UnrecognizedExtension:
    """Return a QCStatements extension: an identifier each, and the types in it."""

    def sequence(*parts: bytes) -> bytes:
        body = b"".join(parts)
        return bytes((0x30, len(body))) + body

    encoded = [
        sequence(
            core.ObjectIdentifier(name).dump(),
            *([sequence(*(core.ObjectIdentifier(kind).dump() for kind in kinds))] if kinds else []),
        )
        for name, *kinds in statements
    ]
    return x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3"), sequence(*encoded))


@pytest.mark.parametrize(
    ("claims", "quality"),
    [
        ((), SealQuality.ADVANCED),
        (((COMPLIANCE,),), SealQuality.ADVANCED),
        (((COMPLIANCE,), (TYPE, ESIGN)), SealQuality.ADVANCED),
        (((TYPE, ESEAL), (SSCD,)), SealQuality.ADVANCED),
        (((COMPLIANCE,), (TYPE, ESEAL)), SealQuality.ADVANCED_QC),
        (((COMPLIANCE,), (TYPE, ESEAL), (SSCD,)), SealQuality.QUALIFIED),
    ],
)
def test_quality_is_what_the_statements_claim(parties, claims, quality):
    """Compliance and the type eSeal make it a qualified certificate, the device makes it a qualified seal."""
    extensions = (statements(*claims),) if claims else ()
    owner = owner_of([parties.certify("seal", OWNER, by=parties.authority, extensions=extensions).der])
    assert owner.quality is quality


def test_garbled_statements_claim_nothing(parties):
    """QCStatements that can't be read leave an advanced seal, and no exception."""
    garbled = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3"), b"\x30\x05abc")
    certificate = parties.certify("seal", OWNER, by=parties.authority, extensions=(garbled,)).der
    noted = owner_noted([certificate])
    assert noted is None or noted.quality is SealQuality.ADVANCED


@pytest.mark.parametrize("where", ["seal", "authority"])
def test_the_mark_anywhere_in_the_chain_makes_a_test(parties, where):
    """A test mark on any certificate of the chain beats every claim of quality."""
    claims = (statements((COMPLIANCE,), (TYPE, ESEAL), (SSCD,)),)
    seal = parties.certify("seal", OWNER, by=parties.authority, marked=where == "seal", extensions=claims)
    authority = parties.certify(
        "authority", {"CN": "ř"}, by=parties.root, ca=True, marked=where == "authority"
    )
    assert owner_of([seal.der, authority.der]).quality is SealQuality.TEST
    assert is_test([seal.der, authority.der])


def test_test_in_the_name_alone_is_no_mark(parties):
    """Names can be chosen by anyone; only the policy counts."""
    certificate = parties.certify("seal", {**OWNER, "O": "TEST", "CN": "TEST"}, by=parties.authority).der
    assert not is_test([certificate])


@pytest.mark.parametrize(
    ("lacking", "message"),
    [("O", "lacks O;"), ("C", "lacks C;"), ("ID", r"lacks organizationIdentifier \(2.5.4.97\);")],
)
def test_incomplete_subject_cannot_issue(parties, lacking, message):
    """A certificate without O, C or organizationIdentifier is refused for issuing, and names nobody when read."""
    subject = {part: value for part, value in OWNER.items() if part != lacking}
    certificate = parties.certify("seal", subject, by=parties.authority).der
    with pytest.raises(SealError, match=message):
        owner_of([certificate])
    assert owner_noted([certificate]) is None


def test_owner_is_read_by_object_identifier(parties):
    """The names come out as they were put in, diacritics, commas and equals signs included."""
    certificate = parties.certify("seal", {**OWNER, "O": "Řízení, O=Podvrh"}, by=parties.authority).der
    owner = owner_of([certificate])
    assert (owner.legal_name, owner.common_name) == ("Řízení, O=Podvrh", "Pečeť řůď")
    assert (owner.organization_identifier, owner.country) == ("NTRCZ-12345679", "CZ")


def test_a_seal_has_the_owner_of_its_certificate(parties):
    """`AdesSeal.owner` is what the seal certificate says."""
    signer = parties.signer()
    assert AdesSeal(signer).owner == owner_of(signer.certificate_chain)
