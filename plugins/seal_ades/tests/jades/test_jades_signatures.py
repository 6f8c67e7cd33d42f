"""Signatures under certificates, revocation data and time stamps."""

from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from mikrocert_seal_ades.pki.signatures import digest_of, signature_problem, wrapped
from mikrocert_seal_ades.pki.x509 import asn1crypto

RSA = rsa.generate_private_key(65537, 2048)
P256, P521 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP521R1())
ED25519, ED448 = ed25519.Ed25519PrivateKey.generate(), ed448.Ed448PrivateKey.generate()
OCTETS = "řůď".encode()


def identifier(name: str, parameters: Any = None) -> bytes:
    members = {"algorithm": name, **({} if parameters is None else {"parameters": parameters})}
    octets: bytes = asn1crypto("algos").SignedDigestAlgorithm(members).dump()
    return octets


def pss(digest: str, *, salt: int, mask: str = "") -> bytes:
    parameters = {
        "hash_algorithm": {"algorithm": digest},
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": mask or digest}},
        "salt_length": salt,
    }
    return identifier("rsassa_pss", parameters)


def public(key: Any) -> bytes:
    octets: bytes = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return octets


def masked(salt: int) -> padding.PSS:
    return padding.PSS(padding.MGF1(hashes.SHA384()), salt)


GOOD: dict[str, tuple[Any, bytes, str, bytes]] = {
    "RSA": (RSA, identifier("sha256_rsa"), "", RSA.sign(OCTETS, padding.PKCS1v15(), hashes.SHA256())),
    "RSA, digest beside": (
        RSA,
        identifier("rsassa_pkcs1v15"),
        "sha512",
        RSA.sign(OCTETS, padding.PKCS1v15(), hashes.SHA512()),
    ),
    "RSA-PSS": (RSA, pss("sha384", salt=48), "", RSA.sign(OCTETS, masked(48), hashes.SHA384())),
    "RSA-PSS, short salt": (
        RSA,
        pss("sha384", salt=20),
        "sha384",
        RSA.sign(OCTETS, masked(20), hashes.SHA384()),
    ),
    "ECDSA": (P256, identifier("sha256_ecdsa"), "sha256", P256.sign(OCTETS, ec.ECDSA(hashes.SHA256()))),
    "ECDSA, another curve": (
        P521,
        identifier("sha384_ecdsa"),
        "",
        P521.sign(OCTETS, ec.ECDSA(hashes.SHA384())),
    ),
    "Ed25519": (ED25519, identifier("ed25519"), "", ED25519.sign(OCTETS)),
    "Ed448": (ED448, identifier("ed448"), "sha512", ED448.sign(OCTETS)),
}


@pytest.mark.parametrize("name", GOOD)
def test_good_and_changed(name: str) -> None:
    """A signature is good over its octets, by its key, and over nothing else, by no other."""
    key, algorithm, digest, signature = GOOD[name]

    def problem(octets: bytes = OCTETS, by: Any = key, value: bytes = signature) -> str | None:
        found = signature_problem(
            octets, signature=value, algorithm=algorithm, public_key=public(by), digest=digest
        )
        return found.code if found else None

    assert problem() is None
    assert problem(OCTETS + b"x") == "signature-wrong"
    assert problem(value=signature[:-1] + bytes([signature[-1] ^ 1])) in {
        "signature-wrong",
        "signature-unreadable",
    }
    other = ED25519 if key is not ED25519 else P256
    assert problem(by=other) == "signature-wrong"


REFUSED: dict[str, tuple[bytes, str, str]] = {
    "another digest beside": (identifier("sha256_rsa"), "sha512", "digests-differ"),
    "MD5": (identifier("md5_rsa"), "", "algorithm-unsupported"),
    "DSA": (identifier("sha256_dsa"), "", "signature-wrong"),
    "no digest at all": (identifier("rsassa_pkcs1v15"), "", "algorithm-unsupported"),
    "PSS with two digests": (pss("sha256", salt=32, mask="sha384"), "", "algorithm-unsupported"),
    "nothing": (b"", "", "signature-unreadable"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_algorithms_that_are_refused(name: str) -> None:
    """What isn't known, or contradicts itself, is refused."""
    algorithm, digest, code = REFUSED[name]
    found = signature_problem(
        OCTETS, signature=bytes(256), algorithm=algorithm, public_key=public(RSA), digest=digest
    )
    assert found is not None
    assert found.code == code


def test_digest_that_an_algorithm_names() -> None:
    """The digest is known before anything is verified; where there is none it is empty."""
    names = [
        digest_of(one) for one in (identifier("sha1_rsa"), pss("sha512", salt=64), identifier("ed25519"), b"")
    ]
    assert names == ["sha1", "sha512", "", ""]


@pytest.mark.parametrize(
    "octets", [b"", b"\x30\x00", b"\x30\x03\x02\x01\x01", b"\x04\x00", b"\x30\x80\x00\x00"]
)
def test_what_is_no_signed_value(octets: bytes) -> None:
    """Octets of another form have no parts."""
    assert wrapped(octets) is None


def test_a_signed_value_written_otherwise(pki: Any) -> None:
    """A certificate with a longer length than it needs is the same, and not as it was issued."""
    good = wrapped(pki.root.der)
    assert good is not None
    assert good.canonical
    size = len(pki.root.der) - 4
    longer = wrapped(b"\x30\x83" + size.to_bytes(3, "big") + pki.root.der[4:])
    assert longer is not None
    assert not longer.canonical
    assert longer.octets == good.octets
