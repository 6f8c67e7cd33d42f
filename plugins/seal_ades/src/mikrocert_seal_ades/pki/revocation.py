"""Revocation data asked for: of which certificates, and whether what comes back answers that (RFC 5280, 5; RFC 6960).

What goes into a seal for good has to be good evidence: about the certificate that was asked for, by somebody who may
speak for its issuer, not outdated, and without a revocation.
"""

import importlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Final, Literal, Protocol

import attrs
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate, load_der_x509_crl, ocsp

from mikrocert_seal_ades.pki import x509
from mikrocert_seal_ades.pki.carried import scope_fault
from mikrocert_seal_ades.pki.chains import chain_of
from mikrocert_seal_ades.pki.errors import CertificateError, ServiceError
from mikrocert_seal_ades.pki.problems import Phrase, phrase, problem, reason_of
from mikrocert_seal_ades.pki.waiting import finished

NO_CHECK: Final = bytes.fromhex("2b0601050507300105")  # id-pkix-ocsp-nocheck, 1.3.6.1.5.5.7.48.1.5
_MOST_ROUNDS: Final = 4
"""A responder's certificate can ask for revocation data of its own, and so on; beyond this it is no honest one."""


@attrs.frozen
class Question:
    """Whether `certificate` was revoked by `issuer`; both DER."""

    certificate: bytes = attrs.field(repr=False)
    issuer: bytes = attrs.field(repr=False)


@attrs.frozen
class Evidence:
    """What a source answers: `kind` is `ocsp` (an OCSPResponse, DER) or `crl` (a CertificateList, DER)."""

    kind: Literal["ocsp", "crl"]
    octets: bytes = attrs.field(repr=False)


class RevocationSource(Protocol):
    """Whoever has revocation data: responders and lists over the network, or an authority in the same process."""

    def fetch(self, questions: Sequence[Question]) -> Sequence[Evidence]:
        """Return one piece of evidence for each of `questions`, in their order; one list may answer several.

        All questions of a batch come at once, each once, so that they can be asked side by side. Raises `ServiceError`
        when one of them can't be answered.
        """
        ...


@attrs.frozen
class ValidationData:
    """What is needed to judge certificates later: certificates, OCSP responses and CRLs, all DER, none twice."""

    certificates: tuple[bytes, ...] = attrs.field(default=(), repr=False)
    ocsps: tuple[bytes, ...] = attrs.field(default=(), repr=False)
    crls: tuple[bytes, ...] = attrs.field(default=(), repr=False)


@attrs.frozen
class Leaf:
    """A certificate to be judged later and what may stand above it.

    Args:
        certificate: DER.
        among: certificates in which its issuers are looked for, DER.
        at: the time at which it has to be good (aware); evidence that ended before is refused.
    """

    certificate: bytes = attrs.field(repr=False)
    among: tuple[bytes, ...] = attrs.field(repr=False)
    at: datetime


def ocsp_request(question: Question) -> bytes:
    """Return the DER OCSPRequest of a question, without a nonce: responders answer faster from what they signed before."""
    certificate, issuer = map(load_der_x509_certificate, (question.certificate, question.issuer))
    # SHA-1 only looks up the issuer here, and is what all responders know (RFC 5019, 2.1.1).
    request = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, SHA1()).build()  # noqa: S303
    return request.public_bytes(Encoding.DER)


def collect(
    batch: Sequence[Sequence[Leaf]], *, source: RevocationSource, anchors: Iterable[bytes] = ()
) -> tuple[ValidationData, ...]:
    """Return, for each file of a `batch`, what is needed to judge its leaves later.

    `source` is asked once for each certificate of the whole batch. A chain has to end in a root or in one of `anchors`, which are
    trusted as they stand and not asked about. Raises `ServiceError`: a chain ends nowhere, no evidence is at hand, or it is
    not good.
    """
    trusted = frozenset(anchors)
    chains = [[_chain(leaf, anchors=trusted) for leaf in file] for file in batch]
    latest = max((leaf.at for file in batch for leaf in file), default=None)
    if latest is None:
        return tuple(ValidationData() for _ in batch)
    questions = [Question(*pair) for file in chains for chain in file for pair in pairwise(chain)]
    answers = _answers(questions, source=source, at=latest)
    return tuple(_data(file, answers=answers) for file in chains)


def check(evidence: Evidence, *, question: Question, at: datetime) -> None:
    """Refuse evidence that is about another certificate, by nobody entitled, outdated at `at`, or that says “revoked”.

    Raises `ServiceError` (RFC 5280, 6.3.3; RFC 6960, 3.2).
    """
    name = name_of(question.certificate)
    try:
        if evidence.kind == "ocsp":
            reason = _response_fault(evidence.octets, question=question, at=at)
        else:
            reason = _list_fault(evidence.octets, question=question, at=at)
    except _RevokedError as fault:
        raise ServiceError(problem("certificate-revoked", name=name)) from fault
    except Exception as fault:
        unreadable = phrase("it is unreadable ({reason})", reason=reason_of(fault))
        raise ServiceError(problem("revocation-refused", name=name, reason=unreadable)) from fault
    if reason:
        raise ServiceError(problem("revocation-refused", name=name, reason=reason))


class _RevokedError(Exception):
    """The certificate is revoked, or on hold."""


def _response_fault(response: bytes, *, question: Question, at: datetime) -> Phrase | None:
    """Return why an OCSPResponse says nothing, or None where it says “good”."""
    certvalidator: Any = importlib.import_module("pyhanko_certvalidator")
    authority: Any = importlib.import_module("pyhanko_certvalidator.authority")
    errors: Any = importlib.import_module("pyhanko_certvalidator.errors")
    judge: Any = importlib.import_module("pyhanko_certvalidator.revinfo.validate_ocsp")
    found = ocsp.load_der_ocsp_response(response)
    if found.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return phrase("the responder refused to answer ({reason})", reason=found.response_status.name)
    leaf, issuer = map(x509.parse, (question.certificate, question.issuer))
    produced = max(one.this_update_utc for one in found.responses)
    context = certvalidator.ValidationContext(
        trust_roots=[issuer], moment=max(at, produced), allow_fetching=False, ocsps=[response]
    )
    path = certvalidator.path.ValidationPath(authority.CertTrustAnchor(issuer), [], leaf)
    try:
        # The library's policies look at evidence only where the certificate names a responder.
        finished(judge.verify_ocsp_response(leaf, path, context))
    except errors.RevokedError as fault:
        raise _RevokedError from fault
    except (
        errors.ValidationError,
        errors.OCSPNoMatchesError,
        errors.OCSPValidationIndeterminateError,
    ) as fault:
        return phrase(
            "it is about another certificate, outdated, or by nobody entitled ({reason})",
            reason=reason_of(fault),
        )
    return None


def _list_fault(crl: bytes, *, question: Question, at: datetime) -> Phrase | None:
    """Return why a CertificateList says nothing, or None where the certificate does not stand on it.

    pyhanko-certvalidator judges lists only below a root; the issuer of this one may be trusted as it stands.
    """
    found, issuer = load_der_x509_crl(crl), load_der_x509_certificate(question.issuer)
    usage = x509.key_usage(question.issuer)
    if found.issuer != issuer.subject or (usage and "crl_sign" not in usage):
        return phrase("the list is somebody else's")
    key: Any = issuer.public_key()  # one that can't sign is refused there
    if not found.is_signature_valid(key):
        return phrase("its signature is wrong")
    if found.next_update_utc is None or found.next_update_utc < at:
        return phrase("it is outdated")
    if fault := scope_fault(found, authority=x509.is_authority(question.certificate)):
        return fault
    if found.get_revoked_certificate_by_serial_number(x509.subject_identity(question.certificate).serial):
        raise _RevokedError
    return None


def _chain(leaf: Leaf, *, anchors: frozenset[bytes]) -> tuple[bytes, ...]:
    """Return the chain of a leaf as far as somebody has to be asked: up to an anchor or a root, which ends it."""
    chain = chain_of(leaf.certificate, among=leaf.among)
    for end, certificate in enumerate(chain, start=1):
        if certificate in anchors or x509.subject_identity(certificate).self_issued:
            return chain[:end]
    raise ServiceError(problem("chain-incomplete", name=name_of(chain[-1])))


def _answers(
    questions: Sequence[Question], *, source: RevocationSource, at: datetime
) -> dict[Question, Evidence]:
    answers: dict[Question, Evidence] = {}
    for _ in range(_MOST_ROUNDS):
        asked = [question for question in dict.fromkeys(questions) if question not in answers]
        if not asked:
            return answers
        found = tuple(source.fetch(asked))
        if len(found) != len(asked):
            raise ServiceError(problem("answers-missing", count=len(found), expected=len(asked)))
        for question, evidence in zip(asked, found, strict=True):
            check(evidence, question=question, at=at)
            answers[question] = evidence
        questions = [more for q, e in zip(asked, found, strict=True) for more in _responders(e, question=q)]
    raise ServiceError(problem("revocation-endless", name=name_of(questions[0].certificate)))


def _responders(evidence: Evidence, *, question: Question) -> list[Question]:
    """Return which certificates of responders have to be asked about themselves (RFC 6960, 4.2.2.2.1)."""
    if evidence.kind == "crl":
        return []
    found = [c.public_bytes(Encoding.DER) for c in ocsp.load_der_ocsp_response(evidence.octets).certificates]
    return [
        Question(certificate, question.issuer)
        for certificate in found
        if certificate not in {question.issuer, question.certificate}
        and x509.extension(certificate, NO_CHECK) is None
        and x509.issued(certificate, by=question.issuer)
    ]


def _data(chains: Sequence[Sequence[bytes]], *, answers: dict[Question, Evidence]) -> ValidationData:
    certificates = dict.fromkeys(certificate for chain in chains for certificate in chain)
    waiting = [Question(*pair) for chain in chains for pair in pairwise(chain)]
    evidence: dict[Evidence, None] = {}
    while waiting:
        question = waiting.pop(0)
        if answers[question] not in evidence:
            evidence[answers[question]] = None
            more = _responders(answers[question], question=question)
            certificates.update(dict.fromkeys(one.certificate for one in more))
            waiting.extend(more)
    return ValidationData(
        tuple(certificates),
        tuple(one.octets for one in evidence if one.kind == "ocsp"),
        tuple(one.octets for one in evidence if one.kind == "crl"),
    )


def name_of(certificate: bytes) -> str:
    """Return what a certificate is called in messages; empty where it can't be read."""
    try:
        identity = x509.subject_identity(certificate)
    except CertificateError:
        return ""
    return identity.common_name or identity.organization or ""
