"""Verifying: from a file to a report.

The steps, in this order and referred to by number:

1. Open envelopes, as often as needed: PDF → `.jsonld` → payload.
2. Open the credential in the one format that recognises the payload.
3. `integrity`, `trust`: each envelope judges its own seals.
4. `format`: the format judges the credential.
5. `award`: the rule set judges what one of ours says.
6. `issuer`: who claims to issue is who sealed.
7. `validity`: the credential's own dates.
8. `status`: what the archive knows.
9. The checks that plugins add.
10. The view, for people, and the report.

All checks are asked and all answers kept. What can't be judged is undetermined, never passed; what crashes answers
undetermined and says so.
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import attrs

from mikrocert.errors import ArchiveError, FindingsError, FormatError, UnknownIdentifier
from mikrocert.kinds.check import Check, CheckContext
from mikrocert.kinds.envelope import Envelope, OpenedEnvelope, Trust
from mikrocert.kinds.format import Credential, Format, IssuerClaim
from mikrocert.report import (
    CheckResult,
    CredentialStatus,
    Finding,
    Outcome,
    Report,
    Severity,
    StatusValue,
    merged,
)
from mikrocert.rules import RuleSet
from mikrocert.texts.dates import PRAGUE, in_prague, written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mikrocert.archive import Archive, Archived
    from mikrocert.award import Award
    from mikrocert.report import SealInfo, SealOwner, View

__all__ = ["CHECKS", "PRAGUE", "Verifier"]

CHECKS = ("format", "award", "integrity", "trust", "issuer", "validity", "status")
"""The core's checks, in the order of the report."""

_MOST_ENVELOPES = 3

ReaderT = TypeVar("ReaderT", Envelope, Format)


@attrs.frozen
class _Chain:
    """What step 1 opened, and why it could open no further."""

    opened: tuple[tuple[Envelope, OpenedEnvelope], ...]
    payload: bytes
    faults: tuple[Finding, ...] = ()

    @property
    def seals(self) -> tuple[SealInfo, ...]:
        return tuple(note for _, opened in self.opened for note in opened.seals)


@attrs.frozen
class Verifier:
    """Everything that verifying needs.

    Args:
        envelopes: name → envelope.
        formats: name → format.
        checks: name → check that a plugin adds.
        trust: whom to trust.
        rules: what awards of our operator have to meet.
        operator: organizationIdentifier of our operator, or none if there is none.
        archive: the archive at hand, or none.
    """

    envelopes: Mapping[str, Envelope]
    formats: Mapping[str, Format]
    checks: Mapping[str, Check]
    trust: Trust
    rules: RuleSet
    operator: str | None = None
    archive: Archive | None = None

    def verify(self, data: bytes, *, at: datetime) -> Report:
        """Verify a file; whatever it is, the answer is a report.

        Args:
            data: a sealed file, a certificate or anything else.
            at: the time of verification (aware).
        """
        # 1.
        chain = self._open(data)
        if not chain.opened and (chain.faults or not _recognising(self.formats, chain.payload)):
            return Report(at=at, unusable=chain.faults or (_NOT_OURS,))
        # 2.
        form, credential, unread = self._read(chain)
        # 3.
        results: list[CheckResult] = []
        for envelope, opened in chain.opened:
            examine = partial(envelope.examine, opened, trust=self.trust, at=at)
            results += _asked(("integrity", "trust"), examine)
        # A file attached to a certificate has to bring a seal of its own: a certificate verifies only as a pair.
        if not chain.opened or chain.opened[-1][1].payload_name is not None:
            results += [CheckResult("integrity", Outcome.FAILED, (_UNSEALED,)), _without_seal("trust")]
        if chain.faults:
            results.append(CheckResult("integrity", Outcome.FAILED, chain.faults))
        integrity = next(result for result in merged(results) if result.check == "integrity")
        intact = integrity.outcome is Outcome.PASSED
        # 4.
        results.append(unread or _format(form, credential))
        report = Report(
            at=at,
            format=form[0] if form else None,
            envelopes=tuple(opened.envelope for _, opened in chain.opened),
            seals=chain.seals,
            test_seal=any(note.owner is not None and note.owner.test for note in chain.seals),
        )
        if form is None or credential is None:
            results += [_unread(check) for check in ("award", "issuer", "validity", "status")]
            return attrs.evolve(report, results=_in_order(results))
        # 5.
        award, unread = _award(form[1], credential)
        results += _asked(("award",), lambda: (self._award(credential, award, unread, at),))
        # 6.
        if intact:
            results += _asked(("issuer",), lambda: (_issuer(credential.issuer, chain.seals),))
        else:
            results.append(_without_seal("issuer"))
        # 7.
        results += _asked(("validity",), lambda: (_validity(credential, at),))
        # 8.
        checked, status = self._status(credential, chain) if intact else (_without_seal("status"), None)
        results.append(checked)
        # 9.
        subject = CheckContext(credential, award, chain.seals)
        for name, check in self.checks.items():
            results += _asked((name,), partial(_examined, check, subject, at))
        # 10.
        view, crashed = _view(form[1], credential)
        seal = chain.seals[-1] if chain.seals else None
        return attrs.evolve(
            report,
            results=_in_order([*results, *crashed]),
            identifier=credential.identifier,
            status=status,
            view=None if view is None else attrs.evolve(view, seal=seal, test=report.test_seal),
        )

    def _open(self, data: bytes) -> _Chain:
        opened: list[tuple[Envelope, OpenedEnvelope]] = []
        payload = data
        faults: tuple[Finding, ...] = ()
        while len(opened) < _MOST_ENVELOPES:
            found = _recognising(self.envelopes, payload)
            if not found:
                break
            if len(found) > 1:
                names = ", ".join(name for name, _ in found)
                ambiguous = Finding.error(
                    "ambiguous",
                    f"Soubor lze přečíst více způsoby: {names}.",
                    f"The file can be read in several ways: {names}.",
                )
                faults = (ambiguous,)
                break
            name, envelope = found[0]
            try:
                inner = envelope.open(payload)
            except FindingsError as error:
                faults = error.findings or (_NOT_OURS,)
                break
            except Exception as error:  # noqa: BLE001 - a crash is a finding
                faults = (_crash(name, error),)
                break
            opened.append((envelope, inner))
            payload = inner.payload
        return _Chain(tuple(opened), payload, faults)

    def _read(self, chain: _Chain) -> tuple[tuple[str, Format] | None, Credential | None, CheckResult | None]:
        """Return format and credential, or instead of the credential the answer to `format`."""
        if chain.faults:
            return None, None, _unread("format")
        found = _recognising(self.formats, chain.payload)
        if not found:
            return None, None, CheckResult.of("format", (_NO_FORMAT,))
        if len(found) > 1:
            names = ", ".join(name for name, _ in found)
            ambiguous = Finding.error(
                "ambiguous",
                f"Obsah odpovídá více formátům: {names}.",
                f"The content fits several formats: {names}.",
            )
            return None, None, CheckResult.of("format", (ambiguous,))
        name, form = found[0]
        try:
            return found[0], form.open(chain.payload), None
        except FormatError as error:
            return found[0], None, CheckResult("format", Outcome.FAILED, error.findings or (_NO_FORMAT,))
        except Exception as error:  # noqa: BLE001 - a crash is a finding
            return found[0], None, CheckResult("format", Outcome.UNDETERMINED, (_crash(name, error),))

    def _award(
        self, credential: Credential, award: Award | None, unread: CheckResult | None, at: datetime
    ) -> CheckResult:
        if not self._ours(credential):
            info = Finding.info(
                "other-operator",
                "Mikrocertifikát vydal jiný systém; pravidla našeho rámce se na něj nevztahují.",
                "Another system issued this credential; the rules of our framework do not apply to it.",
            )
            return CheckResult("award", Outcome.NOT_APPLICABLE, (info,))
        if award is None:
            return unread or _unread("award")
        on = in_prague(credential.issued or at).date()
        findings = self.rules.judge(award, on=on)
        if not any(finding.severity is Severity.ERROR for finding in findings):
            told = Finding.info(
                "complete",
                "Obsahuje všechny povinné údaje podle doporučení Rady EU.",
                "It has all the data that the EU Council Recommendation demands.",
            )
            findings = (told, *findings)
        return CheckResult.of("award", findings)

    def _ours(self, credential: Credential) -> bool:
        claim = credential.issuer
        return (
            self.operator is not None
            and claim is not None
            and claim.eidas_identifier is not None
            and _plain(claim.eidas_identifier) == _plain(self.operator)
        )

    def _status(self, credential: Credential, chain: _Chain) -> tuple[CheckResult, CredentialStatus | None]:
        if not self._ours(credential):
            info = Finding.info(
                "foreign",
                "Soubor nevznikl v tomto systému; zda mikrocertifikát nebyl zrušen, tu zjistit nelze.",
                "This file was not made in this system; we can't tell whether it was revoked.",
            )
            return CheckResult("status", Outcome.NOT_APPLICABLE, (info,)), None
        if self.archive is None:
            info = Finding.info(
                "no-archive",
                "Archiv tu není k dispozici; ověřte mikrocertifikát na adrese, kterou uvádí.",
                "There is no archive at hand; verify at the address that the micro-credential names.",
            )
            return CheckResult("status", Outcome.UNDETERMINED, (info,)), None
        try:
            archived = self.archive.find(credential.identifier or "")
        except UnknownIdentifier:
            return CheckResult.of("status", (_UNKNOWN,)), None
        except ArchiveError as error:
            info = Finding.info(
                "archive-unreachable", "Archiv teď neodpovídá.", f"The archive does not answer: {error}"
            )
            return CheckResult("status", Outcome.UNDETERMINED, (info,)), None
        if not archived.holds(chain.payload):
            return CheckResult.of("status", (_OTHER_CONTENT,)), None
        return CheckResult.of("status", (_status_finding(archived),)), archived.status


def _asked(checks: tuple[str, ...], ask: Callable[[], tuple[CheckResult, ...]]) -> list[CheckResult]:
    """Ask, and turn a crash or silence into answers that are undetermined."""
    try:
        results = list(ask())
        given = {result.check for result in results}
    except Exception as error:  # noqa: BLE001 - a crash is a finding
        return [CheckResult(check, Outcome.UNDETERMINED, (_crash(check, error),)) for check in checks]
    missing = [check for check in checks if check not in given]
    silent = Finding.warning("no-answer", "Kontrola neodpověděla.", "The check gave no answer.")
    return results + [CheckResult(check, Outcome.UNDETERMINED, (silent,)) for check in missing]


def _in_order(results: list[CheckResult]) -> tuple[CheckResult, ...]:
    joined = merged(results)
    return tuple(
        sorted(
            joined, key=lambda result: CHECKS.index(result.check) if result.check in CHECKS else len(CHECKS)
        )
    )


def _crash(where: str, error: BaseException) -> Finding:
    return Finding.warning(
        "crash",
        f"Při zkoumání ({where}) nastala nečekaná chyba programu.",
        f"Examining this ({where}) met an unexpected {type(error).__name__}.",
    )


def _recognising(readers: Mapping[str, ReaderT], data: bytes) -> list[tuple[str, ReaderT]]:
    """Return those that say the octets are theirs; one that crashes has not said so."""
    found: list[tuple[str, ReaderT]] = []
    for name, reader in readers.items():
        with suppress(Exception):
            if reader.recognises(data):
                found.append((name, reader))
    return found


def _format(form: tuple[str, Format] | None, credential: Credential | None) -> CheckResult:
    if form is None or credential is None:
        return _unread("format")
    name, reader = form

    def examined() -> tuple[CheckResult, ...]:
        findings = reader.examine(credential)
        told = Finding.info(
            "conforms",
            f"Odpovídá formátu {name}.",
            f"It conforms to the format {name}.",
        )
        return (CheckResult.of("format", findings or (told,)),)

    return _asked(("format",), examined)[0]


def _award(form: Format, credential: Credential) -> tuple[Award | None, CheckResult | None]:
    """Return the award, or the answer to `award` that says why there is none."""
    try:
        return form.award(credential), None
    except FormatError as error:
        return None, CheckResult("award", Outcome.FAILED, error.findings)
    except Exception as error:  # noqa: BLE001 - a crash is a finding
        return None, CheckResult("award", Outcome.UNDETERMINED, (_crash("award", error),))


def _examined(check: Check, subject: CheckContext, at: datetime) -> tuple[CheckResult, ...]:
    return (check.examine(subject, at=at),)


def _view(form: Format, credential: Credential) -> tuple[View | None, tuple[CheckResult, ...]]:
    try:
        return form.view(credential), ()
    except Exception as error:  # noqa: BLE001 - a crash is a finding
        return None, (CheckResult("format", Outcome.UNDETERMINED, (_crash("view", error),)),)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip().casefold()


def _issuer(claim: IssuerClaim | None, seals: tuple[SealInfo, ...]) -> CheckResult:
    if claim is None or not claim.eidas_identifier:
        fault = Finding.error(
            "no-identifier",
            "Mikrocertifikát neuvádí identifikátor vydavatele podle eIDAS.",
            "The credential does not name the issuer's eIDAS identifier.",
            path="issuer",
        )
        return CheckResult.of("issuer", (fault,))
    if not seals:
        return _without_seal("issuer")
    findings: list[Finding] = []
    for note in seals:
        if note.owner is None:
            fault = Finding.error(
                "nameless-seal",
                "Certifikát pečeti neuvádí organizaci, zemi nebo identifikátor organizace.",
                "The seal certificate lacks organisation, country or organizationIdentifier.",
                path=note.kind,
            )
            findings.append(fault)
        else:
            findings += _mismatches(claim, note.owner, note.kind)
    findings += _other_identifiers(claim, seals[-1].owner)
    if not any(finding.severity is Severity.ERROR for finding in findings):
        told = Finding.info(
            "same",
            "Mikrocertifikát zapečetil ten, kdo je v něm uveden jako vydavatel.",
            "The issuer named is the one who sealed it.",
        )
        findings.insert(0, told)
    return CheckResult.of("issuer", findings)


def _mismatches(claim: IssuerClaim, owner: SealOwner, kind: str) -> list[Finding]:
    claimed = claim.eidas_identifier or ""
    faults: list[Finding] = []
    if _plain(claimed) != _plain(owner.organization_identifier):
        faults.append(
            Finding.error(
                "other-identifier",
                f"Vydavatel uvádí identifikátor {claimed}, pečeť patří {owner.organization_identifier}.",
                f"The issuer claims identifier {claimed}, the seal belongs to {owner.organization_identifier}.",
                path=kind,
            )
        )
    if _plain(owner.legal_name) not in {_plain(name) for name in claim.legal_name.values()}:
        faults.append(
            Finding.error(
                "other-name",
                f"Název vydavatele se liší od názvu v certifikátu pečeti („{owner.legal_name}“).",
                f"The issuer's name differs from the one in the seal certificate ('{owner.legal_name}').",
                path=kind,
            )
        )
    if claim.country is not None and _plain(claim.country) != _plain(owner.country):
        faults.append(
            Finding.error(
                "other-country",
                f"Vydavatel uvádí zemi {claim.country}, certifikát pečeti {owner.country}.",
                f"The issuer claims country {claim.country}, the seal certificate says {owner.country}.",
                path=kind,
            )
        )
    return faults


def _other_identifiers(claim: IssuerClaim, owner: SealOwner | None) -> list[Finding]:
    if owner is None:
        return []
    number = _plain(owner.organization_identifier.partition("-")[2])
    return [
        Finding.warning(
            "unproven-identifier",
            f"Další identifikátor vydavatele ({scheme} {value}) pečeť nedokládá.",
            f"Another identifier of the issuer ({scheme} {value}) is not proven by the seal.",
            path=f"issuer.{scheme}",
        )
        for scheme, value in claim.other_identifiers.items()
        if not number or number not in _plain(value)
    ]


def _validity(credential: Credential, at: datetime) -> CheckResult:
    start, end = credential.valid_from, credential.valid_until
    if start is None:
        fault = Finding.error(
            "no-start", "Chybí začátek platnosti.", "The start of validity is missing.", path="validFrom"
        )
        return CheckResult.of("validity", (fault,))
    findings: list[Finding] = []
    begins = written(start)
    if start > at:
        findings.append(
            Finding.error(
                "not-yet",
                f"Platí až od {begins.cs}.",
                f"It is valid only from {begins.en}.",
                path="validFrom",
            )
        )
    if credential.issued is not None and credential.issued > at:
        findings.append(
            Finding.error(
                "issued-later",
                "Datum vydání je v budoucnosti.",
                "The date of issue is in the future.",
                path="issued",
            )
        )
    if end is None:
        told = Finding.info("no-end", f"Od {begins.cs} bez omezení.", f"From {begins.en} without limit.")
    else:
        ends = written(end)
        told = Finding.info("period", f"Od {begins.cs} do {ends.cs}.", f"From {begins.en} to {ends.en}.")
        if end < at:
            findings.append(
                Finding.error(
                    "expired",
                    f"Platnost skončila {ends.cs}.",
                    f"Validity ended on {ends.en}.",
                    path="validUntil",
                )
            )
    return CheckResult.of("validity", (*findings, told))


def _status_finding(archived: Archived) -> Finding:
    status = archived.status
    day = written(status.since)
    if status.value is StatusValue.REVOKED:
        return Finding.error(
            "revoked",
            f"Zrušen {day.cs}. Důvod: {status.reason}",
            f"Revoked on {day.en}. Reason: {status.reason}",
        )
    if status.value is StatusValue.REPLACED:
        return Finding.error(
            "replaced",
            f"Dne {day.cs} jej nahradil nový mikrocertifikát. Důvod: {status.reason}",
            f"Replaced by a new micro-credential on {day.en}. Reason: {status.reason}",
        )
    return Finding.info("live", "Nebyl zrušen ani nahrazen.", "It was neither revoked nor replaced.")


def _without_seal(check: str) -> CheckResult:
    info = Finding.info(
        "no-intact-seal",
        "Bez neporušené pečeti to nelze posoudit.",
        "This can't be judged without an intact seal.",
    )
    return CheckResult(check, Outcome.UNDETERMINED, (info,))


def _unread(check: str) -> CheckResult:
    info = Finding.info(
        "unread",
        "Obsah nelze přečíst, proto ani posoudit.",
        "The content can't be read, so it can't be judged.",
    )
    return CheckResult(check, Outcome.UNDETERMINED, (info,))


_NOT_OURS = Finding.error(
    "not-a-credential",
    "Toto není mikrocertifikát. Ověřit lze datový soubor (.jsonld) nebo osvědčení (.pdf).",
    "This is not a micro-credential. A data file (.jsonld) or a certificate (.pdf) can be verified.",
)
_UNSEALED = Finding.error(
    "unsealed",
    "Soubor nemá pečeť; kdokoli jej mohl napsat. Vyžádejte si zapečetěný soubor.",
    "The file has no seal; anyone could have written it. Ask for the sealed file.",
)
_NO_FORMAT = Finding.error(
    "unknown-format",
    "Obsah není v žádném formátu, který známe.",
    "The content is in no format that we know.",
)
_UNKNOWN = Finding.error(
    "unknown",
    "Soubor se hlásí k tomuto systému, ale archiv jej nezná.",
    "The file claims to come from this system, but the archive does not know it.",
)
_OTHER_CONTENT = Finding.error(
    "other-content",
    "Archiv zná pod tímto identifikátorem jiný obsah.",
    "The archive knows other content under this identifier.",
)
