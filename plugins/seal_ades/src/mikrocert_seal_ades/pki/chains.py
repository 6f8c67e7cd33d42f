"""Chains of certificates: whom to trust, who issued what, and whether a chain is fit to seal with."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs
from cryptography.hazmat.primitives.serialization import load_der_public_key

from mikrocert_seal_ades.pki import x509
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS, SEALING_ALGORITHMS, key_problem
from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.problems import problem, reason_of

LONGEST_CHAIN: Final = 10
"""The most certificates that a chain may have, and the most that one seal may carry."""


@attrs.frozen
class Anchors:
    """The certificates that are trusted as they stand, as DER; none means that nobody is.

    The certificate of an authority is trusted for whatever it issued, whether it is a root or not (trusted lists
    name issuing authorities). Any other certificate is trusted for itself only and never as an issuer.
    `organisations` are those of them below which certificates of organisations seal that do not say they are for seals.

    Raises `CertificateError` when one of them cannot be read.
    """

    certificates: tuple[bytes, ...] = ()
    organisations: frozenset[bytes] = frozenset()
    _authorities: Mapping[bytes, tuple[bytes, ...]] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        """Sort the authorities by name, so that a long trusted list costs nothing to look up."""
        authorities: dict[bytes, tuple[bytes, ...]] = {}
        for certificate in self.certificates:
            if x509.is_authority(certificate):
                name = x509.subject_name(certificate)
                authorities[name] = (*authorities.get(name, ()), certificate)
        object.__setattr__(self, "_authorities", authorities)

    @classmethod
    def from_pem(cls, *texts: bytes) -> "Anchors":
        """Return the anchors in PEM `texts`. Raises `CertificateError` when one holds no readable certificate."""
        return cls(tuple(certificate for text in texts for certificate in x509.from_pem(text)))

    def vouch(self, certificate: bytes) -> bool:
        """Return whether `certificate` is that of a trusted authority."""
        return certificate in self.named(x509.subject_name(certificate))

    def named(self, name: bytes) -> tuple[bytes, ...]:
        """Return the trusted authorities that bear `name`, a DER Name."""
        return self._authorities.get(name, ())


NOBODY: Final = Anchors()
"""No anchors: nobody is trusted."""


def chain_of(leaf: bytes, *, among: Iterable[bytes], anchors: Anchors = NOBODY) -> tuple[bytes, ...]:
    """Return the chain from `leaf` upwards, each certificate issued by the next, as far as it can be followed.

    Issuers are looked for among the `anchors`, where the chain ends, then `among` the certificates given, by names
    and signatures. Each step takes the first issuer that fits instead of searching all ways: what is followed is
    proven, and certificates made to fit each other cannot make the search explode. All are DER and readable.
    """
    others = tuple(among)
    chain = [leaf]
    while len(chain) < LONGEST_CHAIN:
        candidates = (*anchors.named(x509.issuer_name(chain[-1])), *others)
        issuer = next((c for c in candidates if c not in chain and x509.issued(chain[-1], by=c)), None)
        if issuer is None:
            break
        chain.append(issuer)
        if anchors.vouch(issuer):
            break
    return tuple(chain)


def sealing_key(certificates: Sequence[bytes], *, algorithm: str) -> bytes:
    """Return the public key of the first of these certificates, a DER SubjectPublicKeyInfo.

    `algorithm` is one of `SEALING_ALGORITHMS` (RFC 7518, 3.1). Raises `CertificateError` when nothing can be sealed
    with such an algorithm, key or certificates.
    """
    if algorithm not in SEALING_ALGORITHMS:
        raise CertificateError(
            problem("algorithm-unavailable", alg=algorithm, allowed=", ".join(SEALING_ALGORITHMS))
        )
    if not certificates:
        raise CertificateError(problem("chain-empty"))
    for certificate in certificates:
        x509.parse(certificate)
    try:
        public_key = x509.public_key(certificates[0])
        unfit = key_problem(load_der_public_key(public_key), algorithm=ALGORITHMS[algorithm])
    except Exception as fault:
        raise CertificateError(problem("certificate-unreadable", reason=reason_of(fault))) from fault
    if unfit:
        raise CertificateError(unfit)
    return public_key
