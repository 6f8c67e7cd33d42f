"""Whether seal certificates and time-stamp units lead to someone trusted (RFC 5280, 6; ETSI EN 319 102-1, 5.2.6, 5.5 and 5.6).

The steps of a validation, by number:

1. time-stamps, the newest first: each is judged at the moment that a later one proves for it, or now; one that is trusted proves
   that what it covers was there (`judge_stamps`). Of the newest nobody could put data about its unit under a later one, so those
   may be missing;
2. the path from an anchor to the seal certificate, at the moment that is proven for the signature, or now (`examine_path`);
3. on each path: names, signatures, limits, validity, and what the certificate is for; keys and algorithms, by their end;
4. revocation of every certificate below the anchor: by what the file carries, then by who may be asked.

A moment that only the seal claims proves nothing: what has ended since makes the result undetermined.
"""

import contextlib
import importlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any, Final, Literal, TypeAlias

import attrs

from mikrocert_seal_ades.pki import x509
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS, strength_problem
from mikrocert_seal_ades.pki.carried import Carried, Placed, Status
from mikrocert_seal_ades.pki.chains import Anchors, chain_of, trusted_chains
from mikrocert_seal_ades.pki.context import Revocations, ValidationContext
from mikrocert_seal_ades.pki.errors import CertificateError, ServiceError
from mikrocert_seal_ades.pki.problems import Problem, phrase, problem, reason_of
from mikrocert_seal_ades.pki.purposes import purpose_problems
from mikrocert_seal_ades.pki.revocation import NO_CHECK, Question
from mikrocert_seal_ades.pki.services import AUTHORITIES, STAMPING
from mikrocert_seal_ades.pki.signatures import wrapped
from mikrocert_seal_ades.pki.timestamps import Token
from mikrocert_seal_ades.pki.waiting import finished

Purpose: TypeAlias = Literal["seals", "time-stamps"]

_CLOCK_SKEW: Final = timedelta(minutes=5)
_MAXIMUM_OTHERS: Final = 50
_MOST_FETCHED: Final = 3
"""How many certificates that stand one above the other are fetched for a path at most."""
_TYPES: Final = {"seals": AUTHORITIES, "time-stamps": AUTHORITIES | STAMPING}
_SHORT_TERM: Final = bytes.fromhex("04008bec490201")  # 0.4.0.194121.2.1, ETSI EN 319 412-1, 5.2.2
_DEEPEST: Final = 3
"""A responder's certificate may have to be asked about, and whoever answers for that."""
_BAD: Final = frozenset(("error", "undetermined"))


@attrs.frozen
class Path:
    """The way from an anchor to a certificate, as DER and in this order; empty when there is none.

    `evidenced` says whether data that the file carries speak for every certificate below the anchor.
    """

    certificates: tuple[bytes, ...]
    problems: tuple[Problem, ...]
    evidenced: bool = False

    @property
    def holds(self) -> bool:
        """Whether it is there and nothing is wrong with it."""
        return bool(self.certificates) and not any(one.severity in _BAD for one in self.problems)


@attrs.frozen
class StampClaim:
    """A time-stamp that is intact, and what it would prove if it were trusted.

    Args:
        where: its place in the file.
        token: what was read.
        octets: the token, DER.
        unit: the certificate of who made it, DER.
        covers: all octets that it covers and of which it may matter when they were there: signature, earlier tokens, certificates,
            revocation data.
        content_only: whether it covers only what was sealed, so that the signature came later.
    """

    where: str
    token: Token
    octets: bytes = attrs.field(repr=False)
    unit: bytes = attrs.field(repr=False)
    covers: tuple[bytes, ...] = attrs.field(default=(), repr=False)
    content_only: bool = False


@attrs.frozen
class JudgedStamp:
    """A time-stamp that was judged; it is trusted where `path` holds."""

    claim: StampClaim
    path: Path

    @property
    def trusted(self) -> bool:
        """Whether it proves its time."""
        return self.path.holds


def judge_stamps(
    claims: Sequence[StampClaim], *, context: ValidationContext, others: tuple[bytes, ...] = ()
) -> tuple[ValidationContext, tuple[JudgedStamp, ...]]:
    """Return the context with what trusted time-stamps prove, and all of them judged, in their order (EN 319 102-1, 5.6.2.4).

    `claims` stand in the order of the file, each covering only what stands before it; so they are judged from behind, and none is
    proven by itself. `others` may help to find paths.
    """
    judged: list[JudgedStamp] = []
    for claim in reversed(claims):
        path = _stamp_path(claim, context=context, others=others)
        judged.append(JudgedStamp(claim, path))
        if path.holds and not claim.content_only:
            proofs = context.proofs.added(claim.covers, at=claim.token.time)
            context = attrs.evolve(context, proofs=proofs)
    return context, tuple(reversed(judged))


def stamp_paths(stamps: Iterable[JudgedStamp]) -> tuple[tuple[datetime, tuple[bytes, ...]], ...]:
    """Return time and path, from the anchor to the unit, of each time-stamp that is trusted."""
    return tuple((one.claim.token.time, one.path.certificates) for one in stamps if one.trusted)


def stamp_problems(stamps: Iterable[JudgedStamp]) -> Iterator[Problem]:
    """Yield which time-stamps are not trusted, and of which nobody can tell whether their unit was revoked."""
    for stamp in stamps:
        if stamp.trusted:
            if any(one.code == "revocation-not-checked" for one in stamp.path.problems):
                yield problem("unit-not-checked", where=stamp.claim.where, time=stamp.claim.token.time)
            continue
        reason = next(one for one in stamp.path.problems if one.severity in _BAD)
        found = problem(
            "timestamp-not-trusted",
            where=stamp.claim.where,
            time=stamp.claim.token.time,
            reason=phrase(reason.text, **reason.parameters),
        )
        yield attrs.evolve(found, sub_indication=reason.sub_indication)


def revocations_of(
    carried: Carried, *, lists: Sequence[Placed], responses: Sequence[Placed], anchors: Anchors
) -> Carried:
    """Return what a file says of revocations; where it lacks the certificates of issuers, with those of the anchors."""
    issuers = (x509.parse_old(one).issuer.dump() for one in carried.certificates)
    named = {anchor: None for name in issuers for anchor in anchors.named(name)}
    missing = [one for one in named if one not in carried.certificates]
    if not missing or not (lists or responses):
        return carried
    certificates = [Placed("", one) for one in (*missing, *carried.certificates)]
    return Carried(certificates, lists=lists, responses=responses)


def _stamp_path(claim: StampClaim, *, context: ValidationContext, others: tuple[bytes, ...]) -> Path:
    existed = context.existed(claim.octets)
    if context.proofs.of(claim.octets) in {None, context.enclosed_at}:
        # What is known of its unit is collected after it was made, and put under a later time-stamp; there is none in the file yet.
        context = attrs.evolve(context, demand="if-available")
    if claim.token.time > context.at + _CLOCK_SKEW:
        return Path((), (problem("timestamp-in-future", time=claim.token.time),))
    try:
        among = tuple(_readable((*claim.token.certificates, *others)))
        found = _found(
            (claim.unit,),
            context=context,
            purpose="time-stamps",
            moment=existed,
            used=claim.token.time,
            others=among,
        )
        ended = _ended(
            context.algorithms.end_of(claim.token.algorithm, public_key=x509.public_key(claim.unit)),
            existed=existed,
        )
        return attrs.evolve(found, problems=(*found.problems, *ended))
    except CertificateError as fault:
        return Path((), fault.problems)
    except Exception as fault:  # noqa: BLE001  see `examine_path`
        return Path((), (problem("library-failed", reason=reason_of(fault)),))


def examine_path(
    chain: tuple[bytes, ...],
    *,
    context: ValidationContext,
    signed_at: datetime | None,
    proven: datetime | None = None,
    not_before: datetime | None = None,
    algorithm: str = "",
    others: tuple[bytes, ...] = (),
    where: str = "",
) -> Path:
    """Return the path from an anchor to the first certificate of `chain` and all that is wrong with it.

    `chain` is what the seal carries: each certificate has to be issued by the next, so that all belong to one path.
    `others` may help to find the path. `signed_at` is the time that the seal claims, `proven` the one at which it is proven to have
    been there, `not_before` one at which it is proven not to have been there yet. `algorithm` is the name in RFC 7518 of the one that
    the signature was made with, where that is known.
    """
    leaf = chain[0]
    if context.at.utcoffset() is None:
        return Path((), (problem("time-naive", where="at"),))
    try:
        identity = x509.subject_identity(leaf)
        problems = _chain_problems(chain, where=where)
        problems += _time_problems(
            identity, signed_at=signed_at, proven=proven, not_before=not_before, at=context.at
        )
        start, end = identity.not_before, identity.not_after
        moment = min(max(proven or signed_at or context.at, start), end)
        others = tuple(_readable(others[:_MAXIMUM_OTHERS]))
        found = _found(
            chain,
            context=context,
            purpose="seals",
            moment=moment,
            used=proven or context.at,
            others=others,
            claimed=signed_at,
        )
        path = found.certificates
        organisations = path[0] in context.anchors.organisations if path else None
        problems += found.problems
        if algorithm in ALGORITHMS:
            key = x509.public_key(leaf)
            end_of_algorithm = context.algorithms.end(kind=ALGORITHMS[algorithm].kind, public_key=key)
            problems += _ended(end_of_algorithm, existed=proven or context.at)
        problems += purpose_problems(leaf, organisations=organisations, where=where)
        problems += _expired(path or (leaf,), at=proven or context.at)
    except CertificateError as fault:
        return Path((), fault.problems)
    except Exception as fault:  # noqa: BLE001  a library that stumbles over a hostile certificate must not stop the report
        return Path((), (problem("library-failed", where=where, reason=reason_of(fault)),))
    return Path(path, tuple(problems), found.evidenced)


def _chain_problems(chain: tuple[bytes, ...], *, where: str) -> list[Problem]:
    for certificate in chain[1:]:
        x509.parse(certificate)
    return [
        problem("x5c-broken", where=where, number=number)
        for number, (certificate, issuer) in enumerate(pairwise(chain), start=1)
        if not x509.issued(certificate, by=issuer)
    ]


def _time_problems(
    identity: x509.SubjectIdentity,
    *,
    signed_at: datetime | None,
    proven: datetime | None,
    not_before: datetime | None,
    at: datetime,
) -> list[Problem]:
    start, end = identity.not_before, identity.not_after
    problems: list[Problem] = []
    if signed_at is None and proven is None:
        problems.append(problem("signing-time-unknown"))
    elif signed_at is not None:
        if signed_at > at + _CLOCK_SKEW:
            problems.append(problem("sealed-in-future", time=signed_at))
        if not start <= signed_at <= end:
            problems.append(problem("sealed-outside-validity", time=signed_at, start=start, end=end))
        if proven is not None and signed_at > proven + _CLOCK_SKEW:
            problems.append(problem("sealed-after-stamp", time=signed_at, proven=proven))
    if proven is not None and proven < start:
        problems.append(problem("stamped-before-validity", time=proven, start=start))
    if not_before is not None and not_before > end:
        problems.append(problem("sealed-after-validity", time=not_before, end=end))
    return problems


def _ended(end: datetime | None, *, existed: datetime) -> list[Problem]:
    return [problem("algorithm-ended", end=end)] if end is not None and existed >= end else []


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


def _found(
    chain: tuple[bytes, ...],
    *,
    context: ValidationContext,
    purpose: Purpose,
    moment: datetime,
    used: datetime,
    others: tuple[bytes, ...],
    claimed: datetime | None = None,
) -> Path:
    """Return the best path for a certificate that was used at `used` at the latest, with what is wrong with it.

    At `moment` every certificate has to be valid. A time-stamp unit is used when it says, and has to be valid as long as nothing later
    proves its time-stamp.
    """
    leaf, *issuers = chain
    anchors = context.anchors
    stamping = purpose == "time-stamps"
    expiring = moment if stamping else used
    if anchors.hold(leaf):
        alone = (leaf,)
        problems = _weak(alone) or (_outside(alone, at=moment) if stamping else [])
        problems += _unserving(alone, context=context, purpose=purpose, at=used)
        weak = any(one.severity == "error" for one in problems)
        return Path(() if weak else alone, tuple(problems), evidenced=True)
    if not anchors:
        return Path((), (problem("issuer-not-trusted"),))
    faults: list[list[Problem]] = []
    holding: list[Path] = []
    among = _completed(leaf, among=(*issuers, *others), context=context)
    for upwards in trusted_chains(leaf, among=among, anchors=anchors):
        path = upwards[::-1]
        wrong = _weak(path) or list(_static_problems(path)) or _outside(path[1:], at=moment)
        if wrong:
            faults.append(wrong)
            continue
        problems = _unserving(path, context=context, purpose=purpose, at=used)
        problems += _ended_signatures(path, context=context)
        revoked, evidenced = _revocation_problems(
            path, context=context, used=used, known_until=moment if stamping else used, claimed=claimed
        )
        holding.append(Path(path, (*problems, *revoked), evidenced))
    if holding:
        # Of several the one of which least has to be said: nothing on it expired since, an anchor with a policy, short.
        return min(
            holding,
            key=lambda one: (
                bool(_expired(one.certificates, at=expiring)),
                not one.holds,
                one.certificates[0] not in anchors.organisations,
                len(one.certificates),
            ),
        )
    if faults:
        return Path((), tuple(faults[0]))
    # Only what the seal itself carries can pretend: anybody may have put others beside it.
    pretended = [c for c in chain_of(leaf, among=issuers) if anchors.named(x509.issuer_name(c))]
    if pretended:
        return Path((), (problem("issuer-pretended", name=x509.subject_identity(pretended[-1]).common_name),))
    return Path((), (problem("issuer-not-trusted"), *_missing(chain_of(leaf, among=among)[-1])))


def _completed(leaf: bytes, *, among: tuple[bytes, ...], context: ValidationContext) -> tuple[bytes, ...]:
    """`among` and, where nobody trusted can be reached without, the issuers that were fetched: each proven by what it issued."""
    if context.issuers is None:
        return among
    for _ in range(_MOST_FETCHED):
        last = chain_of(leaf, among=among)[-1]
        reached = next(trusted_chains(leaf, among=among, anchors=context.anchors), None)
        if reached or x509.issued(last, by=last):
            break
        found = [one for one in context.issuers.fetch(last) if x509.issued(last, by=one)]
        if not found:
            break
        among = (*among, *found)
    return among


def _missing(last: bytes) -> list[Problem]:
    """Return whose certificate a file lacks, and where it could be had; nothing where its last one names no place, or is a root."""
    urls = x509.issuer_addresses(last)
    if not urls or x509.issued(last, by=last):
        return []
    return [problem("issuer-missing", name=_called(last), url=urls[0])]


def _readable(certificates: Iterable[bytes]) -> Iterator[bytes]:
    """Yield those certificates from outside the signature that can be read; they only help to find a path."""
    for certificate in certificates:
        with contextlib.suppress(CertificateError):
            x509.parse(certificate)
            yield certificate


def _unserving(
    path: tuple[bytes, ...], *, context: ValidationContext, purpose: Purpose, at: datetime
) -> list[Problem]:
    if purpose == "time-stamps" and path[0] in context.anchors.unstamping:
        return [problem("stamps-not-counted", name=_called(path[0]))]
    if context.anchors.serve(path[0], types=_TYPES[purpose], at=at):
        return []
    return [problem("service-not-granted", name=_called(path[0]), time=at)]


def _outside(certificates: Sequence[bytes], *, at: datetime) -> list[Problem]:
    """Return those that weren't valid at a moment; an anchor isn't asked, so it isn't among them."""
    return [
        problem("path-outside-validity", name=i.common_name or i.organization, time=at)
        for i in map(x509.subject_identity, certificates)
        if not i.not_before <= at <= i.not_after
    ]


def _ended_signatures(path: tuple[bytes, ...], *, context: ValidationContext) -> list[Problem]:
    """Return the certificates whose signatures rest on an algorithm that ended before anything proves that they were there."""
    problems: list[Problem] = []
    for issuer, certificate in pairwise(path):
        parts = wrapped(certificate)
        if parts is not None:
            end = context.algorithms.end_of(parts.algorithm, public_key=x509.public_key(issuer))
            problems += _ended(end, existed=context.existed(certificate))
    return problems[:1]


@attrs.frozen
class _State:
    """What is known of one certificate: `revoked_at` if it was revoked, `good` if it is known that it wasn't at the time."""

    good: bool
    revoked_at: datetime | None = None

    @property
    def decided(self) -> bool:
        """Whether anything is known of it."""
        return self.good or self.revoked_at is not None


def _revocation_problems(
    path: tuple[bytes, ...],
    *,
    context: ValidationContext,
    used: datetime,
    known_until: datetime,
    claimed: datetime | None,
) -> tuple[list[Problem], bool]:
    """Return what is to be said of revocations on a path, and whether the file has good data about all of it.

    Every certificate below the anchor was used at `used` at the latest; of a time-stamp unit a revocation before `known_until` counts, for
    whoever has its key says any time.
    """
    problems: list[Problem] = []
    evidenced = True
    unknown: list[bytes] = []
    for issuer, certificate in pairwise(path):
        judge = partial(_state, certificate, issuer=issuer, path=path, context=context)
        state = judge(stores=context.revocations, used=used)
        evidenced &= state.decided
        # Of a unit that nothing later vouches for, it matters what is known of it now.
        open_now = (
            known_until >= context.at and not judge(stores=context.revocations, used=known_until).decided
        )
        if open_now or not state.decided:
            asked = _asked(context, certificate=certificate, issuer=issuer, path=path)
            stores = context.revocations if asked is None else (*context.revocations, asked)
            state = judge(stores=stores, used=used)
        if state.revoked_at is not None:
            problems.append(
                _revoked(certificate, state.revoked_at, until=known_until, context=context, claimed=claimed)
            )
        elif not state.decided and x509.extension(certificate, _SHORT_TERM) is None:
            unknown.append(certificate)
    if unknown and context.demand == "required":
        problems += [problem("revocation-unknown", name=_called(one), time=used) for one in unknown]
    elif unknown:
        problems.append(problem("revocation-not-checked"))
    return problems, evidenced


def _revoked(
    certificate: bytes,
    moment: datetime,
    *,
    until: datetime,
    context: ValidationContext,
    claimed: datetime | None,
) -> Problem:
    name = _called(certificate)
    if moment > until:
        return problem("revoked-since", name=name, time=moment)
    if until < context.at or (claimed is not None and claimed >= moment):
        return problem("revoked-before", name=name, time=moment)
    return problem("revoked-without-proof", name=name, time=moment)


def _state(
    certificate: bytes,
    *,
    issuer: bytes,
    path: tuple[bytes, ...],
    stores: Iterable[Revocations],
    used: datetime,
    context: ValidationContext,
    depth: int = 0,
) -> _State:
    good, revoked = False, list[datetime]()
    stores = tuple(stores)
    not_after = x509.subject_identity(certificate).not_after
    for status in (status for store in stores for status in store.statuses(certificate)):
        needless = good or not _timely(status, used=used, not_after=not_after)
        if status.status == "unknown" or (status.status == "good" and needless):
            continue
        if _entitled(status, issuer=issuer, path=path, stores=stores, context=context, depth=depth):
            good |= status.status == "good"
            revoked += [status.revoked_at or status.this_update] if status.status == "revoked" else []
    return _State(good and not revoked, min(revoked, default=None))


def _timely(status: Status, *, used: datetime, not_after: datetime) -> bool:
    """Return whether data that revoke nothing speak of a moment: they were not outdated by then.

    Of a certificate that has expired its issuer need not say any more that it was revoked.
    """
    until = max(status.next_update or status.this_update, status.this_update + _CLOCK_SKEW)
    return used <= until and status.this_update <= not_after


def _entitled(
    status: Status,
    *,
    issuer: bytes,
    path: tuple[bytes, ...],
    stores: tuple[Revocations, ...],
    context: ValidationContext,
    depth: int,
) -> bool:
    """Return whether somebody who may speak for `issuer` signed it, with a certificate that was good then (RFC 6960, 4.2.2.2)."""
    for signer in status.signers:
        key = x509.public_key(signer)
        end = context.algorithms.end_of(status.algorithm, public_key=key)
        if _ended(end, existed=context.existed(status.octets)):
            continue
        if key == x509.public_key(issuer):
            return True
        identity = x509.subject_identity(signer)
        if not identity.not_before <= status.this_update <= identity.not_after:
            continue
        for charging in dict.fromkeys((issuer, path[0])):
            if not x509.issued(signer, by=charging):
                continue
            if x509.extension(signer, NO_CHECK) is not None:
                return True
            if depth < _DEEPEST:
                state = _state(
                    signer,
                    issuer=charging,
                    path=path,
                    stores=stores,
                    used=status.this_update,
                    context=context,
                    depth=depth + 1,
                )
                if state.good or (context.demand == "if-available" and state.revoked_at is None):
                    return True
    return False


def _asked(
    context: ValidationContext, *, certificate: bytes, issuer: bytes, path: tuple[bytes, ...]
) -> Carried | None:
    """Return what who may be asked says of a certificate, or None where nobody answers."""
    if context.source is None:
        return None
    try:
        answers = tuple(context.source.fetch([Question(certificate, issuer)]))
    except ServiceError:
        return None
    return Carried(
        [Placed("", one) for one in path],
        lists=[Placed("", one.octets) for one in answers if one.kind == "crl"],
        responses=[Placed("", one.octets) for one in answers if one.kind == "ocsp"],
    )


@lru_cache(maxsize=128)
def _static_problems(path: tuple[bytes, ...]) -> tuple[Problem, ...]:
    """Return what RFC 5280, 6.1 has against a path beyond names and signatures, whenever it is looked at; validity is left to `_outside`.

    The same few paths come again and again, so the last ones are kept.
    """
    certvalidator: Any = importlib.import_module("pyhanko_certvalidator")
    authority: Any = importlib.import_module("pyhanko_certvalidator.authority")
    errors: Any = importlib.import_module("pyhanko_certvalidator.errors")
    anchor, *interm, leaf = map(x509.parse, path)
    moment = max(x509.subject_identity(certificate).not_before for certificate in path[1:])
    context = certvalidator.ValidationContext(
        trust_roots=[anchor], moment=moment, allow_fetching=False, revocation_mode="soft-fail"
    )
    trusted = authority.CertTrustAnchor(anchor, quals=_limits_of(anchor))
    candidate = certvalidator.path.ValidationPath(trusted, interm, leaf)
    try:
        finished(certvalidator.validate.async_validate_path(context, candidate))
    except (errors.ExpiredError, errors.NotYetValidError):
        # They were never valid all at once.
        name = _called(path[1])
        return (problem("path-outside-validity", name=name, time=moment),)
    except errors.ValidationError as fault:
        return (problem("path-invalid", reason=reason_of(fault)),)
    return ()


def _limits_of(anchor: Any) -> Any:  # noqa: ANN401  the library is reached through Any
    """Return the limits that an anchor sets itself: length of path and names (RFC 5937, 3.2).

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
