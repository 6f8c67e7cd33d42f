"""For which certificates a trusted list says something more: criteria (ETSI TS 119 612, 5.5.9.2.2)."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

import attrs

from mikrocert_seal_ades.pki import x509

__all__ = [
    "CriteriaList",
    "Criterion",
    "KeyUsages",
    "Policies",
    "Purposes",
    "SubjectAttributes",
    "Traits",
    "UnknownCriterion",
    "UnknownCriterionError",
    "traits_of",
]

Assertion: TypeAlias = Literal["all", "atLeastOne", "none"]

KEY_USAGES: Final[Mapping[str, str]] = {
    "digitalSignature": "digital_signature",
    "nonRepudiation": "non_repudiation",
    "keyEncipherment": "key_encipherment",
    "dataEncipherment": "data_encipherment",
    "keyAgreement": "key_agreement",
    "keyCertSign": "key_cert_sign",
    "crlSign": "crl_sign",
    "encipherOnly": "encipher_only",
    "decipherOnly": "decipher_only",
}
"""Bits of keyUsage: what lists call them → what `x509.key_usage` calls them."""


class UnknownCriterionError(Exception):
    """Nobody can tell whether a certificate meets a criterion that isn't known; `args` has its name."""


@attrs.frozen
class Traits:
    """What criteria look at in a certificate.

    Args:
        usages: bits of keyUsage by their names in `KEY_USAGES`.
        policies: object identifiers of its policies, dotted.
        purposes: object identifiers of its extended key usages, dotted.
        attributes: object identifiers of the attributes of its subject, dotted.
    """

    usages: frozenset[str]
    policies: frozenset[str]
    purposes: frozenset[str]
    attributes: frozenset[str]


def traits_of(certificate: bytes) -> Traits:
    """Return what criteria look at in a DER certificate. Raises `CertificateError`."""
    return Traits(
        usages=x509.key_usage(certificate),
        policies=frozenset(x509.subject_identity(certificate).policies),
        purposes=x509.purposes(certificate) or frozenset(),
        attributes=frozenset(oid for oid, _ in x509.subject_attributes(certificate)),
    )


class Criterion(ABC):
    """One condition that a certificate meets or not."""

    @abstractmethod
    def met_by(self, traits: Traits) -> bool:
        """Return whether a certificate with these traits meets it. Raises `UnknownCriterionError`."""


@attrs.frozen
class KeyUsages(Criterion):
    """Bits of keyUsage, by their names in `KEY_USAGES`, that have to be set, and those that must not be (5.5.9.2.2.1)."""

    present: frozenset[str]
    absent: frozenset[str] = frozenset()

    def met_by(self, traits: Traits) -> bool:
        """Return whether all are as they have to be."""
        return self.present <= traits.usages and not self.absent & traits.usages


@attrs.frozen
class Policies(Criterion):
    """Policies, dotted, all of which the certificate has (5.5.9.2.2.2); what maps to them doesn't count."""

    identifiers: frozenset[str]

    def met_by(self, traits: Traits) -> bool:
        """Return whether it has all."""
        return self.identifiers <= traits.policies


@attrs.frozen
class Purposes(Criterion):
    """Extended key usages, dotted, all of which the certificate has (5.5.9.2.2.3)."""

    identifiers: frozenset[str]

    def met_by(self, traits: Traits) -> bool:
        """Return whether it has all."""
        return self.identifiers <= traits.purposes


@attrs.frozen
class SubjectAttributes(Criterion):
    """Attributes, dotted, all of which the certificate's subject has (5.5.9.2.2.3)."""

    identifiers: frozenset[str]

    def met_by(self, traits: Traits) -> bool:
        """Return whether it has all."""
        return self.identifiers <= traits.attributes


@attrs.frozen
class UnknownCriterion(Criterion):
    """A criterion of a kind that isn't known, under the name that the list has for it."""

    name: str

    def met_by(self, traits: Traits) -> bool:  # noqa: ARG002  whatever the certificate is
        """Refuse to tell."""
        raise UnknownCriterionError(self.name)


@attrs.frozen
class CriteriaList(Criterion):
    """Several criteria together: all are met, at least one is, or none is. None at all is refused, which is a mistake of the list."""

    assertion: Assertion
    criteria: tuple[Criterion, ...]

    def met_by(self, traits: Traits) -> bool:
        """Return whether they are met together; each is asked, so that an unknown one never goes unnoticed."""
        if not self.criteria:
            raise UnknownCriterionError(self.assertion)
        met = [criterion.met_by(traits) for criterion in self.criteria]
        if self.assertion == "all":
            return all(met)
        return any(met) if self.assertion == "atLeastOne" else not any(met)
