"""Preflight: what would make every award of a batch a trap is found before the first one is sealed.

What is sealed can't be changed any more, so whoever issues learns of these beforehand, whichever way he came: links that
nobody can open, a seal that nobody can trust, one that has ended or soon will, a clock that is off, a mandate that doesn't
hold. Errors refuse, warnings are told.
"""

from __future__ import annotations

import ipaddress
import socket
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import attrs

from mikrocert import DATED
from mikrocert.kinds.institution import Mandate
from mikrocert.kinds.signer import Identity
from mikrocert.report import Finding
from mikrocert.texts.dates import local_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cryptography import x509

__all__ = ["Plan", "link_problems", "preflight", "seal_problems"]

_SOON: Final = timedelta(days=30)
_SKEW: Final = timedelta(minutes=5)
"""How far the clocks of two hosts that issue into one archive may be apart."""

_PRIVATE: Final = (".localhost", ".local", ".internal", ".home.arpa", ".lan", ".test", ".invalid")
"""Names that lead nowhere, or somewhere else for everyone (RFC 6761, RFC 6762, RFC 8375)."""


@attrs.frozen
class Plan:
    """What a batch is about to be issued with.

    Args:
        base_url: address of the portal, which is sealed into every credential.
        identity: who signs.
        anchors: X.509 certificates (DER) that the verifier at hand trusts.
        listed: whether the verifier's trusted lists stand above the seal certificate.
        institution: name of the institution.
        mandate: under which the institution's awards are sealed.
        last_event: moment (aware) of the archive's last event; none where nothing has happened yet.
        at: what the clock shows (aware).
    """

    base_url: str
    identity: Identity
    anchors: tuple[bytes, ...] = attrs.field(repr=False)
    institution: str
    mandate: Mandate
    last_event: datetime | None
    at: datetime
    listed: bool = False


def preflight(plan: Plan) -> tuple[Finding, ...]:
    """Return everything that is wrong with a plan: errors forbid to issue, warnings are to be told before."""
    return (
        *_link(plan),
        *_clock(plan),
        *seal_problems(plan.identity, anchors=plan.anchors, listed=plan.listed, at=plan.at),
        *_mandate(plan),
    )


def _link(plan: Plan) -> Iterator[Finding]:
    owner = plan.identity.owner
    test = owner is not None and owner.test
    if not test:
        yield from link_problems(plan.base_url)


def link_problems(base_url: str) -> Iterator[Finding]:
    """Yield what is wrong with an address that is to be sealed into real credentials."""
    if not _public(base_url):
        yield Finding.error(
            "base-url",
            "base_url is {base_url}; it is sealed into every credential and can't be changed later, so that it has to be "
            "https:// with a name that everybody can reach",
            base_url=base_url,
        )


def _public(base_url: str) -> bool:
    """Return whether an address is one of TLS under which a stranger may find something; no network is asked."""
    parts = urlsplit(base_url)
    host = (parts.hostname or "").rstrip(".")
    address = _address(host)
    if address is not None:
        return parts.scheme == "https" and address.is_global
    return parts.scheme == "https" and "." in host and not host.endswith(_PRIVATE)


def _address(host: str) -> ipaddress.IPv4Address | None:
    """Return the address that a host is, in whatever way browsers let it be written: `127.1`, `0x7f000001`."""
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _clock(plan: Plan) -> Iterator[Finding]:
    if plan.last_event is not None and plan.at < plan.last_event - _SKEW:
        yield Finding.error(
            "clock",
            "the clock shows {now}, which is before the last event in the archive ({last}); set the clock right",
            now=plan.at,
            last=plan.last_event,
        )
    if plan.at.date() < DATED:
        yield Finding.error(
            "clock",
            "the clock shows {now}, which is before the day of this version of the program ({day}); set the clock right",
            now=plan.at,
            day=DATED,
        )


def seal_problems(
    identity: Identity, *, anchors: Sequence[bytes], listed: bool, at: datetime
) -> Iterator[Finding]:
    """Yield what is wrong with the certificates of who seals.

    Args:
        identity: who seals.
        anchors: X.509 certificates (DER) that the verifier at hand trusts.
        listed: whether the verifier's trusted lists stand above the seal certificate.
        at: what the clock shows (aware).
    """
    from cryptography.x509 import load_der_x509_certificate  # noqa: PLC0415 - heavy

    try:
        chain = [load_der_x509_certificate(octets) for octets in identity.certificates]
        trusted = [load_der_x509_certificate(octets) for octets in anchors]
        name, issuer = (
            (chain[0].subject.rfc4514_string(), chain[0].issuer.rfc4514_string()) if chain else ("", "")
        )
    except ValueError:
        yield Finding.error("seal-unreadable", "a certificate of the seal or an anchor can't be read")
        return
    if not chain:
        yield Finding.error(
            "no-certificate",
            "the signer has no seal certificate, so that nobody could trust what it seals; a signer with one would be right",
        )
        return
    start, end = chain[0].not_valid_before_utc, chain[0].not_valid_after_utc
    if at < start:
        yield Finding.error(
            "clock",
            "the clock shows {now}, which is before the seal certificate begins to be valid ({start}); set the clock "
            "right, or wait",
            now=at,
            start=start,
        )
    if at > end:
        yield Finding.error(
            "seal-expired",
            "the seal certificate “{name}” ended on {end}; another one is needed to issue",
            name=name,
            end=end,
        )
    elif end - at < _SOON:
        yield Finding.warning(
            "seal-ends",
            "the seal certificate “{name}” ends on {end}; get another one before, and see that an anchor or a trusted list stands above it",
            name=name,
            end=end,
        )
    if not listed and not _reaches(chain, trusted):
        yield Finding.error(
            "anchor",
            "neither a certificate of trust.anchors nor a trusted list stands above the seal certificate “{name}”, so that what is "
            "sealed could not be confirmed here; name a PEM file with its issuer “{issuer}”, its root, or the certificate itself, or "
            "set up trusted lists that have its issuer",
            name=name,
            issuer=issuer,
        )


def _reaches(chain: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate]) -> bool:
    """Return whether a chain, the seal certificate first, arrives at an anchor."""
    for position, certificate in enumerate(chain):
        if certificate in anchors or any(_issued(certificate, by=anchor) for anchor in anchors):
            return True
        if not any(_issued(certificate, by=above) for above in chain[position + 1 : position + 2]):
            return False
    return False


def _issued(certificate: x509.Certificate, *, by: x509.Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm  # noqa: PLC0415 - heavy

    try:
        certificate.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _mandate(plan: Plan) -> Iterator[Finding]:
    today = local_time(plan.at).date()
    if not plan.mandate.holds_on(today):
        yield Finding.warning(
            "no-mandate",
            "the agreement with {institution} ({number}) does not hold today; nothing new is issued, and what was issued "
            "before gets its receipt",
            institution=plan.institution,
            number=plan.mandate.number,
        )
