"""The envelopes `jades` and `pades`: sealed JSON files and sealed PDFs."""

from __future__ import annotations

import re
from abc import abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Final, Generic, TypeVar, cast

import attrs
from mikrocert.api import (
    Envelope,
    EnvelopeError,
    Lasting,
    OpenedEnvelope,
    Prepared,
    SealError,
    SealInfo,
    is_test,
    message,
    owner_of,
    read_named_file,
    span,
)

from mikrocert_seal_ades import jades, pades
from mikrocert_seal_ades.listing import list_findings, stands_above, update_findings
from mikrocert_seal_ades.messages import message_of, refusal
from mikrocert_seal_ades.pki.algorithms import SEALING_ALGORITHMS, same_key
from mikrocert_seal_ades.pki.asking import (
    IssuerClient,
    RememberedIssuers,
    RememberedRevocation,
    RevocationClient,
    TimeStampClient,
)
from mikrocert_seal_ades.pki.chains import Anchors
from mikrocert_seal_ades.pki.context import ValidationContext
from mikrocert_seal_ades.pki.errors import AdesError, CertificateError
from mikrocert_seal_ades.pki.http import Http
from mikrocert_seal_ades.pki.lasting import lasts_until
from mikrocert_seal_ades.pki.levels import Sources
from mikrocert_seal_ades.pki.lists.folder import ListFolder
from mikrocert_seal_ades.pki.lists.remembered import ListsOfFile, RememberedLists
from mikrocert_seal_ades.pki.problems import problem
from mikrocert_seal_ades.pki.rfc3161 import LARGEST as LARGEST_STAMP
from mikrocert_seal_ades.pki.services import NOTHING_LISTED
from mikrocert_seal_ades.pki.x509 import from_pem, public_key
from mikrocert_seal_ades.results import finding_of, results

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from mikrocert.api import CheckResult, Finding, Identity, SealOwner, Services, Trust, TrustedLists

    from mikrocert_seal_ades.config import JadesConfig, PadesConfig
    from mikrocert_seal_ades.pki.levels import Level
    from mikrocert_seal_ades.pki.stamps import Stamp
    from mikrocert_seal_ades.pki.validation import Validation

__all__ = ["JadesEnvelope", "PadesEnvelope", "jades_envelope", "pades_envelope"]

_PROVING: Final = frozenset({"sigTst", "arcTst", "DTS"})
"""Kinds of time stamps that prove when a seal was there."""
_LARGEST_ISSUER: Final = 256 * 1024
"""Octets of an answer with certificates of issuers at most."""
_QUESTIONS: Final = {
    "application/timestamp-query": "ask for a time stamp",
    "application/ocsp-request": "ask for a revocation state",
    "": "ask for a list or certificate",
}
"""What a service is asked for, by the media type of the question."""
File = TypeVar("File")
Found = TypeVar("Found")

_JWS: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"(?:payload|signatures|protected|signature|header)"\s*:')


def jades_envelope(config: JadesConfig) -> JadesEnvelope:
    """Return the envelope that `[envelopes.jades]` describes.

    Raises:
        SettingsError: if the file with certificates is no ordinary one or can't be read.
        SealError: if it holds no readable certificate.
    """
    return JadesEnvelope(
        profile=config.profile or jades.DEFAULT_FORM.profile,
        level=config.level or "B-B",
        content_timestamp=config.content_timestamp,
        sources=_sources(config, section="envelopes.jades"),
        unsaid=tuple(name for name in ("profile", "level") if getattr(config, name) is None),
    )


def pades_envelope(config: PadesConfig) -> PadesEnvelope:
    """Return the envelope that `[envelopes.pades]` describes.

    Raises:
        SettingsError: as `jades_envelope` does.
        SealError: as `jades_envelope` does.
    """
    return PadesEnvelope(
        level=config.level or "B-B",
        sources=_sources(config, section="envelopes.pades"),
        unsaid=() if config.level else ("level",),
    )


@attrs.frozen(eq=False, slots=False)
class _Content(Generic[File, Found]):
    """A file that was read. It is inspected once, however often and in whatever context it is judged.

    Args:
        file: the file.
        inspect: finds out what is to be said of it without any context.
    """

    file: File
    inspect: Callable[[File], Found] = attrs.field(repr=False)

    @cached_property
    def inspection(self) -> Found:
        """What is to be said of the file without any context."""
        return self.inspect(self.file)


def _traced(media_type: str) -> AbstractContextManager[object]:
    """Return a span for a question to a service, named by what is asked for and not by who is asked."""
    return span(_QUESTIONS.get(media_type, "ask a service"), kind="client")


def _sources(config: JadesConfig | PadesConfig, *, section: str) -> Sources | None:
    if not config.timestamps:
        return None
    issuers: tuple[bytes, ...] = ()
    if config.certificates:
        try:
            issuers = from_pem(read_named_file(config.certificates, member=f"{section}.certificates"))
        except CertificateError as error:
            raise refusal(error) from error
    return Sources(
        timestamps=TimeStampClient.over_http(
            config.timestamps, policy=config.timestamp_policy, http=Http(limit=LARGEST_STAMP, watch=_traced)
        ),
        revocation=RememberedRevocation(RevocationClient(Http(watch=_traced))),
        certificates=issuers,
    )


class _AdesEnvelope(Envelope):
    """What sealed JSON and sealed PDFs have in common: finishing, and what becomes of a validation.

    Args:
        place: first member of the paths of findings.
        section: that of the settings.
        unfinished: what `prepare` keeps for `finish`.
        finish: returns a file, given what was kept and its signature.
        extend: returns files, raised to a level.
        renew: returns files, time-stamped anew or raised to the highest level.
        level: level of what is sealed, `B-B` to `B-LTA`.
        sources: who is asked for what levels above B-B need.
        unsaid: members of the settings that a real seal needs and that are missing.
    """

    def __init__(
        self,
        *,
        place: str,
        section: str,
        unfinished: type[object],
        finish: Callable[..., bytes],
        extend: Callable[..., tuple[bytes, ...]],
        renew: Callable[..., tuple[bytes, ...]],
        level: Level,
        sources: Sources | None,
        unsaid: tuple[str, ...],
    ) -> None:
        self._place = place
        self._section = section
        self._unfinished = unfinished
        self._finish = finish
        self._extend = extend
        self._renew = renew
        self._level: Level = level
        self._sources = sources
        self._unsaid = unsaid
        self._lists = RememberedLists()
        self._issuers: dict[frozenset[str], RememberedIssuers] = {}

    def finish_many(
        self,
        prepared: Sequence[Prepared],
        signatures: Sequence[bytes],
        *,
        services: Services,
    ) -> tuple[bytes, ...]:
        """Put each signature into its file, raise all files to the level of the settings, and return them in order.

        Args:
            prepared: what `prepare` returned.
            signatures: what the signer made of their `to_be_signed`, in the same order.
            services: asked for time stamps and revocation data where settings name nobody for time stamps.

        Raises:
            SealError: if a signature is missing or does not fit, or a service refuses, is silent, or answers something else
                than it was asked; then no file is returned.
        """
        files = _finished(prepared, signatures, kind=self._unfinished, finish=self._finish)
        if self._level == "B-B":
            return files
        sources = self._asked(self._level, services)
        try:
            return self._extend(files, level=self._level, sources=sources)
        except AdesError as error:
            raise refusal(error) from error

    def timestamps(self, *, renewed: bool) -> int:
        """Return how many time stamps a file takes: one on its seal, one more on all that makes it last.

        Args:
            renewed: whether the file is renewed; one below the highest level is raised to it and takes both.
        """
        if renewed:
            return 1 if self._level == "B-LTA" else 2
        return {"B-B": 0, "B-T": 1, "B-LT": 1, "B-LTA": 2}[self._level]

    def lasting(self, opened: OpenedEnvelope) -> Lasting | None:
        """Return the level of a sealed file and from when on nothing in it proves its seal any more.

        Args:
            opened: what `open` returned.

        Raises:
            SealError: if the seal is not intact.
        """
        try:
            return self._lasting(opened.content)
        except AdesError as error:
            raise refusal(error) from error

    def renew_many(
        self,
        files: Sequence[bytes],
        *,
        services: Services,
    ) -> tuple[bytes, ...]:
        """Return sealed files of level B-LTA, those that were there with a further time stamp.

        Args:
            files: sealed files whose seals are intact.
            services: asked for time stamps and revocation data where settings name nobody for time stamps.

        Raises:
            SealError: if a file is not intact, nobody makes time stamps, or a service refuses, is silent, or answers something
                else than it was asked; then no file is returned.
        """
        if not files:
            return ()
        try:
            return self._renew(files, sources=self._asked("B-LTA", services))
        except AdesError as error:
            raise refusal(error) from error

    def _asked(self, level: Level, services: Services) -> Sources:
        """Return who is asked for what a level needs: those whom settings name, else what the signer brings."""
        if self._sources is not None:
            return self._sources
        if not services.timestamps:
            raise SealError(
                message(
                    "level {level} needs time stamps, and {member} names nobody who makes them",
                    level=level,
                    member=f"[{self._section}] timestamps",
                )
            )
        http = Http(reply=services.reply, watch=_traced)
        return Sources(
            timestamps=TimeStampClient.over_http(services.timestamps, http=http),
            revocation=RememberedRevocation(RevocationClient(http)),
        )

    @abstractmethod
    def _lasting(self, content: object) -> Lasting:
        """Return what `lasting` does. Raises `SealError` or `AdesError`."""

    def _check(self, identity: Identity, *, envelope: str) -> None:
        """Refuse an identity that can't seal so, and a real seal of which settings don't say how to make it."""
        _check_certificates(identity, envelope=envelope)
        if self._unsaid and not (identity.owner and identity.owner.test):
            raise SealError(
                message(
                    "a real seal is made as settings say, and {section} lacks {members}",
                    section=f"[{self._section}]",
                    members=", ".join(self._unsaid),
                )
            )

    def examine(self, opened: OpenedEnvelope, *, trust: Trust, at: datetime) -> tuple[CheckResult, ...]:
        """Return the results of the checks `integrity` and `trust`.

        Args:
            opened: what `open` returned.
            trust: whom the verifier trusts.
            at: the time of verification (aware).
        """
        owner = opened.seals[0].owner
        lists = self._lists_of(trust, at=at)
        context = ValidationContext(
            at,
            anchors=_anchors(trust),
            # A sandbox is trusted by who made it, who would revoke nothing in it.
            demand="if-available" if trust.sandbox and owner and owner.test else trust.revocation,
            source=_source(trust.revocation_hosts),
            issuers=self._issuers_at(trust.revocation_hosts),
            enclosed_at=opened.enclosed_at,
        )
        if lists:
            context = attrs.evolve(context, services=lists.services)
        validation = self._validation(opened.content, context=context)
        return results(
            validation,
            info=opened.seals[0],
            trust=trust,
            place=self._place,
            at=at,
            services=lists.directory if lists else NOTHING_LISTED,
        )

    def vouched_for(self, certificates: Sequence[bytes], *, trust: Trust, at: datetime) -> bool:
        """Return whether a service of the verifier's trusted lists stands above a seal certificate.

        Args:
            certificates: X.509, DER, the seal certificate first, each issued by the next.
            trust: whom the verifier trusts.
            at: the time (aware).
        """
        lists = self._lists_of(trust, at=at)
        if lists is None:
            return False
        context = ValidationContext(at, demand="if-available", services=lists.services)
        return stands_above(tuple(certificates), context=context)

    def examine_lists(self, lists: TrustedLists, *, at: datetime) -> tuple[Finding, ...]:
        """Return which lists can't be used, or have to be fetched anew.

        Args:
            lists: where they are.
            at: the time (aware).
        """
        return tuple(list_findings(lists, at=at))

    def update_lists(self, lists: TrustedLists, *, at: datetime) -> tuple[Finding, ...]:
        """Fetch trusted lists, verify them and keep those that hold.

        Args:
            lists: where they are kept, and where they come from.
            at: the time (aware).

        Raises:
            SealError: if the folder can't be used.
        """
        try:
            return tuple(update_findings(lists, at=at))
        except AdesError as error:
            raise refusal(error) from error

    def _lists_of(self, trust: Trust, *, at: datetime) -> ListsOfFile | None:
        if trust.lists is None:
            return None
        return ListsOfFile(self._lists, ListFolder(trust.lists.folder), trust.lists.signers, at)

    def _issuers_at(self, hosts: frozenset[str]) -> RememberedIssuers | None:
        """Return who is asked for certificates of issuers while a seal is judged: only these hosts, and each once in a while."""
        if not hosts:
            return None
        if hosts not in self._issuers:
            http = Http(hosts=hosts, timeout=5.0, limit=_LARGEST_ISSUER, watch=_traced)
            self._issuers[hosts] = RememberedIssuers(IssuerClient(http))
        return self._issuers[hosts]

    @abstractmethod
    def _validation(self, content: object, *, context: ValidationContext) -> Validation:
        """Return what is wrong with the seal of a file that was opened."""


class JadesEnvelope(_AdesEnvelope):
    """A JSON text sealed with JAdES: JWS JSON General serialization (ETSI TS 119 182-1).

    Args:
        profile: header profile of what is sealed, `ts119182-1.2.1` or `edc-legacy`.
        level: level of what is sealed, `B-B` to `B-LTA`.
        content_timestamp: whether a time stamp of the payload goes into the header before it is signed.
        sources: who is asked for what levels above B-B need.
        unsaid: members of the settings that a real seal needs and that are missing.
    """

    def __init__(
        self,
        *,
        profile: jades.Profile = jades.DEFAULT_FORM.profile,
        level: Level = "B-B",
        content_timestamp: bool = False,
        sources: Sources | None = None,
        unsaid: tuple[str, ...] = (),
    ) -> None:
        super().__init__(
            place="jades",
            section="envelopes.jades",
            unfinished=jades.Prepared,
            finish=jades.finish,
            extend=jades.extend_many,
            renew=jades.renew_many,
            level=level,
            sources=sources,
            unsaid=unsaid,
        )
        self._form = jades.Form(profile=profile)
        self._content_timestamp = content_timestamp

    def timestamps(self, *, renewed: bool) -> int:
        """Return how many time stamps a file takes, that of its content included.

        Args:
            renewed: whether the file is renewed.
        """
        return super().timestamps(renewed=renewed) + (self._content_timestamp and not renewed)

    def prepare(self, payload: bytes, *, identity: Identity, at: datetime) -> Prepared:
        """Return a JAdES file that lacks its signature, and what has to be signed.

        Args:
            payload: UTF-8 without a byte order mark, kept as it is.
            identity: who will sign; the certificates go into the file.
            at: the signing time to claim (aware; written in UTC with whole seconds).

        Raises:
            SealError: if the identity has no certificate, or payload, time, algorithm, key or certificates won't do, the
                seal is a real one and settings don't say how to make it, or nobody makes a time stamp that they want.
        """
        self._check(identity, envelope="JAdES")
        try:
            unfinished = jades.prepare(
                payload,
                certificates=identity.certificates,
                algorithm=identity.algorithm,
                at=at,
                form=self._form,
                content_timestamp=self._stamped(payload) if self._content_timestamp else None,
            )
        except AdesError as error:
            raise refusal(error) from error
        return Prepared(unfinished.to_be_signed, unfinished.algorithm, unfinished)

    def _stamped(self, payload: bytes) -> bytes:
        """Return a time stamp of a payload. Raises `SealError` or `AdesError`."""
        if self._sources is None:
            raise SealError(
                message(
                    "a time stamp of the content needs {member}, which names nobody who makes them",
                    member=f"[{self._section}] timestamps",
                )
            )
        (token,) = self._sources.timestamps.stamp([jades.content_imprint(payload, form=self._form)])
        return token

    def recognises(self, data: bytes) -> bool:
        """Return whether this is a JSON object whose first member is one of a JWS."""
        return _JWS.match(data[:1024]) is not None

    def open(self, data: bytes) -> OpenedEnvelope:
        """Parse the file strictly.

        Raises:
            EnvelopeError: if it can't be opened, with every fault found.
        """
        try:
            file = jades.parse(data)
        except jades.UnreadableError as error:
            raise EnvelopeError(finding_of(fault, place="jades") for fault in error.problems) from error
        info = SealInfo(
            kind="JAdES",
            level=None,
            owner=_owner(file.header.certificates),
            claimed_at=file.header.signing_time,
        )
        content = _Content(file, jades.inspect)
        return OpenedEnvelope("jades", file.payload, (info,), content, title=message("Seal of the data"))

    def _validation(self, content: object, *, context: ValidationContext) -> Validation:
        this = cast("_Content[jades.JadesFile, jades.Inspection]", content)
        return jades.validate(this.file, context=context, inspection=this.inspection)

    def _lasting(self, content: object) -> Lasting:
        this = cast("_Content[jades.JadesFile, jades.Inspection]", content)
        file, found = this.file, this.inspection
        return _lasting(found.level, found.stamps, chain=found.chain, algorithm=file.header.alg or "")


class PadesEnvelope(_AdesEnvelope):
    """A PDF sealed with PAdES (EN 319 142-1), with one file inside.

    Args:
        level: level of what is sealed, `B-B` to `B-LTA`.
        sources: who is asked for what levels above B-B need.
        unsaid: members of the settings that a real seal needs and that are missing.
    """

    def __init__(
        self, *, level: Level = "B-B", sources: Sources | None = None, unsaid: tuple[str, ...] = ()
    ) -> None:
        super().__init__(
            place="pdf",
            section="envelopes.pades",
            unfinished=pades.Prepared,
            finish=pades.finish,
            extend=pades.extend_many,
            renew=pades.renew_many,
            level=level,
            sources=sources,
            unsaid=unsaid,
        )

    def prepare(self, payload: bytes, *, identity: Identity, at: datetime) -> Prepared:
        """Return a sealed PDF that lacks its signature, and what has to be signed.

        Args:
            payload: a complete PDF, neither sealed nor encrypted; its octets stay as they are.
            identity: who will sign; the certificates go into the PDF.
            at: the signing time to claim (aware; written in UTC with whole seconds).

        Raises:
            SealError: if the identity has no certificate, or PDF, time, algorithm, key or certificates won't do, or the seal
                is a real one and settings don't say how to make it.
        """
        self._check(identity, envelope="PAdES")
        unfinished = pades.prepare(
            payload,
            certificates=identity.certificates,
            algorithm=identity.algorithm,
            at=at,
            stamped=self._level != "B-B",
        )
        return Prepared(unfinished.to_be_signed, unfinished.algorithm, unfinished)

    def recognises(self, data: bytes) -> bool:
        """Return whether this begins as a PDF does, maybe after some white space."""
        return data[:1024].lstrip().startswith(b"%PDF-")

    def open(self, data: bytes) -> OpenedEnvelope:
        """Parse the PDF strictly and take out the one file inside.

        Where that can't be taken out because the PDF is no longer as it was sealed, nothing is taken out, and
        `examine` tells that.

        Raises:
            EnvelopeError: if it is too large, encrypted, damaged, or doesn't hold exactly one seal and one file.
        """
        file = pades.read(data)
        if file.faults and pades.is_as_sealed(file):
            raise EnvelopeError(file.faults)
        info = SealInfo(
            kind="PAdES", level=None, owner=_owner(pades.chain_of(file)), claimed_at=file.claimed_at
        )
        return OpenedEnvelope(
            "pades",
            file.attachment,
            (info,),
            _Content(file, pades.inspect),
            payload_name=file.attachment_name,
            title=message("Seal of the document"),
        )

    def _validation(self, content: object, *, context: ValidationContext) -> Validation:
        this = cast("_Content[pades.PadesFile, pades.Inspection]", content)
        return pades.validate(this.file, context=context, inspection=this.inspection)

    def _lasting(self, content: object) -> Lasting:
        this = cast("_Content[pades.PadesFile, pades.Inspection]", content)
        file, found = this.file, this.inspection
        return _lasting(found.level, found.stamps, chain=found.chain, algorithm=pades.algorithm_of(file))

    def readings(self, opened: OpenedEnvelope) -> tuple[str, ...]:
        """Return the text of the pages: as it is drawn and, where it is tagged, in the order of the tags.

        Args:
            opened: what `open` returned.
        """
        return pades.readings(cast("_Content[pades.PadesFile, pades.Inspection]", opened.content).file.data)


def _anchors(trust: Trust) -> Anchors:
    """Whom to trust; whoever has a sandbox makes time stamps of any moment, so outside of one they count for nothing."""
    tests = () if trust.sandbox else (anchor for anchor in trust.anchors if is_test((anchor,)))
    return Anchors(trust.anchors, organisations=trust.organisations, unstamping=frozenset(tests))


def _source(hosts: frozenset[str]) -> RevocationClient | None:
    """Return who is asked about revocations while a seal is judged: only these hosts."""
    return RevocationClient(Http(hosts=hosts, watch=_traced)) if hosts else None


def _lasting(level: str, stamps: Sequence[Stamp], *, chain: Sequence[bytes], algorithm: str) -> Lasting:
    if level == "none":
        raise SealError(message("its seal is not intact, so that there is nothing to prove"))
    intact = [
        (stamp.token, stamp.unit)
        for stamp in stamps
        if stamp.intact and stamp.token is not None and stamp.unit is not None and stamp.kind in _PROVING
    ]
    until = lasts_until(chain[0], algorithm=algorithm, stamps=intact, archived=level == "B-LTA")
    return Lasting(level, until)


def _check_certificates(identity: Identity, *, envelope: str) -> None:
    if not identity.certificates:
        raise SealError(
            message(
                "{envelope} needs a seal certificate, and this signer has only a key; a signer with a certificate would be right",
                envelope=envelope,
            )
        )
    if identity.algorithm not in SEALING_ALGORITHMS:
        allowed = ", ".join(SEALING_ALGORITHMS)
        raise SealError(message_of(problem("algorithm-unavailable", alg=identity.algorithm, allowed=allowed)))
    try:
        same = same_key(identity.public_key, public_key(identity.certificates[0]))
    except CertificateError as error:
        raise refusal(error) from error
    if not same:
        raise SealError(
            message("the signer's key is not the one in its seal certificate, which has to stand first")
        )


def _finished(
    prepared: Sequence[Prepared],
    signatures: Sequence[bytes],
    *,
    kind: type[object],
    finish: Callable[..., bytes],
) -> tuple[bytes, ...]:
    if len(prepared) != len(signatures):
        raise SealError(
            message(
                "{signatures} signatures came for {files} files; one for each would be right",
                signatures=len(signatures),
                files=len(prepared),
            )
        )
    files: list[bytes] = []
    for number, (one, signature) in enumerate(zip(prepared, signatures, strict=True), start=1):
        if not isinstance(one.unfinished, kind):
            raise SealError(message("file {number} was prepared by another envelope", number=number))
        try:
            files.append(finish(one.unfinished, signature=signature))
        except (SealError, jades.SealingError) as error:
            fault = error if isinstance(error, SealError) else refusal(error)
            raise SealError(
                message(
                    "signature {number} of {count}: {fault}",
                    number=number,
                    count=len(signatures),
                    fault=fault,
                )
            ) from error
    return tuple(files)


def _owner(certificates: Sequence[bytes]) -> SealOwner | None:
    """Return the owner that a seal certificate names, or none where it names none."""
    try:
        return owner_of(certificates)
    except SealError:
        return None
