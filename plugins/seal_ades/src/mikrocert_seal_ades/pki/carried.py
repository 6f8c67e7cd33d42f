"""What a seal carries to be judged by later: certificates, lists of revoked ones and OCSP responses.

Each is judged once and by itself, whether a verdict needs it or not: is it whole, does its issuer's signature fit where the issuer is
at hand? A broken one is an error. Whose issuer isn't at hand, is said. Whom to trust is no question here, nor is the time.

An issuer is looked for by name and by key identifier, so that a change of one of them doesn't hide it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Literal

import attrs
from cryptography.x509 import IssuingDistributionPoint, load_der_x509_crl, ocsp

from mikrocert_seal_ades.pki import der, x509
from mikrocert_seal_ades.pki.chains import LONGEST_CHAIN
from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.problems import Phrase, Problem, phrase, problem, reason_of
from mikrocert_seal_ades.pki.signatures import WEAK, Wrapped, digest_of, signature_problem, wrapped

MOST: Final = 200
"""The most different certificates, and the most different revocation data, that are judged."""
MOST_VERIFIED: Final = 1_000
"""The most signatures that are verified on the way."""
LARGEST_RESPONSE: Final = 64 * 1024
"""The most octets of an OCSP response that is read; one for one certificate has three thousand."""

_OCSP_SIGNING: Final = "1.3.6.1.5.5.7.3.9"
_NOTHING: Final = Wrapped(b"", b"", b"", canonical=False)
_SEQUENCE, _ENUMERATED, _OCTETS, _TAGGED = 0x30, 0x0A, 0x04, 0xA0


@attrs.frozen
class Placed:
    """Octets and the path under which the file has them; `covered` if the signature covers them."""

    where: str
    octets: bytes = attrs.field(repr=False)
    covered: bool = False


@attrs.frozen
class Status:
    """What revocation data say of one certificate: `revoked_at` only where it was revoked.

    `signers` are the certificates with the keys that signed them, DER, `algorithm` is the DER AlgorithmIdentifier of that
    signature, and `octets` are the data themselves.
    """

    where: str
    status: Literal["good", "revoked", "unknown"]
    revoked_at: datetime | None
    this_update: datetime
    next_update: datetime | None
    signers: tuple[bytes, ...] = attrs.field(repr=False)
    algorithm: bytes = attrs.field(repr=False)
    octets: bytes = attrs.field(repr=False)


@attrs.frozen(eq=False)
class _Read:
    """What is read of a certificate, wherever it stands."""

    parsed: Any
    parts: Wrapped | None
    inner: bytes
    identifier: bytes | None
    issuer_identifier: bytes | None
    serial: int
    key: bytes
    name: bytes
    issuer: bytes


@lru_cache(maxsize=128)
def _read(certificate: bytes) -> _Read:
    """Return what is read of a certificate; the same few come again and again, so the last ones are kept. Raises whatever the library does."""
    parsed = x509.parse_old(certificate)
    return _Read(
        parsed,
        wrapped(certificate),
        inner=parsed["tbs_certificate"]["signature"].dump(),
        identifier=parsed.key_identifier,
        issuer_identifier=parsed.authority_key_identifier,
        serial=int(parsed.serial_number),
        key=parsed.public_key.dump(),
        name=parsed.subject.dump(),
        issuer=parsed.issuer.dump(),
    )


@attrs.frozen(eq=False)
class _Certificate:
    where: str
    octets: bytes
    read: _Read
    parts: Wrapped
    covered: bool

    @property
    def parsed(self) -> Any:  # noqa: ANN401  see `x509.parse`
        return self.read.parsed

    @property
    def key(self) -> bytes:
        return self.read.key

    @property
    def name(self) -> bytes:
        return self.read.name

    @property
    def issuer(self) -> bytes:
        return self.read.issuer

    @property
    def called(self) -> str:
        return x509.called(self.octets)


@attrs.frozen
class _Revocations:
    """A list of revoked certificates or an OCSP response whose signature fits: `signers` hold the keys that made it."""

    where: str
    parsed: Any
    signers: tuple[bytes, ...]
    algorithm: bytes
    octets: bytes


class Carried:
    """What was carried, judged: `problems` are all faults.

    Args:
        certificates: DER.
        lists: certificate lists (RFC 5280, 5), DER.
        responses: OCSP responses (RFC 6960, 4.2.1), DER.
    """

    def __init__(
        self,
        certificates: Iterable[Placed],
        *,
        lists: Iterable[Placed] = (),
        responses: Iterable[Placed] = (),
    ) -> None:
        """Judge everything."""
        self._problems: list[Problem] = []
        self._budget = MOST_VERIFIED
        self._certificates: dict[bytes, _Certificate] = {}
        self._named: dict[bytes, list[_Certificate]] = {}
        self._keyed: dict[bytes, list[_Certificate]] = {}
        self._issuers: dict[bytes, tuple[bytes, ...]] = {}
        self._broken: set[bytes] = set()
        self._found: dict[bytes, tuple[Status, ...]] = {}
        answers = self._responses(responses)
        within = [Placed(one.where, octets) for one, _, _, embedded in answers for octets in embedded]
        for one in self._distinct([*certificates, *within]):
            self._add(one)
        for certificate in self._certificates.values():
            self._judge(certificate)
        self._judge_twins()
        self._lists = tuple(self._judged_lists(lists))
        self._responses_ = tuple(self._judged_responses(answers))
        if self._budget < 0:
            self._problems.append(problem("carried-too-much", most=MOST_VERIFIED))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that is wrong with what is carried."""
        return tuple(self._problems)

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """The certificates that can be read, DER."""
        return tuple(self._certificates)

    def issuers(self, certificate: bytes) -> tuple[bytes, ...]:
        """Return the certificates at hand whose key made this one, itself excepted."""
        return tuple(one for one in self._issuers.get(certificate, ()) if one != certificate)

    def chain(self, certificate: bytes) -> tuple[bytes, ...]:
        """Return the certificate and its issuers upwards, as far as they are at hand, the first that fits each time."""
        chain = [certificate]
        while len(chain) < LONGEST_CHAIN:
            issuer = next((one for one in self.issuers(chain[-1]) if one not in chain), None)
            if issuer is None:
                break
            chain.append(issuer)
        return tuple(chain)

    def is_root(self, certificate: bytes) -> bool:
        """Return whether a certificate was made with its own key."""
        return certificate in self._issuers.get(certificate, ())

    def statuses(self, certificate: bytes) -> Iterator[Status]:
        """Yield what revocation data say of a certificate that its issuer, or whom the issuer charged with it, signed."""
        if certificate not in self._found:
            self._found[certificate] = tuple(self._statuses(certificate))
        yield from self._found[certificate]

    def _statuses(self, certificate: bytes) -> Iterator[Status]:
        subject = self._certificates.get(certificate)
        if subject is None:
            return
        issuers = [self._certificates[one] for one in self.issuers(certificate)]
        keys = {issuer.key for issuer in issuers}
        serial = subject.read.serial
        for one in self._lists:
            if one.parsed.issuer.public_bytes() == subject.issuer and any(
                self._certificates[signer].key in keys for signer in one.signers
            ):
                entry = one.parsed.get_revoked_certificate_by_serial_number(serial)
                if entry is None and scope_fault(one.parsed, authority=bool(subject.parsed.ca)):
                    continue
                yield Status(
                    one.where,
                    "good" if entry is None else "revoked",
                    None if entry is None else entry.revocation_date_utc,
                    one.parsed.last_update_utc,
                    one.parsed.next_update_utc,
                    signers=one.signers,
                    algorithm=one.algorithm,
                    octets=one.octets,
                )
        for one in self._responses_:
            entitled = tuple(
                signer for signer in one.signers if self._may_answer(signer, of=certificate, keys=keys)
            )
            if entitled:
                answering = attrs.evolve(one, signers=entitled)
                yield from _answers(answering, serial=serial, issuers=issuers, name=subject.issuer)

    def _may_answer(self, signer: bytes, *, of: bytes, keys: set[bytes]) -> bool:
        """Return whether a responder is the issuer itself, or was charged by it or by the authority above all (RFC 6960, 4.2.2.2)."""
        if self._certificates[signer].key in keys:
            return True
        purposes = self._certificates[signer].parsed.extended_key_usage_value
        if purposes is None or _OCSP_SIGNING not in {purpose.dotted for purpose in purposes}:
            return False
        top = self.chain(of)[-1]
        return any(self._certificates[one].key in keys or one == top for one in self.issuers(signer))

    def _distinct(self, placed: Sequence[Placed]) -> list[Placed]:
        found = {one.octets: one for one in reversed(placed)}
        if len(found) > MOST:
            self._problems.append(problem("carried-too-much", most=MOST))
        return list(reversed(found.values()))[:MOST]

    def _add(self, placed: Placed) -> None:
        try:
            read = _read(placed.octets)
        except CertificateError as fault:
            self._problems += [attrs.evolve(one, where=placed.where) for one in fault.problems]
            return
        except Exception as fault:  # noqa: BLE001  a library that stumbles over hostile octets must not stop the report
            self._problems.append(
                problem("certificate-unreadable", where=placed.where, reason=reason_of(fault))
            )
            return
        parts = read.parts
        certificate = _Certificate(placed.where, placed.octets, read, parts or _NOTHING, placed.covered)
        if parts is None or not parts.canonical or parts.algorithm != read.inner:
            self._fault("certificate-malformed", certificate)
            return
        if read.serial <= 0:
            self._fault("serial-not-positive", certificate)
        self._certificates[placed.octets] = certificate
        self._named.setdefault(certificate.name, []).append(certificate)
        if read.identifier is not None:
            self._keyed.setdefault(read.identifier, []).append(certificate)

    def _judge(self, certificate: _Certificate) -> None:
        """Look for the issuers; that one is at hand and doesn't fit is a fault."""
        identifier = certificate.read.issuer_identifier
        candidates = [*self._named.get(certificate.issuer, ()), *self._keyed.get(identifier or b"", ())]
        fitting = tuple(
            issuer.octets
            for issuer in dict.fromkeys(candidates)
            if self._fits(certificate.parts, key=issuer.key)
        )
        self._issuers[certificate.octets] = fitting
        if fitting:
            if digest_of(certificate.parts.algorithm) in WEAK and not self.is_root(certificate.octets):
                self._fault("certificate-weak", certificate)
        elif any(identifier in {None, one.read.identifier} for one in candidates):
            self._broken.add(certificate.octets)
            self._fault("certificate-broken", certificate)
        elif not certificate.covered:
            self._fault("issuer-not-at-hand", certificate)

    def _judge_twins(self) -> None:
        """Find what can't be verified and yet is nearly the same as something that was."""
        groups: dict[tuple[bytes, int], list[_Certificate]] = {}
        for certificate in self._certificates.values():
            groups.setdefault((certificate.key, certificate.read.serial), []).append(certificate)
        for group in groups.values():
            orphans = [one for one in group if not self._issuers[one.octets]]
            if len(orphans) < len(group):
                for orphan in orphans:
                    if orphan.octets not in self._broken:
                        self._fault("certificate-broken", orphan)

    def _judged_lists(self, lists: Iterable[Placed]) -> Iterator[_Revocations]:
        for placed in self._distinct(list(lists)):
            try:
                parsed = load_der_x509_crl(placed.octets)
                parts = wrapped(placed.octets)
                name = parsed.issuer.public_bytes()
                _ = parsed.last_update_utc, len(parsed.extensions)
            except Exception as fault:  # noqa: BLE001  see `_add`
                self._problems.append(
                    problem("revocation-unreadable", where=placed.where, reason=reason_of(fault))
                )
                continue
            candidates = self._named.get(name, ())
            yield from self._fitting(placed, parsed, parts, candidates=candidates)

    def _responses(
        self, responses: Iterable[Placed]
    ) -> list[tuple[Placed, Any, Wrapped | None, tuple[bytes, ...]]]:
        """Return place, what was read, what is signed, and the certificates within, of each response that can be read."""
        found: list[tuple[Placed, Any, Wrapped | None, tuple[bytes, ...]]] = []
        for placed in self._distinct(list(responses)):
            try:
                if len(placed.octets) > LARGEST_RESPONSE:
                    raise OverflowError  # noqa: TRY301  what is wrong with it is told below
                parsed = ocsp.load_der_ocsp_response(placed.octets)
                _ = (
                    parsed.responder_name,
                    parsed.produced_at_utc,
                    [one.this_update_utc for one in parsed.responses],
                )
                parts, certificates = _basic(placed.octets)
            except Exception as fault:  # noqa: BLE001  see `_add`
                self._problems.append(
                    problem("revocation-unreadable", where=placed.where, reason=reason_of(fault))
                )
                continue
            found.append((placed, parsed, parts, certificates))
        return found

    def _judged_responses(
        self, answers: Iterable[tuple[Placed, Any, Wrapped | None, tuple[bytes, ...]]]
    ) -> Iterator[_Revocations]:
        for placed, parsed, parts, _ in answers:
            name = parsed.responder_name
            if name is not None:
                candidates = self._named.get(name.public_bytes(), [])
            else:
                key = parsed.responder_key_hash
                candidates = [one for one in self._certificates.values() if one.parsed.public_key.sha1 == key]
            yield from self._fitting(placed, parsed, parts, candidates=candidates)

    def _fitting(
        self,
        placed: Placed,
        parsed: Any,  # noqa: ANN401  of two kinds
        parts: Wrapped | None,
        *,
        candidates: Sequence[_Certificate],
    ) -> Iterator[_Revocations]:
        if parts is None or not parts.canonical:
            self._problems.append(problem("revocation-malformed", where=placed.where))
            return
        signers = tuple(one.octets for one in candidates if self._fits(parts, key=one.key))
        if signers:
            if digest_of(parts.algorithm) in WEAK:
                self._problems.append(problem("revocation-weak", where=placed.where))
            yield _Revocations(placed.where, parsed, signers, parts.algorithm, placed.octets)
        else:
            code = "revocation-broken" if candidates else "responder-not-at-hand"
            self._problems.append(problem(code, where=placed.where))

    def _fits(self, parts: Wrapped, *, key: bytes) -> bool:
        self._budget -= 1
        fits = _fits if len(parts.octets) <= x509.LARGEST else _fits.__wrapped__
        return self._budget >= 0 and fits(parts, key)

    def _fault(self, code: str, certificate: _Certificate) -> None:
        self._problems.append(problem(code, where=certificate.where, name=certificate.called))


@lru_cache(maxsize=512)
def _fits(parts: Wrapped, key: bytes) -> bool:
    """Return whether a key made a signature. Certificates and answers are the same in many files, so the last ones are kept."""
    return not signature_problem(
        parts.octets, signature=parts.signature, algorithm=parts.algorithm, public_key=key
    )


def scope_fault(crl: Any, *, authority: bool) -> Phrase | None:  # noqa: ANN401  as cryptography reads it
    """Return why a list without a certificate on it says nothing of that, or None where it does (RFC 5280, 6.3.3).

    `authority` says whether it is the certificate of one.
    """
    for extension in crl.extensions:
        value = extension.value
        if isinstance(value, IssuingDistributionPoint):
            other = value.only_contains_user_certs if authority else value.only_contains_ca_certs
            if other or value.indirect_crl or value.only_some_reasons or value.only_contains_attribute_certs:
                return phrase("the list is not for such certificates")
        elif extension.critical:
            return phrase("the list has an extension that is not known here")
    return None


def _basic(response: bytes) -> tuple[Wrapped | None, tuple[bytes, ...]]:
    """Return what is signed in an OCSP response and the certificates beside it (RFC 6960, 4.2.1)."""
    ((_, inside),) = der.values(response)
    (enumerated, status), (tagged, container) = der.values(inside)
    ((sequence, parts),) = der.values(container)
    (identifier, kind), (octets, basic) = der.values(parts)
    again = der.value(
        _SEQUENCE,
        der.value(_ENUMERATED, status),
        der.value(
            _TAGGED,
            der.value(_SEQUENCE, der.value(identifier, kind), der.value(_OCTETS, basic)),
        ),
    )
    found = wrapped(basic)
    if found is None or (enumerated, tagged, sequence, octets) != (_ENUMERATED, _TAGGED, _SEQUENCE, _OCTETS):
        return None, ()
    beside = der.values(der.values(basic)[0][1])[3:]
    certificates: list[bytes] = []
    for tag, contents in beside:
        if tag == _TAGGED:
            for _, items in der.values(contents):
                certificates += [der.value(*one) for one in der.values(items)]
    return attrs.evolve(found, canonical=found.canonical and again == response), tuple(certificates)


def _answers(
    response: _Revocations, *, serial: int, issuers: Sequence[_Certificate], name: bytes
) -> Iterator[Status]:
    words: Mapping[Any, Literal["good", "revoked"]] = {
        ocsp.OCSPCertStatus.GOOD: "good",
        ocsp.OCSPCertStatus.REVOKED: "revoked",
    }
    for one in response.parsed.responses:
        algorithm = one.hash_algorithm.name
        if one.serial_number != serial or one.issuer_name_hash != hashlib.new(algorithm, name).digest():
            continue
        keys = [bytes(issuer.parsed.public_key["public_key"]) for issuer in issuers]
        if any(one.issuer_key_hash == hashlib.new(algorithm, key).digest() for key in keys):
            yield Status(
                response.where,
                words.get(one.certificate_status, "unknown"),
                one.revocation_time_utc,
                one.this_update_utc,
                one.next_update_utc,
                signers=response.signers,
                algorithm=response.algorithm,
                octets=response.octets,
            )
