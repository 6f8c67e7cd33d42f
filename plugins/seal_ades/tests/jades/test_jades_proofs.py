"""Proofs of existence and revocation: what time-stamps and revocation data prove, and what nobody should take them for."""

import random
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from mikrocert_seal_ades.jades import (
    Anchors,
    ServiceError,
    UnreadableError,
    Validation,
    ValidationContext,
    extend,
    imprints,
    parse,
    renew,
    validate,
)
from mikrocert_seal_ades.jades.encoding import base64url
from mikrocert_seal_ades.pki.carried import Carried, Placed
from mikrocert_seal_ades.pki.policy import POLICY
from mikrocert_seal_ades.pki.problems import problem
from mikrocert_seal_ades.pki.services import ServiceStatus, TrustService

from .conftest import DAY, Authorities, certify, container, entry, key_of, name_of, r_vals, token

HOUR = timedelta(hours=1)
BAD = {"error", "undetermined"}


def judged(data: bytes, authorities: Authorities, *, at: datetime | None = None, **more: Any) -> Validation:
    """Judge a file below the root of the authorities that helped to seal it."""
    anchors = more.pop("anchors", Anchors((authorities.root.der,)))
    return validate(parse(data), context=ValidationContext(at or authorities.clock, anchors=anchors, **more))


def doubts(found: Validation) -> list[tuple[str, str]]:
    return [(p.code, p.sub_indication) for p in (*found.integrity, *found.trust) if p.severity in BAD]


def of(found: Validation, code: str) -> list[Any]:
    return [p for p in found.trust if p.code == code]


def lasting(authorities: Authorities, level: Any = "B-LTA") -> bytes:
    return extend(authorities.sealed(), level=level, sources=authorities.sources())


@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LT", "B-LTA"])
def test_the_level_is_reached_and_judged(authorities: Authorities, level: str) -> None:
    """From B-LT on a seal is trusted by what it carries; below, nothing says whether a certificate was revoked."""
    found = judged(lasting(authorities, level), authorities)
    if level in {"B-LT", "B-LTA"}:
        assert (doubts(found), found.level) == ([], level)
        assert found.proven_at is not None
    else:
        assert {code for code, _ in doubts(found)} == {"revocation-unknown"}
        assert (found.level, found.proven_at is not None) == (level, level == "B-T")


def test_without_revocation_data_that_nobody_misses(authorities: Authorities) -> None:
    """Who does without revocation data is told so once, and a time-stamp proves its time all the same."""
    found = judged(lasting(authorities, "B-T"), authorities, demand="if-available")
    assert (doubts(found), found.level) == ([], "B-T")
    assert [len(of(found, code)) for code in ("revocation-not-checked", "unit-not-checked")] == [1, 1]


@pytest.mark.parametrize(("level", "good"), [("B-B", False), ("B-LT", True), ("B-LTA", True)])
def test_a_certificate_that_ended_since(
    authorities_at: Any, now: datetime, level: str, *, good: bool
) -> None:
    """A certificate that ended after the proven time stays good; without a proof nobody can tell."""
    authorities = authorities_at(now)
    authorities.seal = certify(
        authorities.seal.key,
        subject=authorities.seal.certificate.subject,
        issuer=authorities.ca,
        usage="content_commitment",
        start=now - DAY,
        end=now + DAY,
    )
    data = lasting(authorities, level)
    found = judged(data, authorities, at=now + 2 * DAY, demand="if-available")
    assert doubts(found) == ([] if good else [("certificate-expired", "OUT_OF_BOUNDS_NO_POE")])


def test_a_unit_that_ended_proves_nothing_unless_a_later_one_proves_it(
    authorities_at: Any, now: datetime
) -> None:
    """Once the certificate of a time-stamp unit has ended, its time-stamps prove only what a later time-stamp still proves."""
    authorities = authorities_at(now)
    long = authorities.unit
    authorities.unit = unit_until(authorities, now + DAY)
    data = lasting(authorities)
    later = now + 2 * DAY
    found = judged(data, authorities, at=later)
    assert (found.level, found.proven_at) == ("B-B", None)
    assert {p.sub_indication for p in of(found, "timestamp-not-trusted")} == {"OUT_OF_BOUNDS_NO_POE"}
    authorities.unit = long
    renewed = renew(data, sources=authorities.sources())
    found = judged(renewed, authorities, at=later)
    assert (doubts(found), found.level) == ([], "B-LTA")
    assert found.proven_at is not None
    assert found.proven_at < now + HOUR


def unit_until(authorities: Authorities, end: datetime, **more: Any) -> Any:
    return certify(
        key_of(),
        subject=name_of("Razítko krátké ů"),
        issuer=more.pop("issuer", authorities.ca),
        qc=None,
        start=authorities.clock - DAY,
        end=end,
        critical_purposes=(x509.ExtendedKeyUsageOID.TIME_STAMPING,),
        **more,
    )


def test_time_stamps_of_ones_own_making_prove_nothing(authorities_at: Any, now: datetime) -> None:
    """A unit below a root of one's own raises no level and proves no time, however whole all of it is."""
    honest, own = authorities_at(now), authorities_at(now)
    own.seal = honest.seal
    data = honest.sealed()
    stamped = with_entries(data, entry("sigTst", container(stamp_of(data, own, at=now))))
    found = judged(stamped, honest, demand="if-available")
    assert (found.level, found.proven_at) == ("B-B", None)
    (problem,) = of(found, "timestamp-not-trusted")
    assert (problem.severity, problem.sub_indication) == ("warning", "NO_CERTIFICATE_CHAIN_FOUND")


def stamp_of(
    data: bytes, authorities: Authorities, *, at: datetime, entries: list[str] | None = None
) -> bytes:
    """A token over the signature of a file, or over it and entries behind it."""
    file = parse(data)
    signature = base64url(file.signature)
    pieces = (
        imprints.of_signature(signature)
        if entries is None
        else imprints.of_archive(
            payload=file.content, protected=file.protected, signature=signature, entries=entries
        )
    )
    chain = (authorities.unit.der, authorities.ca.der, authorities.root.der)
    return token(
        imprints.digest(pieces, algorithm="sha256"), unit=authorities.unit, at=at, certificates=chain
    )


def with_entries(data: bytes, *entries: str) -> bytes:
    text = data.decode()
    listed = ",".join(f'"{one}"' for one in entries)
    return text.replace(',"signature":', f',"header":{{"etsiU":[{listed}]}},"signature":').encode()


def test_a_time_stamp_older_than_the_certificate_fails(authorities: Authorities, now: datetime) -> None:
    """What was time-stamped before its certificate began can't be what that certificate sealed."""
    authorities.unit = certify(
        key_of(),
        subject=name_of("Razítko staré ů"),
        issuer=authorities.ca,
        qc=None,
        start=now - DAY,
        end=now + DAY,
        critical_purposes=(x509.ExtendedKeyUsageOID.TIME_STAMPING,),
    )
    authorities.seal = certify(
        authorities.seal.key,
        subject=authorities.seal.certificate.subject,
        issuer=authorities.ca,
        usage="content_commitment",
        start=now - timedelta(minutes=1),
        end=now + DAY,
    )
    data = authorities.sealed()
    early = with_entries(data, entry("sigTst", container(stamp_of(data, authorities, at=now - HOUR))))
    found = judged(early, authorities, demand="if-available")
    assert ("stamped-before-validity", "NOT_YET_VALID") in doubts(found)


def test_a_time_stamp_is_not_proven_by_itself(authorities: Authorities, now: datetime) -> None:
    """An archive time-stamp whose own unit has ended proves neither itself nor those before it, in whatever number."""
    authorities.unit = unit_until(authorities, now + DAY)
    data = authorities.sealed()
    entries = [entry("sigTst", container(stamp_of(data, authorities, at=now)))]
    for minutes in range(1, 4):
        moment = now + timedelta(minutes=minutes)
        entries.append(entry("arcTst", container(stamp_of(data, authorities, at=moment, entries=entries))))
    found = judged(with_entries(data, *entries), authorities, at=now + 2 * DAY, demand="if-available")
    assert found.proven_at is None
    assert len(of(found, "timestamp-not-trusted")) == len(entries)


REVOCATIONS: dict[str, tuple[timedelta, str, list[tuple[str, str]]]] = {
    # name → when, relative to the time-stamp; level; what is said
    "before the time-stamp": (-HOUR, "B-LTA", [("revoked-before", "REVOKED")]),
    "after the time-stamp": (12 * HOUR, "B-LTA", []),
    "before, never stamped, claimed after": (-HOUR, "B-B", [("revoked-before", "REVOKED")]),
    "after what is claimed, never stamped": (HOUR, "B-B", [("revoked-without-proof", "REVOKED_NO_POE")]),
}


@pytest.mark.parametrize("name", REVOCATIONS)
def test_revoked_before_and_after(authorities: Authorities, now: datetime, name: str) -> None:
    """A revocation before the proven time fails, one after it does no harm; where nothing is proven nobody can tell."""
    moved, level, expected = REVOCATIONS[name]
    data = lasting(authorities, level)
    authorities.revoked[authorities.seal.certificate.serial_number] = now + moved
    authorities.clock = later = now + DAY
    found = judged(data, authorities, at=later, source=authorities, revocations=(later_data(authorities),))
    assert [one for one in doubts(found) if "revoked" in one[0]] == expected
    assert bool(of(found, "revoked-since")) == (name == "after the time-stamp")
    assert (level == "B-B" or doubts(found) == expected) is True


def later_data(authorities: Authorities) -> Carried:
    """What the responder says now, as if it had been fetched."""
    response = authorities.state(authorities.seal.der, at=authorities.clock)
    return Carried(
        [Placed("", one.der) for one in (authorities.seal, authorities.ca, authorities.root)],
        responses=[Placed("", response)],
    )


def test_a_unit_revoked_since_proves_nothing(authorities: Authorities, now: datetime) -> None:
    """Whoever has the key of a revoked time-stamp unit says any time; only what a later time-stamp covers counts."""
    data = lasting(authorities, "B-LT")
    authorities.revoked[authorities.unit.certificate.serial_number] = now + HOUR
    response = authorities.state(authorities.unit.der, at=now + 2 * HOUR)
    extra = Carried(
        [Placed("", one.der) for one in (authorities.unit, authorities.ca, authorities.root)],
        responses=[Placed("", response)],
    )
    found = judged(data, authorities, at=now + DAY, revocations=(extra,))
    assert (found.level, found.proven_at) == ("B-B", None)
    assert [p.sub_indication for p in of(found, "timestamp-not-trusted")] == ["REVOKED_NO_POE"]


def test_data_count_below_an_anchor_that_the_file_lacks(authorities: Authorities) -> None:
    """Where only an anchor is the certificate of an issuer, what the file says of revocations counts all the same."""
    bare = authorities.sealed(certificates=(authorities.seal.der,))
    response = authorities.state(authorities.seal.der, at=authorities.clock)
    data = with_entries(bare, entry("rVals", r_vals(responses=(response,))))
    anchors = Anchors((authorities.root.der, authorities.ca.der))
    assert doubts(judged(data, authorities, anchors=anchors)) == []


STRANGE: dict[str, Callable[[Authorities], bytes]] = {
    "a stranger's signature": lambda a: lying(a, responder=stranger(a)),
    "a responder without the purpose": lambda a: lying(a, responder=a.unit),
    "another certificate": lambda a: lying(a, about=a.unit.der),
    "the same serial number of another issuer": lambda a: lying(a, about=twin(a)),
}


def lying(authorities: Authorities, **lies: Any) -> bytes:
    authorities.lies.update(lies)
    return authorities.state(lies.get("about", authorities.seal.der), at=authorities.clock)


def stranger(authorities: Authorities) -> Any:
    return certify(
        key_of(),
        subject=name_of("Cizí ď"),
        issuer=None,
        qc=None,
        purposes=(x509.ExtendedKeyUsageOID.OCSP_SIGNING,),
        extensions=(x509.OCSPNoCheck(),),
    )


def twin(authorities: Authorities) -> bytes:
    """A certificate of the other authority that bears the serial number of the seal certificate."""
    key = key_of()
    return (
        x509.CertificateBuilder()
        .subject_name(name_of("Dvojče ř"))
        .issuer_name(authorities.root.certificate.subject)
        .public_key(key.public_key())
        .serial_number(authorities.seal.certificate.serial_number + 1)
        .not_valid_before(authorities.clock - DAY)
        .not_valid_after(authorities.clock + DAY)
        .sign(authorities.root.key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


@pytest.mark.parametrize("name", STRANGE)
def test_answers_that_are_none(authorities: Authorities, name: str) -> None:
    """What a stranger says, or what is said of another certificate, is no answer: nobody can tell."""
    response = STRANGE[name](authorities)
    extra = Carried(
        [
            Placed("", one.der)
            for one in (authorities.seal, authorities.ca, authorities.root, authorities.unit)
        ],
        lists=[Placed("", authorities.list(authorities.root, at=authorities.clock))],
        responses=[Placed("", response)],
    )
    found = judged(authorities.sealed(), authorities, revocations=(extra,))
    assert doubts(found) == [("revocation-unknown", "TRY_LATER")]


@pytest.mark.parametrize(("age", "good"), [(timedelta(0), True), (23 * HOUR, True), (25 * HOUR, False)])
def test_data_that_have_got_old(authorities: Authorities, age: timedelta, *, good: bool) -> None:
    """A list that was to be replaced before the time that counts says nothing of that time."""
    lists = [authorities.list(one, at=authorities.clock - age) for one in (authorities.root, authorities.ca)]
    extra = Carried(
        [Placed("", one.der) for one in (authorities.seal, authorities.ca, authorities.root)],
        lists=[Placed("", one) for one in lists],
    )
    found = judged(authorities.sealed(), authorities, revocations=(extra,))
    assert doubts(found) == ([] if good else [("revocation-unknown", "TRY_LATER")] * 2)


@attrs.define
class Answering:
    """Answers about revocations while a seal is judged, and remembers what was asked."""

    authorities: Authorities
    silent: bool = False
    asked: list[bytes] = attrs.Factory(list[bytes])

    def fetch(self, questions: Any) -> list[Any]:
        self.asked += [question.certificate for question in questions]
        if self.silent:
            raise ServiceError(problem("revocation-unavailable", name="ř"))
        return self.authorities.fetch(questions)


def test_what_the_file_lacks_is_asked_for(authorities: Authorities) -> None:
    """Who may be asked is asked about each certificate that the file has no data of, once, and not about others."""
    source = Answering(authorities)
    found = judged(authorities.sealed(), authorities, source=source)
    assert (doubts(found), found.level) == ([], "B-B")
    assert sorted(source.asked) == sorted([authorities.seal.der, authorities.ca.der])
    unneeded = Answering(authorities)
    assert doubts(judged(lasting(authorities), authorities, source=unneeded)) == []
    assert unneeded.asked == []


def test_what_is_asked_for_raises_no_level(authorities: Authorities) -> None:
    """Data that had to be asked for are not in the file, so it is not of a level that has them."""
    found = judged(lasting(authorities, "B-T"), authorities, source=Answering(authorities))
    assert (doubts(found), found.level) == ([], "B-T")


def test_the_unit_of_the_newest_time_stamp_is_asked_about(authorities: Authorities, now: datetime) -> None:
    """Who may be asked is asked whether a unit was revoked since, where nothing later proves its time-stamp, and only then."""
    data = lasting(authorities)
    authorities.clock = now + 10 * DAY
    source = Answering(authorities)
    assert doubts(judged(data, authorities, source=source)) == []
    assert set(source.asked) == {authorities.unit.der, authorities.ca.der}
    authorities.revoked[authorities.unit.certificate.serial_number] = now + HOUR
    assert judged(data, authorities, source=Answering(authorities)).proven_at is None


def test_nobody_answers(authorities: Authorities) -> None:
    """Where nobody answers nobody can tell; no exception comes out."""
    found = judged(authorities.sealed(), authorities, source=Answering(authorities, silent=True))
    assert {code for code, _ in doubts(found)} == {"revocation-unknown"}


ENDS = {  # name → algorithm of the seal, level, when it is judged, what is said
    "RSA before its end": ("RS256", "B-B", datetime(2028, 12, 31, tzinfo=UTC), []),
    "RSA after its end": (
        "RS256",
        "B-B",
        datetime(2029, 1, 1, tzinfo=UTC),
        [("algorithm-ended", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE")],
    ),
    "RSA proven before its end": ("RS256", "B-LTA", datetime(2029, 6, 1, tzinfo=UTC), []),
    "a curve": ("ES256", "B-B", datetime(2029, 6, 1, tzinfo=UTC), []),
}


@pytest.mark.parametrize("name", ENDS)
def test_algorithms_end(authorities_at: Any, now: datetime, name: str) -> None:
    """After the end of its algorithm a signature counts only where it is proven to have been there before."""
    algorithm, level, at, expected = ENDS[name]
    key = rsa.generate_private_key(65537, 2048) if algorithm == "RS256" else None
    authorities = authorities_at(now, key=key, days=2000)
    data = extend(authorities.sealed(algorithm), level=level, sources=authorities.sources())
    assert doubts(judged(data, authorities, at=at, demand="if-available")) == expected


def test_the_policy_has_the_dates_of_the_commission() -> None:
    """RSA of the old padding and short keys end with 2028, long keys with PSS and curves don't; what isn't named ended long ago."""
    keys = {bits: rsa.generate_private_key(65537, bits) for bits in (2048, 3072)}
    spki = {
        **{f"rsa{bits}": public(key) for bits, key in keys.items()},
        "p256": public(key_of()),
        "p192": public(ec.generate_private_key(ec.SECP192R1())),
    }
    end = datetime(2029, 1, 1, tzinfo=UTC)
    expected = {
        ("PKCS1", "rsa3072"): end,
        ("PSS", "rsa2048"): end,
        ("PSS", "rsa3072"): None,
        ("ECDSA", "p256"): None,
    }
    assert {(kind, key): POLICY.end(kind=kind, public_key=spki[key]) for kind, key in expected} == expected
    for kind, key in (("ECDSA", "p192"), ("rsassa_unknown", "rsa3072")):
        ended = POLICY.end(kind=kind, public_key=spki[key])
        assert ended is not None
        assert ended < datetime(2020, 1, 1, tzinfo=UTC)


def public(key: Any) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


SERVICE = "http://uri.etsi.org/TrstSvc"
LISTED: dict[str, tuple[str, str, timedelta, bool]] = {
    # name → type and status, since when, is the seal trusted?
    "granted": ("Svctype/CA/QC", "TrustedList/Svcstatus/granted", -DAY, True),
    "withdrawn": ("Svctype/CA/QC", "TrustedList/Svcstatus/withdrawn", -DAY, False),
    "granted later": ("Svctype/CA/QC", "TrustedList/Svcstatus/granted", DAY, False),
    "for time-stamps": ("Svctype/TSA/QTST", "TrustedList/Svcstatus/granted", -DAY, False),
}


@pytest.mark.parametrize("name", LISTED)
def test_a_listed_service_counts_for_what_it_is_and_while_it_is(
    authorities: Authorities, now: datetime, name: str
) -> None:
    """A service of a trusted list is an anchor for what the list says, at the proven time."""
    kind, status, moved, good = LISTED[name]
    state = ServiceStatus(now + moved, f"{SERVICE}/{status}", f"{SERVICE}/{kind}")
    data = lasting(authorities)
    stamping = TrustService(
        (authorities.unit.der,),
        (
            ServiceStatus(
                now - DAY, f"{SERVICE}/TrustedList/Svcstatus/granted", f"{SERVICE}/Svctype/TSA/QTST"
            ),
        ),
    )
    anchors = Anchors(services=(TrustService((authorities.ca.der,), (state,)), stamping))
    found = judged(data, authorities, anchors=anchors)
    assert (found.level, found.proven_at is not None) == ("B-LTA", True)
    assert doubts(found) == ([] if good else [("service-not-granted", "NO_CERTIFICATE_CHAIN_FOUND")])


def test_a_service_withdrawn_since_keeps_what_it_made(authorities: Authorities, now: datetime) -> None:
    """What a service was at the proven time counts, not what became of it."""
    kind, statuses = f"{SERVICE}/Svctype/CA/QC", f"{SERVICE}/TrustedList/Svcstatus"
    history = (
        ServiceStatus(now + DAY, f"{statuses}/withdrawn", kind),
        ServiceStatus(now - DAY, f"{statuses}/granted", kind),
    )
    data = lasting(authorities)
    anchors = Anchors((authorities.unit.der,), services=(TrustService((authorities.ca.der,), history),))
    assert doubts(judged(data, authorities, anchors=anchors, at=now + 2 * DAY)) == []
    bare = judged(authorities.sealed(), authorities, anchors=anchors, at=now + 2 * DAY, demand="if-available")
    assert ("service-not-granted", "NO_CERTIFICATE_CHAIN_FOUND") in doubts(bare)


def test_a_content_time_stamp_after_the_end_fails(authorities: Authorities, now: datetime) -> None:
    """A time-stamp of the content proves that the seal came later; a certificate that had ended by then sealed nothing."""
    authorities.seal = certify(
        authorities.seal.key,
        subject=authorities.seal.certificate.subject,
        issuer=authorities.ca,
        usage="content_commitment",
        start=now - DAY,
        end=now + HOUR,
    )
    late = now + 2 * HOUR
    digest = imprints.digest(imprints.of_content(b"{}"), algorithm="sha256")
    chain = (authorities.unit.der, authorities.ca.der, authorities.root.der)
    stamp = token(digest, unit=authorities.unit, at=late, certificates=chain)
    data = authorities.sealed(content_timestamp=stamp)
    found = judged(data, authorities, at=now + DAY, demand="if-available")
    assert ("sealed-after-validity", "EXPIRED") in doubts(found)


def test_a_list_of_ten_thousand_costs_what_it_is_long(authorities: Authorities, now: datetime) -> None:
    """A list with ten times as many entries costs at most some twenty times as much, and says the same."""

    def cost(count: int) -> int:
        authorities.revoked.clear()
        authorities.revoked.update(dict.fromkeys(range(1, count + 1), now - DAY))
        octets = authorities.list(authorities.ca, at=now)
        certificates = [Placed("", one.der) for one in (authorities.seal, authorities.ca, authorities.root)]

        def work() -> None:
            extra = Carried(certificates, lists=[Placed("", octets)])
            assert [one.status for one in extra.statuses(authorities.seal.der)] == ["good"]

        return operations(work)

    assert cost(10_000) <= 20 * cost(1_000)


def operations(work: Callable[[], object]) -> int:
    """How many functions are called, those written in C included."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.system
@pytest.mark.covering
def test_a_flipped_bit_anywhere_in_a_lasting_file_is_noticed(authorities: Authorities) -> None:
    """Wherever a bit of a file with everything in it is flipped, it can't be read, or something is wrong, or nobody can tell."""
    data = renew(lasting(authorities), sources=authorities.sources())
    chance = random.Random("B-LTA")
    missed: list[int] = []
    for place in range(chance.randrange(STEP), len(data), STEP):
        flipped = bytearray(data)
        flipped[place] ^= 1 << chance.randrange(8)
        try:
            found = judged(bytes(flipped), authorities)
        except UnreadableError:
            continue
        if not [p for p in found.integrity if p.severity == "error"]:
            missed.append(place)
    assert missed == []


STEP = 149
"""One octet of so many is tried; it shares no factor with the widths that base64 has."""
