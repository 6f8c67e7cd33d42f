"""Trust services as trusted lists publish them (ETSI TS 119 612, 5.5)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, Literal, TypeAlias

import attrs

from mikrocert_seal_ades.pki import der
from mikrocert_seal_ades.pki.criteria import CriteriaList
from mikrocert_seal_ades.pki.problems import Problem

__all__ = [
    "AUTHORITIES",
    "CA_QC",
    "NOTHING_LISTED",
    "STAMPING",
    "TRUSTED_STATUSES",
    "TSA_QTST",
    "ListState",
    "Qualifiers",
    "ServiceDirectory",
    "ServiceStatus",
    "TrustService",
]

_BASE: Final = "http://uri.etsi.org/TrstSvc"
CA_QC: Final = f"{_BASE}/Svctype/CA/QC"
"""Type of a service that issues qualified certificates."""
TSA_QTST: Final = f"{_BASE}/Svctype/TSA/QTST"
"""Type of a service that makes qualified time stamps."""

TRUSTED_STATUSES: Final = frozenset(
    f"{_BASE}/TrustedList/Svcstatus/{name}"
    for name in (
        "granted",
        "recognisedatnationallevel",
        "undersupervision",
        "supervisionincessation",
        "accredited",
    )
)
"""Statuses in which a service is one to rely on, since 2016 and before (TS 119 612, 5.5.4 and annex I)."""

AUTHORITIES: Final = frozenset((CA_QC, f"{_BASE}/Svctype/CA/PKC"))
"""Types of services that issue certificates."""

STAMPING: Final = frozenset(
    (
        TSA_QTST,
        *(f"{_BASE}/Svctype/{name}" for name in ("TSA", "TSA/TSS-QC", "TSA/TSS-AdESQCandQES")),
    )
)
"""Types of services that make time-stamps."""

ListState: TypeAlias = Literal["current", "stale", "missing"]
"""What is known of a list: `current` (or closed, with nothing to come), `stale` (past its next update), `missing` (not at hand)."""


@attrs.frozen
class Qualifiers:
    """What a list says of those certificates of a service that meet criteria (TS 119 612, 5.5.9.2).

    Args:
        uris: such as `http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/QCForESeal`.
        criteria: which certificates it is about.
    """

    uris: frozenset[str]
    criteria: CriteriaList


@attrs.frozen
class ServiceStatus:
    """What a service was from a moment on, until its next status (TS 119 612, 5.5.4 and 5.6).

    Args:
        since: first moment of the status, aware.
        status: URI of the status, such as `http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted`.
        service_type: URI of the type in that time, such as `http://uri.etsi.org/TrstSvc/Svctype/CA/QC`.
        additional: URIs of its additional service information, such as `…/SvcInfoExt/ForeSeals` (5.5.9.4).
        qualifiers: what it says of some of its certificates.
        not_understood: names of extensions that have to be understood and aren't; then it can't be used.
    """

    since: datetime
    status: str
    service_type: str
    additional: frozenset[str] = frozenset()
    qualifiers: tuple[Qualifiers, ...] = ()
    not_understood: tuple[str, ...] = ()


@attrs.frozen
class TrustService:
    """One service of a trusted list, with its history.

    Args:
        certificates: its digital identities, DER; a chain that leads to one of them leads to the service. All statuses of a
            service are about the same key (5.5.3), and older ones name no certificate.
        history: its statuses, the newest first.
        name: how the list calls it.
        provider: whose service it is, as the list calls the provider.
        territory: two letters of the list's country, as the list writes them.
    """

    certificates: tuple[bytes, ...] = attrs.field(repr=False)
    history: tuple[ServiceStatus, ...]
    name: str = ""
    provider: str = ""
    territory: str = ""

    def status_at(self, moment: datetime) -> ServiceStatus | None:
        """Return what the service was at a moment, or none if the list doesn't know it before its first status.

        Args:
            moment: an aware moment.
        """
        return next((status for status in self.history if status.since <= moment), None)


@attrs.frozen
class ServiceDirectory:
    """The services of all lists at hand, and of which lists that can't be said.

    Args:
        services: the services.
        lists: territory → state of its list, for every territory that the list of lists knows.
        problems: why lists are missing or stale.
        incomplete: territories whose list holds services that can't be read.
        fetched: territory → when its list was fetched, aware, where that is known.
    """

    services: tuple[TrustService, ...] = attrs.field(default=(), repr=False)
    lists: Mapping[str, ListState] = attrs.field(factory=dict[str, ListState], hash=False)
    problems: tuple[Problem, ...] = ()
    incomplete: frozenset[str] = frozenset()
    fetched: Mapping[str, datetime] = attrs.field(factory=dict[str, datetime], hash=False)
    _by_key: Mapping[tuple[bytes, bytes], tuple[TrustService, ...]] = attrs.field(
        init=False, repr=False, eq=False
    )
    _by_name: Mapping[bytes, tuple[bytes, ...]] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        """Sort the services by name and key, so that thousands of them cost nothing to look up."""
        by_key: dict[tuple[bytes, bytes], list[TrustService]] = {}
        by_name: dict[bytes, dict[bytes, None]] = {}
        for service in self.services:
            for certificate in service.certificates:
                name, key = der.name_and_key(certificate)
                found = by_key.setdefault((name, key), [])
                if not found or found[-1] is not service:
                    found.append(service)
                by_name.setdefault(name, {})[certificate] = None
        object.__setattr__(self, "_by_key", {key: tuple(found) for key, found in by_key.items()})
        object.__setattr__(self, "_by_name", {name: tuple(found) for name, found in by_name.items()})

    def identified_by(self, certificate: bytes) -> tuple[TrustService, ...]:
        """Return the services with the name and the key of a DER certificate; none where it can't be read."""
        try:
            return self._by_key.get(der.name_and_key(certificate), ())
        except ValueError:
            return ()

    def related(self, certificates: Iterable[bytes]) -> tuple[bytes, ...]:
        """Return the certificates of services that may have issued one of these DER certificates, or that are one of them."""
        names: dict[bytes, None] = {}
        for certificate in certificates:
            try:
                names |= dict.fromkeys((der.issuer(certificate), der.name_and_key(certificate)[0]))
            except ValueError:
                continue
        return tuple(dict.fromkeys(found for name in names for found in self._by_name.get(name, ())))

    def services_about(self, certificates: Iterable[bytes]) -> tuple[TrustService, ...]:
        """Return the services whose certificates may have issued one of these DER certificates, or are one of them."""
        found = (service for one in self.related(certificates) for service in self.identified_by(one))
        return tuple({id(service): service for service in found}.values())


NOTHING_LISTED: Final = ServiceDirectory()
"""No lists at hand."""
