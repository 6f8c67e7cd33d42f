"""Whether the seal certificate leads to someone trusted (RFC 5280, 6; ETSI TS 119 102-1, 5.2.6)."""

import contextlib
import importlib
from collections.abc import Coroutine, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import attrs

from mikrocert_seal_ades.pki import x509
from mikrocert_seal_ades.pki.algorithms import strength_problem
from mikrocert_seal_ades.pki.chains import Anchors, chain_of
from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.problems import Problem, problem, reason_of
from mikrocert_seal_ades.pki.purposes import purpose_problems

_CLOCK_SKEW: Final = timedelta(minutes=5)
_MAXIMUM_OTHERS: Final = 50


@attrs.frozen
class Path:
    """The way from an anchor to the seal certificate, as DER and in this order; empty when there is none."""

    certificates: tuple[bytes, ...]
    problems: tuple[Problem, ...]


def examine_path(
    chain: tuple[bytes, ...],
    *,
    trust: Anchors,
    signed_at: datetime | None,
    at: datetime,
    others: tuple[bytes, ...] = (),
    where: str = "",
) -> Path:
    """Return the path from an anchor to the first certificate of `chain` and all that is wrong with it.

    `chain` is what the seal carries: each certificate has to be issued by the next, so that all belong to one path.
    `others` may help to find the path. `signed_at` is the time that the seal claims, `at` the time of validation.
    Claimed time proves nothing: a certificate that has expired by `at` makes the result undetermined.
    """
    leaf = chain[0]
    if at.utcoffset() is None:
        return Path((), (problem("time-naive", where="at"),))
    try:
        identity = x509.subject_identity(leaf)
        problems = _chain_problems(chain, where=where)
        moment = _moment(identity, signed_at=signed_at, at=at, problems=problems)
        path, path_problems = _find_path(chain, trust=trust, moment=moment, others=others)
        problems += path_problems
        organisations = path[0] in trust.organisations if path else None
        problems += purpose_problems(leaf, organisations=organisations, where=where)
        problems += _expired(path or (leaf,), at=at)
    except CertificateError as fault:
        return Path((), fault.problems)
    except Exception as fault:  # noqa: BLE001  a library that stumbles over a hostile certificate must not stop the report
        return Path((), (problem("library-failed", where=where, reason=reason_of(fault)),))
    problems.append(problem("revocation-not-checked", where=where))
    return Path(path, tuple(problems))


def _chain_problems(chain: tuple[bytes, ...], *, where: str) -> list[Problem]:
    for certificate in chain[1:]:
        x509.parse(certificate)
    return [
        problem("x5c-broken", where=where, number=number)
        for number, (certificate, issuer) in enumerate(pairwise(chain), start=1)
        if not x509.issued(certificate, by=issuer)
    ]


def _moment(
    identity: x509.SubjectIdentity, *, signed_at: datetime | None, at: datetime, problems: list[Problem]
) -> datetime:
    """The time for which the path is validated: the claimed one, moved into the seal certificate's validity."""
    if signed_at is None:
        problems.append(problem("signing-time-unknown"))
        return min(max(at, identity.not_before), identity.not_after)
    if signed_at > at + _CLOCK_SKEW:
        problems.append(problem("sealed-in-future", time=signed_at))
    if not identity.not_before <= signed_at <= identity.not_after:
        problems.append(
            problem(
                "sealed-outside-validity",
                time=signed_at,
                start=identity.not_before,
                end=identity.not_after,
            )
        )
    return min(max(signed_at, identity.not_before), identity.not_after)


def _weak(path: tuple[bytes, ...]) -> list[Problem]:
    found = [
        strength_problem(x509.public_key(certificate), name=_called(certificate)) for certificate in path
    ]
    return [weak for weak in found if weak]


def _called(certificate: bytes) -> str:
    identity = x509.subject_identity(certificate)
    return identity.common_name or identity.organization or ""


def _expired(path: tuple[bytes, ...], *, at: datetime) -> list[Problem]:
    # The anchor itself is trusted as it stands, unless it is the seal certificate.
    identities = [x509.subject_identity(certificate) for certificate in (path[1:] or path)]
    return [
        problem("certificate-expired", name=i.common_name or i.organization, end=i.not_after)
        for i in identities
        if i.not_after < at
    ]


def _find_path(
    chain: tuple[bytes, ...], *, trust: Anchors, moment: datetime, others: tuple[bytes, ...]
) -> tuple[tuple[bytes, ...], list[Problem]]:
    leaf, *issuers = chain
    if leaf in trust.certificates:
        weak = _weak((leaf,))
        return ((), weak) if weak else ((leaf,), [])
    if not trust.certificates:
        return (), [problem("issuer-not-trusted")]
    among = (*issuers, *_readable(others[:_MAXIMUM_OTHERS]))
    path = chain_of(leaf, among=among, anchors=trust)[::-1]
    if not trust.vouch(path[0]):
        pretended = [certificate for certificate in path if trust.named(x509.issuer_name(certificate))]
        if pretended:
            return (), [problem("issuer-pretended", name=x509.subject_identity(pretended[0]).common_name)]
        return (), [problem("issuer-not-trusted")]
    if weak := _weak(path):
        return (), weak
    wrong = _path_problem(path, moment=moment)
    return ((), [wrong]) if wrong else (path, [])


def _readable(certificates: tuple[bytes, ...]) -> Iterator[bytes]:
    """Certificates from outside the signature only help to find a path; an unreadable one does no harm."""
    for certificate in certificates:
        with contextlib.suppress(CertificateError):
            x509.parse(certificate)
            yield certificate


def _path_problem(path: tuple[bytes, ...], *, moment: datetime) -> Problem | None:
    """Validate `path` at `moment` in all that RFC 5280, 6.1 asks beyond names and signatures."""
    certvalidator: Any = importlib.import_module("pyhanko_certvalidator")
    authority: Any = importlib.import_module("pyhanko_certvalidator.authority")
    errors: Any = importlib.import_module("pyhanko_certvalidator.errors")
    anchor, *interm, leaf = map(x509.parse, path)
    context = certvalidator.ValidationContext(
        trust_roots=[anchor], moment=moment, allow_fetching=False, revocation_mode="soft-fail"
    )
    trusted = authority.CertTrustAnchor(anchor, quals=_limits_of(anchor))
    candidate = certvalidator.path.ValidationPath(trusted, interm, leaf)
    try:
        _finished(certvalidator.validate.async_validate_path(context, candidate))
    except (errors.ExpiredError, errors.NotYetValidError) as fault:
        return problem("path-outside-validity", reason=reason_of(fault))
    except errors.ValidationError as fault:
        return problem("path-invalid", reason=reason_of(fault))
    return None


def _limits_of(anchor: Any) -> Any:  # noqa: ANN401  the library is reached through Any
    """The limits that an anchor sets itself: length of path and names (RFC 5937, 3.2).

    Its other members are not judged: it is trusted as it stands. Its policies are none of its limits.
    """
    authority: Any = importlib.import_module("pyhanko_certvalidator.authority")
    policies: Any = importlib.import_module("pyhanko_certvalidator.policy_decl")
    trees: Any = importlib.import_module("pyhanko_certvalidator.name_trees")
    names = anchor.name_constraints_value
    permitted, excluded = (
        trees.process_general_subtrees(names[kind]) if names is not None and len(names[kind]) else None
        for kind in ("permitted_subtrees", "excluded_subtrees")
    )
    return authority.TrustQualifiers(
        max_path_length=anchor.max_path_length,
        max_aa_path_length=anchor.max_path_length,
        standard_parameters=policies.PKIXValidationParams(
            initial_permitted_subtrees=permitted, initial_excluded_subtrees=excluded
        ),
    )


def _finished(coroutine: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401  the library is reached through Any
    """Return what `coroutine` returns without an event loop.

    Without fetching the library never waits; so validation works inside a running loop too, and could not reach
    for the network if it wanted to.
    """
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    message = "the path validation wanted to wait for something outside"
    raise RuntimeError(message)
