"""What a validation rests on: the time, whom to trust, what is proven to have existed when, and what is known of revocations.

One frozen value for one file. What is found out on the way, such as another proof of existence, makes a new one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

import attrs

from mikrocert_seal_ades.pki.carried import Status
from mikrocert_seal_ades.pki.chains import NOBODY, Anchors
from mikrocert_seal_ades.pki.policy import POLICY, AlgorithmPolicy
from mikrocert_seal_ades.pki.revocation import RevocationSource
from mikrocert_seal_ades.pki.services import TrustService

Demand: TypeAlias = Literal["required", "if-available"]


@attrs.frozen
class Proofs:
    """Octets → the earliest moment (aware) at which something trusted proves that they existed (ETSI EN 319 102-1, 5.6.2.3)."""

    _moments: Mapping[bytes, datetime] = attrs.field(factory=dict[bytes, datetime], repr=False)

    def of(self, octets: bytes) -> datetime | None:
        """Return the moment, or None where nothing proves any."""
        return self._moments.get(octets)

    def added(self, existing: Iterable[bytes], *, at: datetime) -> "Proofs":
        """Return these and that all of `existing` was there at a moment."""
        earlier = {octets: min(at, self._moments.get(octets, at)) for octets in existing}
        return Proofs({**self._moments, **earlier})


class Revocations(Protocol):
    """Whatever knows revocations, such as `carried.Carried`."""

    def statuses(self, certificate: bytes) -> Iterator[Status]:
        """Yield what is known of a DER certificate, each as somebody signed it who may speak for its issuer."""
        ...


class IssuerSource(Protocol):
    """Whoever has certificates of issuers that files lack, such as `asking.IssuerClient`."""

    def fetch(self, certificate: bytes) -> tuple[bytes, ...]:
        """Return certificates that may have issued a DER certificate, DER and readable; none where nobody has one."""
        ...


@attrs.frozen
class ValidationContext:
    """What one validation rests on.

    Args:
        at: the time of validation (aware).
        anchors: whom to trust, with what trusted lists say of them.
        demand: `required`: without revocation data for the proven time trust is undetermined; `if-available`: they are not
            missed, and every report says so.
        source: who is asked about revocations that the file has no data of; nobody where it is None.
        issuers: who is asked for the certificate of an issuer that the file lacks; nobody where it is None.
        algorithms: until when which signatures are relied on.
        proofs: what is proven to have existed when, apart from what the file proves itself.
        revocations: what is known of revocations; the file's own is added.
        services: returns the services that trusted lists have about certificates, DER; by default there are no lists.
        enclosed_at: when the whole file is proven to have been there (aware), by what it stands in, such as a document that was
            time-stamped; None where nothing proves that.
    """

    at: datetime
    anchors: Anchors = NOBODY
    demand: Demand = "required"
    source: RevocationSource | None = None
    issuers: IssuerSource | None = None
    algorithms: AlgorithmPolicy = POLICY
    proofs: Proofs = attrs.field(factory=Proofs)
    revocations: tuple[Revocations, ...] = ()
    services: Callable[[Iterable[bytes]], tuple[TrustService, ...]] = lambda _: ()
    enclosed_at: datetime | None = None

    def about(self, certificates: Iterable[bytes]) -> "ValidationContext":
        """Return the context with what trusted lists have about the certificates of a file, DER."""
        found = () if self.at.utcoffset() is None else self.services(certificates)
        if not found:
            return self
        return attrs.evolve(self, anchors=attrs.evolve(self.anchors, services=found))

    def with_file(self, octets: Iterable[bytes]) -> "ValidationContext":
        """Return the context with what is proven of all that the file holds by where it stands."""
        if self.enclosed_at is None:
            return self
        return attrs.evolve(self, proofs=self.proofs.added(octets, at=self.enclosed_at))

    def existed(self, octets: bytes) -> datetime:
        """Return the earliest moment at which octets are known to have existed; without a proof that is `at`."""
        proven = self.proofs.of(octets)
        return self.at if proven is None else min(proven, self.at)
