"""Whom a seal certificate names, and the test mark."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.errors import SealError
from mikrocert.kinds.certificates import TEST_POLICY, identity_of, is_test, owner_of

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
OIDS = {
    "C": NameOID.COUNTRY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "ID": NameOID.ORGANIZATION_IDENTIFIER,
    "CN": NameOID.COMMON_NAME,
}
OWNER = {"C": "CZ", "O": "Univerzita Řípská", "ID": "NTRCZ-12345679", "CN": "Pečeť řůď"}


def certificate(*attributes, subject=OWNER, key=KEY, marked=False) -> bytes:
    """Return a certificate, DER, with these names and extensions."""
    attributes = [*subject.items(), *attributes]
    name = x509.Name([x509.NameAttribute(OIDS[part], value, _validate=False) for part, value in attributes])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(x509.Name([]))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
    )
    if marked:
        policy = x509.PolicyInformation(x509.ObjectIdentifier(TEST_POLICY), None)
        builder = builder.add_extension(x509.CertificatePolicies([policy]), critical=False)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize("position", [0, 1])
def test_the_mark_anywhere_in_the_chain_makes_a_test(position):
    """A test mark on any certificate of the chain makes the owner that of a test seal."""
    chain = [certificate(marked=position == at) for at in (0, 1)]
    assert owner_of(chain).test
    assert is_test(chain)


def test_test_in_the_name_alone_is_no_mark():
    """Names can be chosen by anyone; only the policy counts."""
    assert not is_test([certificate(subject={**OWNER, "O": "TEST", "CN": "TEST"}), b"nonsense"])


@pytest.mark.parametrize(
    ("lacking", "message"),
    [("O", "lacks O;"), ("C", "lacks C;"), ("ID", r"lacks organizationIdentifier \(2.5.4.97\);")],
)
def test_incomplete_subject_cannot_issue(lacking, message):
    """A certificate without O, C or organizationIdentifier is refused, and all that is missing is named."""
    subject = {part: value for part, value in OWNER.items() if part != lacking}
    with pytest.raises(SealError, match=message):
        owner_of([certificate(subject=subject)])
    with pytest.raises(SealError, match=r"lacks O, organizationIdentifier .*, C;"):
        identity_of([certificate(subject={"CN": "Pečeť ř"})], algorithm="ES256")


@pytest.mark.parametrize(("part", "called"), [("O", "O"), ("CN", "CN"), ("ID", "organizationIdentifier")])
def test_ambiguous_subject_cannot_issue(part, called):
    """A name with one attribute twice identifies nobody."""
    with pytest.raises(SealError, match=f"has {called} more than once"):
        owner_of([certificate((part, "Jiná ď"))])


@pytest.mark.filterwarnings("ignore:Attribute's length must be:UserWarning")
@pytest.mark.parametrize("country", ["CZE", "C", "C1", "  "])
def test_country_has_two_letters(country):
    """A country that is no ISO 3166-1 alpha-2 code is refused."""
    with pytest.raises(SealError, match="two letters, such as CZ, would be right"):
        owner_of([certificate(subject={**OWNER, "C": country})])


@pytest.mark.parametrize(
    "identifier",
    [
        "NTRCZ-12345679",
        "VATCZ-CZ12345679",
        "LEIXG-529900T8BM49AURSDO55",
        "PSDPL-PFSA-1234567890",
        "EI:SE-5567971433",
        "NTRDE-HRB 147133",
        "NTRBE-0314.595.348",
    ],
)
def test_identifier_of_an_organisation_is_taken_as_it_is(identifier):
    """The forms of EN 319 412-1, 5.1.4 are kept to the letter."""
    assert owner_of([certificate(subject={**OWNER, "ID": identifier})]).organization_identifier == identifier


@pytest.mark.parametrize(
    "identifier",
    {
        "zero width": "NTRCZ-1234\u200b5679",
        "zero width in front": "\u200bNTRCZ-12345679",
        "word joiner": "NTRCZ-\u206012345679",
        "byte order mark": "NTRCZ-12345679\ufeff",
        "soft hyphen": "NTRCZ\u00ad-12345679",
        "full-width letter": "ＮTRCZ-12345679",
        "full-width digit": "NTRCZ-1234567９",
        "Cyrillic letter": "NТRCZ-12345679",
        "other hyphen": "NTRCZ‐12345679",
        "no-break space": "NTRCZ-1234\u00a05679",
        "line break": "NTRCZ-12345679\n",
        "control character": "NTRCZ-\x0012345679",
        "space in front": " NTRCZ-12345679",
        "space behind": "NTRCZ-12345679 ",
        "lower case": "ntrcz-12345679",
        "no register": "CZ-12345679",
        "no number": "NTRCZ-",
        "number alone": "12345679",
        "a person's": "PNOCZ-9001011234",
        "endless": "NTRCZ-" + "1" * 100,
    }.values(),
)
def test_identifier_in_another_form_is_wrong(identifier):
    """What looks like an identifier and isn't one to the letter is refused and shown in ASCII, never another owner."""
    with pytest.raises(SealError, match="such as NTRCZ-12345679, would be right") as caught:
        owner_of([certificate(subject={**OWNER, "ID": identifier})])
    assert str(caught.value).isascii()


def test_large_certificate_is_not_read():
    """A certificate beyond 16 kB costs nothing but its length."""
    with pytest.raises(SealError, match="has 17000 octets, at most 16384 are read"):
        owner_of([certificate().ljust(17_000, b"\0")])


def test_owner_is_read_by_object_identifier():
    """The names come out as they were put in, diacritics, commas and equals signs included."""
    octets = certificate(subject={**OWNER, "O": "Řízení, O=Podvrh"})
    owner = owner_of([octets])
    assert (owner.legal_name, owner.common_name) == ("Řízení, O=Podvrh", "Pečeť řůď")
    assert (owner.organization_identifier, owner.country) == ("NTRCZ-12345679", "CZ")
    assert owner.x509 == octets


def test_names_may_stand_together():
    """Attributes of a multi-valued relative name are found one by one; without CN the owner is called by O."""
    group = x509.RelativeDistinguishedName(
        [x509.NameAttribute(OIDS[part], OWNER[part]) for part in ("C", "O", "ID")]
    )
    octets = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([group]))
        .issuer_name(x509.Name([]))
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW)
        .sign(KEY, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )
    assert owner_of([octets]).common_name == "Univerzita Řípská"


@pytest.mark.parametrize("key", [KEY, ed25519.Ed25519PrivateKey.generate()])
def test_identity_has_key_chain_and_owner(key):
    """An identity holds the certificate's key, whatever its kind, all certificates in order, and the owner."""
    chain = [certificate(key=key), certificate()]
    identity = identity_of(chain, algorithm="ES256")
    assert load_der_public_key(identity.public_key) == key.public_key()
    assert identity.certificates == tuple(chain)
    assert identity.owner == owner_of(chain)
    assert identity.algorithm == "ES256"


@pytest.mark.parametrize("function", [owner_of, lambda chain: identity_of(chain, algorithm="ES256")])
@pytest.mark.parametrize(
    ("octets", "message"),
    [
        ((), "there is no seal certificate"),
        ((b"",), "can't be read"),
        ((b"0\x82\xff\xff",), "can't be read"),
        ((b"nonsense" * 100,), "can't be read"),
        ((certificate() + b"\0",), "can't be read"),
    ],
)
def test_what_is_no_certificate_is_refused(function, octets, message):
    """No certificate, nonsense and octets behind a certificate are refused, each with the reason."""
    with pytest.raises(SealError, match=message):
        function(octets)


WHOLE = certificate(marked=True)


@given(at=st.integers(0, len(WHOLE) - 1), octet=st.integers(0, 255), end=st.integers(0, len(WHOLE)))
def test_hostile_certificate_is_refused_or_read(at, octet, end):
    """A certificate with any octet exchanged, or cut anywhere, gives an identity or `SealError` and nothing else."""
    damaged = WHOLE[:at] + bytes([octet]) + WHOLE[at + 1 :]
    for octets in (damaged, WHOLE[:end]):
        try:
            identity = identity_of([octets], algorithm="ES256")
        except SealError:
            continue
        assert identity.owner.x509 == octets
        assert identity.owner.legal_name
