"""CMS signatures are written and read in one way."""

import attrs
import pytest
from asn1crypto import cms as asn1
from asn1crypto import tsp
from hypothesis import given
from hypothesis import strategies as st
from mikrocert_seal_ades.pades import attributes, cms


@pytest.fixture(scope="module")
def signed(parties):
    """Return a signature that nobody would call good, but well-formed."""
    certificates = parties.signer().identity.certificates
    leaf = certificates[0]
    digest = next(iter(cms.DIGESTS))
    algorithm = next(octets for (_, octets), name in cms.SIGNATURES.items() if name == "ES256")
    inside = attributes.encode(
        document_digest=bytes(32), certificates=certificates, digest=digest, algorithm=algorithm
    )
    return cms.SignedData(tuple(sorted(certificates)), leaf, digest, algorithm, inside, b"\x30\x00")


@given(
    signature=st.binary(max_size=70_000),
    document=st.binary(min_size=32, max_size=32),
    padding=st.integers(0, 99),
)
def test_what_is_written_reads_back_equal(signed, signature, document, padding):
    """Whatever signature and digest, long or short, padded or not, reading gives what was written."""
    inside = attributes.encode(
        document_digest=document,
        certificates=(signed.signer,),
        digest=signed.digest,
        algorithm=signed.algorithm,
    )
    given_data = attrs.evolve(signed, signature=signature, signed_attributes=inside)
    found = cms.read(given_data.dump() + bytes(padding))
    assert found == given_data
    assert attributes.read(found).message_digest == document


@pytest.mark.system
def test_another_library_reads_the_same(signed):
    """asn1crypto finds what was written, and writes it again octet for octet."""
    info = asn1.ContentInfo.load(signed.dump(), strict=True)
    content = info["content"]
    assert content["signer_infos"][0]["signature"].native == signed.signature
    assert [c.chosen.dump() for c in content["certificates"]] == list(signed.certificates)
    assert info.dump(force=True) == signed.dump()
    reference = content["signer_infos"][0]["signed_attrs"][3]["values"][0]
    assert isinstance(reference, tsp.SigningCertificateV2)


@attrs.frozen
class Raw:
    """Octets that are there already."""

    octets: bytes

    def dump(self) -> bytes:
        return self.octets


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("1.2.840.113549.1.9.3", "lacks the signed attribute"),
        ("1.2.840.113549.1.9.4", "lacks the signed attribute"),
        ("1.2.840.113549.1.9.16.2.47", "lacks the signed attribute"),
        ("signing_time", "PAdES has it in the signature dictionary only"),
        ("twice", "is there twice"),
        ("other content", "doesn't say that it covers the data of a document"),
        ("other algorithms", "doesn't fit those used"),
    ],
)
def test_signed_attributes_are_those_of_pades(signed, name, message):
    """What PAdES B-B demands has to be there once, what it forbids must not."""
    found = list(asn1.CMSAttributes.load(signed.signing_input))
    match name:
        case "signing_time":
            time = asn1.Time({"utc_time": asn1.UTCTime("261122120000Z")})
            found.append(asn1.CMSAttribute({"type": "signing_time", "values": [time]}))
        case "twice":
            found.append(found[0])
        case "other content":
            time_stamped = bytes.fromhex("2a864886f70d0109100104")
            inside = signed.signed_attributes.replace(cms.DATA, cms.tlv(0x06, time_stamped))
            found = [
                Raw(
                    inside.replace(b"\x30\x18\x06\x09", b"\x30\x1a\x06\x09").replace(b"\x31\x0b", b"\x31\x0d")
                )
            ]
        case "other algorithms":
            rsa = next(octets for (_, octets), algorithm in cms.SIGNATURES.items() if algorithm == "RS256")
            signed = attrs.evolve(signed, algorithm=rsa)
        case _:
            found = [a for a in found if a["type"].dotted != name]
    inside = b"".join(attribute.dump() for attribute in found)
    with pytest.raises(cms.CmsError, match=message) as caught:
        attributes.read(attrs.evolve(signed, signed_attributes=inside))
    assert str(caught.value)


def test_attributes_of_seals_are_known_by_name_after_reading(new_python):
    """A process that has read a PAdES seal can make a CMS attribute whose name asn1crypto.tsp brings."""
    script = """
        from mikrocert_seal_ades.pki.x509 import asn1crypto
        cms = asn1crypto("cms")
        cms.CMSAttributeType("content_type").dump()
        from asn1crypto import tsp
        cms.CMSAttributeType("signing_certificate_v2").dump()
    """
    assert new_python(script) == ""
