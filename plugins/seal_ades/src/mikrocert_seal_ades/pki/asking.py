"""Clients of the services that seals need: time-stamp authorities, OCSP responders, revocation lists.

They implement `TimeStamper` and `RevocationSource`. A batch is asked side by side, with a bound; the first fault ends it.
"""

import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, TypeVar

import attrs
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates
from cryptography.x509 import load_der_x509_certificate, load_der_x509_crl, ocsp

from mikrocert_seal_ades.pki import x509
from mikrocert_seal_ades.pki.context import IssuerSource
from mikrocert_seal_ades.pki.errors import CertificateError, ServiceError
from mikrocert_seal_ades.pki.http import Http
from mikrocert_seal_ades.pki.problems import Problem, problem
from mikrocert_seal_ades.pki.revocation import Evidence, Question, RevocationSource, name_of, ocsp_request
from mikrocert_seal_ades.pki.rfc3161 import LARGEST, Imprint, request_for, token_in

AT_ONCE: Final = 8
"""How many questions are on their way at the same time, unless something else is asked for."""

_MOST_ISSUERS: Final = 8
"""How many certificates of one answer are looked at."""

_Q = TypeVar("_Q")
_A = TypeVar("_A")


def random_nonce() -> int:
    """Return a positive number of 64 bits that nobody can guess (RFC 3161, 2.4.1)."""
    return secrets.randbits(63) | 1 << 62


def present() -> datetime:
    """Return the present time, aware."""
    return datetime.now(UTC)


@attrs.frozen
class TimeStampClient:
    """Asks time-stamp authorities, each in turn until one gives a good answer.

    Args:
        authorities: functions from TimeStampReq to TimeStampResp, both DER, that raise `ServiceError` when there is no answer;
            the first is preferred.
        policy: object identifier of the only policy that is accepted, dotted; any without it.
        attempts: how often each is asked before the next one is.
        at_once: how many imprints are asked for side by side.
        nonce: returns a number that nobody can guess.
        now: returns the present time, aware.
    """

    authorities: tuple[Callable[[bytes], bytes], ...]
    policy: str | None = None
    attempts: int = 2
    at_once: int = AT_ONCE
    nonce: Callable[[], int] = random_nonce
    now: Callable[[], datetime] = present

    @classmethod
    def over_http(
        cls, urls: Sequence[str], *, policy: str | None = None, http: Http | None = None
    ) -> "TimeStampClient":
        """Return the client of the authorities at these addresses (RFC 3161, 3.4)."""
        own = http or Http(limit=LARGEST)

        def asking(url: str) -> Callable[[bytes], bytes]:
            return lambda request: own.post(url, request, content_type="application/timestamp-query")

        return cls(tuple(asking(url) for url in urls), policy=policy)

    def stamp(self, imprints: Sequence[Imprint]) -> tuple[bytes, ...]:
        """Return one token for each imprint. Raises `ServiceError` with the last fault of each authority."""
        given_up: dict[int, Problem] = {}
        return _side_by_side(
            lambda imprint: self._one(imprint, given_up=given_up), imprints, at_once=self.at_once
        )

    def _one(self, imprint: Imprint, *, given_up: dict[int, Problem]) -> bytes:
        """Ask for one token; who was given up once in a batch is not asked again in it."""
        for number, authority in enumerate(self.authorities):
            for attempt in range(self.attempts):
                if number in given_up:
                    break
                nonce = self.nonce()
                request = request_for(imprint, nonce=nonce, policy=self.policy)
                try:
                    return token_in(
                        authority(request), imprint=imprint, nonce=nonce, at=self.now(), policy=self.policy
                    )
                except ServiceError as fault:
                    if attempt + 1 == self.attempts:
                        given_up[number] = fault.problems[0]
        raise ServiceError(*(given_up.values() or (problem("no-timestamp-authority"),)))


@attrs.frozen
class RevocationClient:
    """Asks the OCSP responders that certificates name and, where none answers, fetches the lists that they name.

    Args:
        http: by which addresses are asked.
        at_once: how many questions are on their way side by side.
    """

    http: Http = attrs.field(factory=Http)
    at_once: int = AT_ONCE

    def fetch(self, questions: Sequence[Question]) -> tuple[Evidence, ...]:
        """Return evidence for each question; each list is fetched once. Raises `ServiceError`."""
        found = dict(zip(questions, self._each(self._state, questions), strict=True))
        rest = [question for question, evidence in found.items() if evidence is None]
        urls = tuple(
            dict.fromkeys(url for question in rest for url in x509.list_addresses(question.certificate))
        )
        lists = dict(zip(urls, self._each(self._list, urls), strict=True))
        for question in rest:
            named = (lists[url] for url in x509.list_addresses(question.certificate))
            found[question] = next((evidence for evidence in named if evidence), None)
        answers = tuple(evidence for evidence in found.values() if evidence)
        if len(answers) < len(found):
            missing = [question for question, evidence in found.items() if not evidence]
            raise ServiceError(
                *(problem("revocation-unavailable", name=name_of(one.certificate)) for one in missing)
            )
        return tuple(evidence for question in questions if (evidence := found[question]))

    def _each(self, ask: Callable[[_Q], _A], questions: Sequence[_Q]) -> tuple[_A, ...]:
        return _side_by_side(ask, questions, at_once=self.at_once)

    def _state(self, question: Question) -> Evidence | None:
        for url in x509.responder_addresses(question.certificate):
            try:
                octets = self.http.post(url, ocsp_request(question), content_type="application/ocsp-request")
                answered = ocsp.load_der_ocsp_response(octets).response_status
            except (ServiceError, ValueError):
                continue
            if answered is ocsp.OCSPResponseStatus.SUCCESSFUL:
                return Evidence("ocsp", octets)
        return None

    def _list(self, url: str) -> Evidence | None:
        try:
            octets = self.http.get(url)
            load_der_x509_crl(octets)
        except (ServiceError, ValueError):
            return None
        return Evidence("crl", octets)


@attrs.define
class RememberedRevocation:
    """Asks a source once for a certificate, and again when what it answered has got old.

    Args:
        source: who is asked.
        keep: how long an answer is used for further batches.
        now: returns the present time, aware.
    """

    source: RevocationSource
    keep: timedelta = timedelta(minutes=10)
    now: Callable[[], datetime] = present
    _kept: dict[Question, tuple[datetime, Evidence]] = attrs.field(
        init=False, factory=dict[Question, tuple[datetime, Evidence]]
    )

    def fetch(self, questions: Sequence[Question]) -> tuple[Evidence, ...]:
        """Return evidence for each question, as fresh as `keep` says. Raises `ServiceError`."""
        now = self.now()
        self._kept = {
            question: (at, found) for question, (at, found) in self._kept.items() if now - at < self.keep
        }
        asked = [question for question in dict.fromkeys(questions) if question not in self._kept]
        if asked:
            self._kept |= {q: (now, found) for q, found in zip(asked, self.source.fetch(asked), strict=True)}
        return tuple(self._kept[question][1] for question in questions)


@attrs.frozen
class IssuerClient:
    """Fetches certificates of issuers from where the certificates that they issued say (RFC 5280, 4.2.2.1).

    Whatever comes is a candidate and no more: who issued a certificate is told by its signature, and trust by an anchor.

    Args:
        http: by which addresses are asked; it bounds hosts, time and size.
        most: how many addresses of one certificate are asked.
    """

    http: Http
    most: int = 2

    def fetch(self, certificate: bytes) -> tuple[bytes, ...]:
        """Return the certificates at the first address that has some, DER and readable; none where no address has."""
        for url in x509.issuer_addresses(certificate)[: self.most]:
            try:
                found = _certificates_in(self.http.get(url))
            except (ServiceError, ValueError):
                continue
            if found:
                return found
        return ()


def _certificates_in(octets: bytes) -> tuple[bytes, ...]:
    """Return the certificates in an answer: one in DER or, in PKCS #7, a few. Raises `ValueError`."""
    try:
        found = [load_der_x509_certificate(octets)]
    except ValueError:
        found = load_der_pkcs7_certificates(octets)[:_MOST_ISSUERS]
    return tuple(filter(_readable, (one.public_bytes(Encoding.DER) for one in found)))


def _readable(certificate: bytes) -> bool:
    try:
        x509.parse(certificate)
    except CertificateError:
        return False
    return True


@attrs.define
class RememberedIssuers:
    """Asks a source once for the issuers of a certificate, and again when what it answered has got old; also where it had none.

    Args:
        source: who is asked.
        keep: how long an answer is used.
        most: of how many certificates answers are kept.
        now: returns the present time, aware.
    """

    source: IssuerSource
    keep: timedelta = timedelta(hours=1)
    most: int = 256
    now: Callable[[], datetime] = present
    _kept: dict[bytes, tuple[datetime, tuple[bytes, ...]]] = attrs.field(
        init=False, factory=dict[bytes, tuple[datetime, tuple[bytes, ...]]]
    )

    def fetch(self, certificate: bytes) -> tuple[bytes, ...]:
        """Return what the source has."""
        now, key = self.now(), sha256(certificate).digest()
        at, found = self._kept.get(key, (None, ()))
        if at is None or now - at >= self.keep:
            found = self.source.fetch(certificate)
            if len(self._kept) >= self.most:
                self._kept = {}
            self._kept[key] = (now, found)
        return found


def _side_by_side(ask: Callable[[_Q], _A], questions: Sequence[_Q], *, at_once: int) -> tuple[_A, ...]:
    if len(questions) < 2:  # noqa: PLR2004  one alone needs no company
        return tuple(map(ask, questions))
    with ThreadPoolExecutor(max_workers=min(at_once, len(questions))) as pool:
        # Each in a copy of the context, so that whoever watches knows what it belongs to.
        futures = [pool.submit(copy_context().run, ask, question) for question in questions]
        try:
            return tuple(future.result() for future in futures)
        finally:
            for future in futures:
                future.cancel()
