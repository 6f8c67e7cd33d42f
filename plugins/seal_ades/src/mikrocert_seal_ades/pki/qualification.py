"""Is a certificate qualified, and for what? From trusted lists, never from its own word (ETSI TS 119 615, 4.3 to 4.5).

What a certificate says of itself counts only as far as a list says that its issuer may be believed. It is judged twice: when it
was issued, and at the time that matters, which for a seal is the best proven time of sealing.

1. A service whose name and key are on the path, above the certificate; of a time-stamp unit also its own.
2. The list that holds the service passed its own verification, and isn't stale.
3. The entry that was in force at the moment.
4. Of the type that issues qualified certificates, or makes qualified time stamps.
5. What the entry says besides of certificates that meet its criteria.
6. It covers the type of the certificate.
7. It doesn't contradict itself, and neither do several entries each other.
8. Its status counts.
9. Is the certificate qualified, and of which type?
10. Is its key in a qualified device?
"""

import contextlib
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

import attrs

from mikrocert_seal_ades.pki import der, x509
from mikrocert_seal_ades.pki.criteria import Traits, UnknownCriterionError, traits_of
from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.problems import Problem, problem
from mikrocert_seal_ades.pki.purposes import QcClaims, qc_claims
from mikrocert_seal_ades.pki.services import CA_QC, TSA_QTST, ServiceDirectory, ServiceStatus, TrustService

__all__ = ["Qualification", "certificate_qualification", "territories_of", "timestamp_qualification"]

Outcome: TypeAlias = Literal["qualified", "not-qualified", "undetermined"]
Kind: TypeAlias = Literal["esign", "eseal", "web"]

EIDAS: Final = datetime(2016, 6, 30, 22, tzinfo=UTC)
"""When Regulation (EU) No 910/2014 began to apply, midnight in Brussels: since then services are `granted` or they don't count."""

_BASE: Final = "http://uri.etsi.org/TrstSvc/TrustedList"
_GRANTED: Final = frozenset({f"{_BASE}/Svcstatus/granted"})
_COUNTED_BEFORE: Final = frozenset(
    f"{_BASE}/Svcstatus/{name}" for name in ("undersupervision", "supervisionincessation", "accredited")
)
_INFO: Final = f"{_BASE}/SvcInfoExt/"
_KINDS_COVERED: Final[dict[str, Kind]] = {
    f"{_INFO}ForeSignatures": "esign",
    f"{_INFO}ForeSeals": "eseal",
    f"{_INFO}ForWebSiteAuthentication": "web",
}
_KINDS_SAID: Final[dict[str, Kind]] = {
    f"{_INFO}QCForESig": "esign",
    f"{_INFO}QCForESeal": "eseal",
    f"{_INFO}QCForWSA": "web",
}
_LEGAL_PERSON: Final = f"{_INFO}QCForLegalPerson"
_STATEMENT, _NOT_QUALIFIED = f"{_INFO}QCStatement", f"{_INFO}NotQualified"
_WITH_DEVICE: Final = frozenset(
    f"{_INFO}{name}" for name in ("QCWithQSCD", "QCWithSSCD", "QCQSCDManagedOnBehalf")
)
_NO_DEVICE: Final = frozenset(f"{_INFO}{name}" for name in ("QCNoQSCD", "QCNoSSCD"))
_QCP, _QCP_PLUS = "0.4.0.1456.1.2", "0.4.0.1456.1.1"
"""Policies of qualified certificates before 2016, without and with a device (ETSI TS 101 456)."""
_CALLED_OTHERWISE: Final = {"GR": "EL", "GB": "UK"}
"""Countries that lists call otherwise than certificates do."""


@attrs.frozen
class Qualification:
    """What trusted lists make of a certificate at a time.

    Args:
        outcome: `qualified`, `not-qualified`, or `undetermined` where nobody can tell from the lists at hand.
        kind: what it is a qualified certificate for; none where it isn't one, and of a time-stamp unit.
        device: whether its key is in a qualified device; none where it is no qualified certificate, and of a time-stamp unit.
        service: the service that decided; none where there is none, or several.
        reasons: why it is not qualified, or undetermined, and what else a reader should know.
    """

    outcome: Outcome
    kind: Kind | None = None
    device: bool | None = None
    service: TrustService | None = None
    reasons: tuple[Problem, ...] = ()


def certificate_qualification(
    path: Sequence[bytes], *, at: datetime, services: ServiceDirectory
) -> Qualification:
    """Return whether the last certificate of a path is a qualified one, for what, and with its key in a device.

    Args:
        path: certificates from an anchor to the one that is judged, DER; where the first one is issued by a service at hand,
            that counts too.
        at: the time that matters, aware, such as the best proven time of a seal.
        services: the services of all lists at hand.

    Raises:
        CertificateError: if a certificate on the path can't be read.
    """
    leaf, above = path[-1], (*_issuing_services(path[0], services), *path[:-1])
    subject = _Subject(qc_claims(leaf), traits_of(leaf))
    found = _services(above, services, service_type=CA_QC)
    if not found:
        return _unlisted((*above, leaf), services, reason="list-no-issuer")
    moments = (x509.subject_identity(leaf).not_before, at)
    issued, now = (
        _agreed([_certificate(service, subject, moment=moment) for service in found]) for moment in moments
    )
    return _fresh(_both(issued, now), found, services)


def timestamp_qualification(
    path: Sequence[bytes], *, at: datetime, services: ServiceDirectory
) -> Qualification:
    """Return whether a time-stamp unit made qualified time stamps at a time.

    Args:
        path: certificates from an anchor to that of the unit, DER; it alone, where it is listed itself.
        at: the time of the time stamp, aware.
        services: the services of all lists at hand.

    Raises:
        CertificateError: if a certificate on the path can't be read.
    """
    whole = (*_issuing_services(path[0], services), *path)
    found = _services(whole, services, service_type=TSA_QTST)
    if not found:
        return _unlisted(whole, services, reason="list-no-unit")
    return _fresh(_agreed([_unit(service, moment=at) for service in found]), found, services)


def territories_of(certificates: Iterable[bytes]) -> frozenset[str]:
    """Return the countries that DER certificates name as those of their issuers, as lists call them; none for what can't be read."""
    countries: set[str] = set()
    for certificate in certificates:
        with contextlib.suppress(CertificateError):
            countries.add(x509.issuer_country(certificate) or "")
    return frozenset(_CALLED_OTHERWISE.get(country, country) for country in countries if country)


@attrs.frozen
class _Subject:
    """The certificate that is judged."""

    claims: QcClaims
    traits: Traits


@attrs.frozen
class _Answer:
    """What one service makes of a certificate at a moment; it doesn't count where the service has nothing to say of it."""

    result: Qualification
    counts: bool = True


def _issuing_services(certificate: bytes, services: ServiceDirectory) -> tuple[bytes, ...]:
    """Return the certificate of a service that issued this one, where it isn't on the path already."""
    found = (issuer for issuer in services.related((certificate,)) if issuer != certificate)
    return tuple(issuer for issuer in found if x509.issued(certificate, by=issuer))[:1]


def _services(
    certificates: Sequence[bytes], services: ServiceDirectory, *, service_type: str
) -> list[TrustService]:
    """Step 1: the services on a path that ever were of a type."""
    found: list[TrustService] = []
    for certificate in certificates:
        for service in services.identified_by(certificate):
            ever = any(status.service_type == service_type for status in service.history)
            if ever and not any(service is other for other in found):
                found.append(service)
    return found


def _unlisted(path: Sequence[bytes], services: ServiceDirectory, *, reason: str) -> Qualification:
    """Return what it means that no service is on the path, which says something only where lists that could name one are at hand, fresh and read whole."""
    name = x509.called(path[-1])
    # Whose country has no list may be in the list of any.
    named = sorted(territories_of(path) & services.lists.keys())
    of_concern = named or sorted(services.lists)
    missing = [territory for territory in named if services.lists[territory] == "missing"]
    unsure = any(services.lists[t] != "current" or t in services.incomplete for t in of_concern)
    whole = der.issuer(path[0]) == der.name_and_key(path[0])[0]
    if unsure or not whole or not of_concern:
        reasons = (problem("list-missing", territory=territory) for territory in missing)
        return Qualification("undetermined", reasons=(problem("list-cannot-say", name=name), *reasons))
    return Qualification("not-qualified", reasons=(problem(reason, name=name),))


def _fresh(result: Qualification, found: Sequence[TrustService], services: ServiceDirectory) -> Qualification:
    """Step 2: a list that is stale decides nothing."""
    stale = sorted(
        {service.territory for service in found if services.lists.get(service.territory) != "current"}
    )
    if not stale:
        return result
    reasons = tuple(problem("list-decides-nothing", territory=territory) for territory in stale)
    return attrs.evolve(result, outcome="undetermined", reasons=(*reasons, *result.reasons))


def _judged(
    service: TrustService,
    judge: Callable[[ServiceStatus], _Answer],
    *,
    service_type: str,
    moment: datetime,
) -> _Answer:
    """Return what a service makes of something by its entry of a moment, where it has one of the type and that can be used."""
    status = service.status_at(moment)
    if status is None or status.service_type != service_type:  # steps 3 and 4
        return _Answer(_no(service, problem("service-not-yet", name=service.name, time=moment)), counts=False)
    if status.not_understood:
        return _unclear(service, "service-extension", what=", ".join(status.not_understood))
    return judge(status)


def _certificate(service: TrustService, subject: _Subject, *, moment: datetime) -> _Answer:
    old = moment < EIDAS

    def judge(status: ServiceStatus) -> _Answer:
        try:
            qualifiers = _qualifiers(status, subject.traits)  # step 5
        except UnknownCriterionError as unknown:
            return _unclear(service, "service-criterion", what=str(unknown))
        if contradiction := _contradiction(qualifiers):  # step 7, for one entry
            return _unclear(service, "service-contradiction", what=contradiction)
        kind = _kind(status, qualifiers, subject.claims, old=old)
        if kind is None:  # step 6
            return _Answer(_no(service, problem("service-other-kind", name=service.name)), counts=False)
        if withheld := _not_in_force(service, status, moment=moment):  # step 8
            return withheld
        if not _is_qualified(qualifiers, subject, old=old):  # step 9
            return _Answer(_no(service, problem("certificate-not-qualified", name=service.name)))
        device = _device(qualifiers, subject, old=old)  # step 10
        return _Answer(Qualification("qualified", kind, device, service))

    return _judged(service, judge, service_type=CA_QC, moment=moment)


def _unit(service: TrustService, *, moment: datetime) -> _Answer:
    def judge(status: ServiceStatus) -> _Answer:
        withheld = _not_in_force(service, status, moment=moment)
        return withheld or _Answer(Qualification("qualified", service=service))

    return _judged(service, judge, service_type=TSA_QTST, moment=moment)


def _no(service: TrustService, reason: Problem) -> Qualification:
    return Qualification("not-qualified", service=service, reasons=(reason,))


def _not_in_force(service: TrustService, status: ServiceStatus, *, moment: datetime) -> _Answer | None:
    if status.status in (_COUNTED_BEFORE if moment < EIDAS else _GRANTED):
        return None
    called = status.status.rpartition("/")[2]
    reason = problem("service-status", name=service.name, status=called, since=status.since, time=moment)
    return _Answer(_no(service, reason))


def _unclear(service: TrustService, code: str, *, what: str) -> _Answer:
    reason = problem(code, name=service.name, what=what)
    return _Answer(Qualification("undetermined", service=service, reasons=(reason,)))


def _qualifiers(status: ServiceStatus, traits: Traits) -> frozenset[str]:
    # Each is asked, so that an unknown criterion is never passed over because another one was met.
    applicable = [each.uris for each in status.qualifiers if each.criteria.met_by(traits)]
    return frozenset[str]().union(*applicable)


def _contradiction(qualifiers: frozenset[str]) -> str:
    """Return the qualifiers that can't hold together, or nothing."""
    kinds = qualifiers & _KINDS_SAID.keys()
    together: set[str] = set(kinds) if len(kinds) > 1 else set()
    for some, others in ((_WITH_DEVICE, _NO_DEVICE), (frozenset({_STATEMENT}), frozenset({_NOT_QUALIFIED}))):
        if qualifiers & some and qualifiers & others:
            together |= qualifiers & (some | others)
    return ", ".join(sorted(uri.rpartition("/")[2] for uri in together))


def _kind(status: ServiceStatus, qualifiers: frozenset[str], claims: QcClaims, *, old: bool) -> Kind | None:
    """Return the type of a certificate, or none where the entry covers no such certificates."""
    own = claims.types or frozenset({"esign"})
    if old:  # there were only certificates for signatures, and nothing said so
        return "esign" if own == {"esign"} else None
    covered = {_KINDS_COVERED[uri] for uri in status.additional & _KINDS_COVERED.keys()}
    overruled = {_KINDS_SAID[uri] for uri in qualifiers & _KINDS_SAID.keys()}
    kinds = [kind for kind in covered if {kind} == (overruled or own)]
    if not kinds or (kinds[0] == "esign" and _LEGAL_PERSON in qualifiers):
        return None
    return kinds[0]


def _is_qualified(qualifiers: frozenset[str], subject: _Subject, *, old: bool) -> bool:
    if qualifiers & {_NOT_QUALIFIED, _STATEMENT}:
        return _STATEMENT in qualifiers
    by_policy = old and bool({_QCP, _QCP_PLUS} & subject.traits.policies)
    return (subject.claims.qualified or by_policy) and not subject.claims.elsewhere


def _device(qualifiers: frozenset[str], subject: _Subject, *, old: bool) -> bool:
    if qualifiers & (_NO_DEVICE | _WITH_DEVICE):
        return not qualifiers & _NO_DEVICE
    return subject.claims.device or (old and _QCP_PLUS in subject.traits.policies)


def _agreed(answers: Sequence[_Answer]) -> Qualification:
    """Step 7: what several services say together; never the nicer one of two answers."""
    results = [answer.result for answer in answers if answer.counts]
    if not results:
        return answers[0].result
    if len({(result.outcome, result.kind, result.device) for result in results}) == 1:
        return results[0]
    names = ", ".join(sorted({result.service.name for result in results if result.service}))
    return Qualification("undetermined", reasons=(problem("services-disagree", names=names),))


def _both(issued: Qualification, now: Qualification) -> Qualification:
    """Return what holds at both moments; what doesn't hold at one of them decides, and nobody can tell where that is open for one."""
    for outcome in ("not-qualified", "undetermined"):
        for result in (now, issued):
            if result.outcome == outcome:
                return result
    return now
