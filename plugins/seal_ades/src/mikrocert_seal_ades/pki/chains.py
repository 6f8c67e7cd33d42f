"""Chains of certificates: whom to trust, who issued what, and whether a chain is fit to seal with."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import attrs
from cryptography.hazmat.primitives.serialization import load_der_public_key

from mikrocert_seal_ades.pki import x509
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS, SEALING_ALGORITHMS, key_problem
from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.problems import problem, reason_of
from mikrocert_seal_ades.pki.services import TRUSTED_STATUSES, TrustService

LONGEST_CHAIN: Final = 10
"""The most certificates that a chain may have, and the most that one seal may carry."""
MOST_FOLLOWED: Final = 30
"""The most chains that are followed in search of an anchor."""


@attrs.frozen
class Anchors:
    """The certificates that are trusted as they stand, as DER; none means that nobody is.

    The certificate of an authority is trusted for whatever it issued, whether it is a root or not (trusted lists
    name issuing authorities). Any other certificate is trusted for itself only and never as an issuer.
    `organisations` are those of them below which certificates of organisations seal that do not say they are for seals.
    `unstamping` are those of them below which no time-stamp proves anything.
    `services` are those that trusted lists name: their certificates are anchors too, for what the list says and when it says so.

    Raises `CertificateError` when one of them cannot be read.
    """

    certificates: tuple[bytes, ...] = ()
    organisations: frozenset[bytes] = frozenset()
    services: tuple[TrustService, ...] = attrs.field(default=(), repr=False)
    unstamping: frozenset[bytes] = attrs.field(default=frozenset(), repr=False)
    _authorities: Mapping[bytes, tuple[bytes, ...]] = attrs.field(init=False, repr=False, eq=False)
    _listed: Mapping[bytes, tuple[TrustService, ...]] = attrs.field(init=False, repr=False, eq=False)
    _plain: frozenset[bytes] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        """Sort the authorities by name, so that a long trusted list costs nothing to look up."""
        authorities: dict[bytes, tuple[bytes, ...]] = {}
        listed: dict[bytes, tuple[TrustService, ...]] = {}
        for service in self.services:
            for certificate in service.certificates:
                listed[certificate] = (*listed.get(certificate, ()), service)
        for certificate in dict.fromkeys((*self.certificates, *listed)):
            if x509.is_authority(certificate):
                name = x509.subject_name(certificate)
                authorities[name] = (*authorities.get(name, ()), certificate)
        object.__setattr__(self, "_authorities", authorities)
        object.__setattr__(self, "_listed", listed)
        object.__setattr__(self, "_plain", frozenset(self.certificates))

    @classmethod
    def from_pem(cls, *texts: bytes) -> "Anchors":
        """Return the anchors in PEM `texts`. Raises `CertificateError` when one holds no readable certificate."""
        return cls(tuple(certificate for text in texts for certificate in x509.from_pem(text)))

    def __bool__(self) -> bool:
        """Return whether anybody is trusted."""
        return bool(self._plain or self._listed)

    def hold(self, certificate: bytes) -> bool:
        """Return whether a certificate is trusted as it stands."""
        return certificate in self._plain or certificate in self._listed

    def services_of(self, certificate: bytes) -> tuple[TrustService, ...]:
        """Return the services that trusted lists name by this certificate."""
        return self._listed.get(certificate, ())

    def serve(self, certificate: bytes, *, types: Collection[str], at: datetime) -> bool:
        """Return whether an anchor is one for what services of these types do, at a moment (aware).

        An anchor that no list names is one for everything and for ever.
        """
        if certificate in self._plain:
            return True
        states = [service.status_at(at) for service in self.services_of(certificate)]
        return any(
            state is not None and state.status in TRUSTED_STATUSES and state.service_type in types
            for state in states
        )

    def vouch(self, certificate: bytes) -> bool:
        """Return whether `certificate` is that of a trusted authority."""
        return certificate in self.named(x509.subject_name(certificate))

    def named(self, name: bytes) -> tuple[bytes, ...]:
        """Return the trusted authorities that bear `name`, a DER Name."""
        return self._authorities.get(name, ())


NOBODY: Final = Anchors()
"""No anchors: nobody is trusted."""


def chain_of(leaf: bytes, *, among: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return the chain from `leaf` upwards, each certificate issued by the next, as far as it can be followed.

    Issuers are looked for `among` the certificates given, by names and signatures, and the first that fits is taken. All are
    DER and readable.
    """
    others = tuple(among)
    chain = [leaf]
    while len(chain) < LONGEST_CHAIN:
        issuer = next((c for c in others if c not in chain and x509.issued(chain[-1], by=c)), None)
        if issuer is None:
            break
        chain.append(issuer)
    return tuple(chain)


def trusted_chains(leaf: bytes, *, among: Iterable[bytes], anchors: Anchors) -> Iterator[tuple[bytes, ...]]:
    """Yield the chains from `leaf` upwards that end in an anchor, each certificate issued by the next, depth first.

    There can be several, where an authority was certified by two others, or anew with the same key; which of them holds is for
    the caller to judge. Issuers are tried in the order of `anchors`, then of `among`, so what comes first there can't be pushed
    out by what comes later. Who issued a certificate is found out once, and `MOST_FOLLOWED` chains are followed in all, so that
    certificates made to fit each other cannot make the search explode. All are DER and readable.
    """
    others = tuple(among)
    issuers: dict[bytes, tuple[bytes, ...]] = {}
    waiting: list[tuple[bytes, ...]] = [(leaf,)]
    for _ in range(MOST_FOLLOWED):
        if not waiting:
            break
        chain = waiting.pop()
        last = chain[-1]
        if len(chain) > 1 and anchors.vouch(last):
            yield chain
        if len(chain) < LONGEST_CHAIN:
            if last not in issuers:
                candidates = dict.fromkeys((*anchors.named(x509.issuer_name(last)), *others))
                issuers[last] = tuple(c for c in candidates if x509.issued(last, by=c))
            waiting.extend((*chain, issuer) for issuer in reversed(issuers[last]) if issuer not in chain)


def sealing_key(
    certificates: Sequence[bytes], *, algorithm: str, allowed: Sequence[str] = SEALING_ALGORITHMS
) -> bytes:
    """Return the public key of the first of these certificates, a DER SubjectPublicKeyInfo.

    `algorithm` is one of those `allowed` (RFC 7518, 3.1). Raises `CertificateError` when nothing can be sealed
    with such an algorithm, key or certificates.
    """
    if algorithm not in allowed:
        raise CertificateError(problem("algorithm-unavailable", alg=algorithm, allowed=", ".join(allowed)))
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
