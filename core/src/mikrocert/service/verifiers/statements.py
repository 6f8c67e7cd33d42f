"""Statements: what a verification found, sealed, so that somebody can file it.

A statement is a PDF that people read, with the same as JSON inside, and a report on the seals as ETSI TS 119 102-2 has it. It is sealed by a signer
that seals nothing else, whose certificates verification knows: what they seal is never taken for a credential. Of a statement the archive
keeps a hash, a verdict and a time (see `mikrocert.archive.statements`); the statement itself is kept nowhere.

A statement says whose seal a file has and what it holds only where that is proven, as the page of a verification does.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import attrs

from mikrocert import __version__
from mikrocert.certificate import Paper, PaperRow, PaperSection
from mikrocert.errors import ArchiveError, LogError, RenderError, SealError, SettingsError
from mikrocert.kinds.envelope import Trust
from mikrocert.kinds.renderer import TEST_MARK, Attachment
from mikrocert.parsing import strict_json
from mikrocert.report import (
    CHECK_NAMES,
    OUTCOME_WORDS,
    Outcome,
    SealQuality,
    Severity,
    advice_of,
    headline_of,
    sealer_of,
)
from mikrocert.report.json import report_to_json
from mikrocert.service.issuing.securing import Securing
from mikrocert.service.verifiers.etsi_report import etsi_report
from mikrocert.service.verifying.anchors import read_anchors
from mikrocert.service.verifying.heads import MOST_HEADS, best_head, log_trust
from mikrocert.service.verifying.public_keys import keys_of
from mikrocert.texts import message
from mikrocert.texts.formatting import day, moment
from mikrocert.texts.typography import standing

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from mikrocert.kinds.renderer import Renderer
    from mikrocert.report import CheckResult, Report
    from mikrocert.service.system import System
    from mikrocert.settings import Settings
    from mikrocert.texts import Message, Texts, Value

__all__ = [
    "Statement",
    "StatementFile",
    "demand_for_statements",
    "demand_renderer",
    "opened_statements",
    "statement_certificates",
    "statement_link",
]

_TYPE: Final = "mikrocert verification statement 1"
_JSON: Final = "application/json"


@attrs.frozen
class StatementFile:
    """One form of a statement.

    Args:
        suffix: end of its name, such as `.pdf`.
        media_type: what it is.
        octets: what is in it.
    """

    suffix: str
    media_type: str
    octets: bytes = attrs.field(repr=False)


@attrs.frozen
class Statement:
    """A statement about a verification.

    Args:
        id: its number: 22 characters, random.
        files: the sealed document first, then the same as JSON and, where the file has seals, the report on these as XML.
    """

    id: str
    files: tuple[StatementFile, ...]


def statement_link(settings: Settings, statement_id: str) -> str:
    """Return the address where anybody learns whether a statement was given and what it says."""
    return f"{settings.base_url}/statement/{statement_id}"


def statement_certificates(settings: Settings) -> frozenset[bytes]:
    """Return the certificates (X.509, DER) that statements are sealed with.

    Raises:
        SettingsError: if a file that settings name can't be read.
    """
    wanted = settings.statements
    return frozenset(
        anchor.certificate
        for name in (wanted.certificates if wanted else ())
        for anchor in read_anchors(settings.path(name), member="statements.certificates")
    )


@contextmanager
def opened_statements(system: System) -> Generator[Callable[[Report, str, str, str], Statement]]:
    """Open the signer of statements and the renderer, and give what makes a statement.

    What is given takes the report, the SHA-256 of the file, the id, and the language. It raises MikrocertError where it can't be made.

    Args:
        system: under the settings that have a section for statements.

    Raises:
        SettingsError: if there are no statements under these settings, or the signer is not one for statements.
    """
    settings = system.settings
    wanted = settings.statements
    if wanted is None:
        raise SettingsError(
            message(
                "{file} names no signer for statements; [statements] with signer and certificates would be right",
                file=settings.name,
            )
        )
    verifier = system.verifier
    with (
        _opened_renderer(system) as (renderer, envelope),
        system.plugins.signers.choose(wanted.signer, settings) as session,
    ):
        demand_for_statements(system, session.identity.certificates, test=_is_test(session.identity.owner))
        securing = Securing(
            envelopes=verifier.envelopes, signer=session, identity=session.identity, services=session.services
        )

        def state(report: Report, file: str, statement_id: str, language: str) -> Statement:
            data = statement_to_json(system, report, file=file, statement_id=statement_id)
            octets = strict_json.dumps_visibly(data).encode()
            paper = paper_of(
                report,
                data,
                link=statement_link(settings, statement_id),
                author=_operator(system, language),
                language=language,
                texts=system.texts,
            )
            attachment = Attachment(f"{statement_id}.json", octets, _JSON)
            document = renderer.paper(paper, attachment=attachment)
            if paper.test:
                _demand_mark(renderer, document)
            [sealed] = securing.sign([securing.prepare(document, envelope=envelope, at=system.now())])
            _demand_intact(securing, envelope, sealed, payload=octets, at=system.now())
            files = [
                StatementFile(renderer.document_type.suffix, renderer.document_type.media_type, sealed),
                StatementFile(".json", _JSON, octets),
            ]
            xml = etsi_report(report, file=file)
            if xml is not None:
                files.append(StatementFile(".xml", "application/xml", xml))
            return Statement(statement_id, tuple(files))

        yield state


@contextmanager
def _opened_renderer(system: System) -> Generator[tuple[Renderer, str]]:
    """Open the renderer that draws statements, and give it with the envelope of its documents.

    Raises:
        SettingsError: if it draws none, or its documents can't be sealed.
    """
    settings, registry = system.settings, system.plugins.renderers
    wanted = settings.statements.renderer if settings.statements else None
    name = registry.named(wanted or settings.renderer)
    with registry.choose(name, settings) as renderer:
        envelope = renderer.document_type.envelope
        if envelope is None or not renderer.draws_papers:
            raise SettingsError(
                message(
                    "the renderer {name} draws no statements; statements.renderer would name one that does",
                    name=name,
                )
            )
        yield renderer, envelope


def demand_renderer(system: System) -> None:
    """Refuse settings under which no statements can be drawn.

    Raises:
        SettingsError: if the renderer draws none.
        UnknownOffer: if there is no such renderer.
    """
    with _opened_renderer(system):
        pass


def _is_test(owner: Any) -> bool:  # noqa: ANN401 - a seal's owner, or none
    return owner is not None and owner.test


def demand_for_statements(system: System, certificates: tuple[bytes, ...], *, test: bool) -> None:
    """Refuse a signer that is not one for statements alone.

    Args:
        system: under the settings.
        certificates: of the signer, its own first.
        test: whether its seals are tests.

    Raises:
        SettingsError: says what is wrong.
    """
    settings = system.settings
    its = keys_of(certificates[:1])
    if not its or not its <= keys_of(statement_certificates(settings)):
        raise SettingsError(
            message(
                "the certificate of the signer of statements is not among statements.certificates, so verification would not know its seals"
            )
        )
    if its & keys_of(system.seal_certificates):
        raise SettingsError(
            message(
                "the signer of statements has a key of the operator's seal; it has to have one of its own"
            )
        )
    if test and not settings.sandbox:
        raise SettingsError(
            message("a test seal seals only where {file} says sandbox = true", file=settings.name)
        )


def _demand_mark(renderer: Renderer, document: bytes) -> None:
    """Refuse to seal a statement of a test that doesn't say so on every page."""
    pages = renderer.text(document)
    if not (pages and all(TEST_MARK in page for page in pages)):
        raise RenderError(message("the statement of a test lacks the mark '{mark}'", mark=TEST_MARK))


def _demand_intact(securing: Securing, envelope: str, sealed: bytes, *, payload: bytes, at: datetime) -> None:
    """Refuse to give what a stranger would not find intact."""
    chosen = securing.envelopes[envelope]
    opened = chosen.open(sealed)
    results = chosen.examine(opened, trust=Trust(), at=at)
    intact = any(one.check == "integrity" and one.outcome is Outcome.PASSED for one in results)
    if opened.payload != payload or not intact:
        raise SealError(message("what was sealed is not the statement, or its seal is not intact"))


def statement_to_json(system: System, report: Report, *, file: str, statement_id: str) -> dict[str, Any]:
    """Return a statement as JSON: what the report says, of which file, and what was held against what.

    Args:
        system: that verified it.
        report: what was found out.
        file: SHA-256 of the file, hexadecimal.
        statement_id: the id of the statement.
    """
    operator = system.settings.operator
    return {
        "type": _TYPE,
        "id": statement_id,
        "link": statement_link(system.settings, statement_id),
        "given_at": system.now().isoformat(timespec="seconds"),
        "given_by": None
        if operator is None
        else {
            "name": dict(operator.name.texts),
            "organization_identifier": operator.organization_identifier,
        },
        "file": {"sha256": file},
        "against": _evidence(system, at=report.at),
        "report": report_to_json(report, texts=system.texts),
    }


def _evidence(system: System, *, at: datetime) -> dict[str, Any]:
    """Return what the file was held against: program, settings, lists, the state of archive and log.

    Args:
        system: that verified it.
        at: when that was (aware). What happened since, a revocation maybe, was not looked at, however soon a statement was wanted.
    """
    settings = system.settings
    trust = settings.trust
    anchors = [
        {"name": anchor.name, "sha256": anchor.sha256}
        for name in trust.anchors
        for anchor in read_anchors(settings.path(name), member="trust.anchors")
    ]
    return {
        "program": f"mikrocert {__version__}",
        "rule_set": settings.rule_set,
        "sandbox": settings.sandbox,
        "revocation": trust.revocation,
        "anchors": anchors,
        "trusted_lists": None if trust.lists is None else list(trust.lists.territories) or ["*"],
        "archive": _archive_state(system, at=at),
        "log": _checkpoint(system, at=at),
    }


def _archive_state(system: System, *, at: datetime) -> dict[str, Any] | None:
    archive = system.archive
    if archive is None:
        return None
    last = archive.last_event(by=at)
    return {"last_event": None if last is None else last.isoformat(timespec="seconds")}


def _checkpoint(system: System, *, at: datetime) -> str | None:
    """Return the newest signed head that the log had at a moment, or none where there was none that counts."""
    trust = log_trust(system.settings)
    if trust is None or system.archive is None:
        return None
    try:
        with system.log.opened() as log:
            heads = log.newest_heads(min_size=0, limit=MOST_HEADS)
            best = best_head((head for head in heads if head.at <= at), trust=trust)
    except (ArchiveError, LogError):
        return None
    return None if best is None else str(best[0])


def _operator(system: System, language: str) -> str:
    operator = system.settings.operator
    return "mikrocert" if operator is None else system.texts.say(operator.name, language)


def paper_of(
    report: Report,
    data: Mapping[str, Any],
    *,
    link: str,
    author: str,
    language: str,
    texts: Texts,
) -> Paper:
    """Return a statement as it is read on paper.

    Args:
        report: what was found out.
        data: the statement as JSON.
        link: where anybody learns whether it was given.
        author: who gives it.
        language: in which it is written.
        texts: the languages of the system.
    """
    say = _Saying(texts, language)
    return Paper(
        language=language,
        title=say(message("Verification statement")),
        author=author,
        lead=say(headline_of(report).title),
        sections=(
            _result(report, say),
            _file(report, data, say),
            _content(report, say),
            _checks(report, say),
            _seals(report, say),
            _against(data, say),
            _limits(say),
        ),
        link=link,
        link_words=say(
            message("Whether this statement was given and what it says can be looked up at this address:")
        ),
        number=data["id"],
        dated=report.at,
        test=report.test_seal or data["against"]["sandbox"],
    )


@attrs.frozen
class _Saying:
    """Says things in one language."""

    texts: Texts
    language: str

    def __call__(self, value: Value) -> str:
        return self.texts.say(value, self.language)

    def alone(self, value: Value) -> str:
        return standing(self(value))

    def row(self, label: Message, *values: str) -> PaperRow:
        return PaperRow(self(label), values)

    def moment(self, at: datetime) -> str:
        return moment(at, language=self.language, style="long")


def _result(report: Report, say: _Saying) -> PaperSection:
    pieces = [*map(say.alone, advice_of(report))]
    sealer = sealer_of(report)
    if sealer is not None:
        pieces.append(say.alone(sealer))
    status = report.status
    if status is not None and status.reason and report.proven:
        pieces.append(say(message("Reason: {reason}", reason=status.reason)))
    return PaperSection(
        say(message("Result")),
        (*pieces, say(message("This was found on {moment}; it may be otherwise later.", moment=report.at))),
    )


def _file(report: Report, data: Mapping[str, Any], say: _Saying) -> PaperSection:
    rows = [
        say.row(message("SHA-256 of the file"), data["file"]["sha256"]),
        say.row(message("Verified at"), say.moment(report.at)),
    ]
    if report.identifier and report.proven:
        rows.append(say.row(message("Identifier"), report.identifier))
    if report.format:
        rows.append(say.row(message("Format"), report.format))
    return PaperSection(say(message("What was verified")), rows=tuple(rows))


def _content(report: Report, say: _Saying) -> PaperSection:
    heading = say(message("What the file says"))
    view = report.view.without_birth() if report.view is not None else None
    if view is None or not report.proven:
        unproven = message("Nothing proves what the file says, so that it isn't repeated here.")
        return PaperSection(heading, (say(unproven),))
    rows = [say.row(message("Micro-credential"), say(view.title))]
    if view.holder:
        rows.append(say.row(message("Holder"), view.holder))
    rows.append(say.row(message("Awarding institution"), say(view.awarding_body)))
    if view.awarded_on:
        rows.append(
            say.row(message("Date of issuing"), day(view.awarded_on, language=say.language, style="long"))
        )
    if view.valid_until:
        rows.append(
            say.row(message("Valid until"), day(view.valid_until, language=say.language, style="long"))
        )
    return PaperSection(heading, rows=tuple(rows))


def _checks(report: Report, say: _Saying) -> PaperSection:
    rows = tuple(
        PaperRow(
            say(CHECK_NAMES[result.check]) if result.check in CHECK_NAMES else result.check,
            (say(OUTCOME_WORDS[result.outcome]),),
            _remarks(result, say),
        )
        for result in report.results
    )
    return PaperSection(say(message("What was checked")), rows=rows)


def _remarks(result: CheckResult, say: _Saying) -> tuple[str, ...]:
    """Return what there is to say of a check, each sentence once, the weightiest ones first."""
    weight = (Severity.ERROR, Severity.WARNING, Severity.INFO)
    ordered = sorted(result.findings, key=lambda finding: weight.index(finding.severity))
    return tuple(dict.fromkeys(say.alone(finding.message) for finding in ordered))


def _seals(report: Report, say: _Saying) -> PaperSection:
    rows: list[PaperRow] = []
    for seal in report.seals:
        quality = say(_QUALITIES[seal.quality]) if seal.quality else say(message("not judged"))
        lines: list[str] = []
        if seal.owner is not None:
            lines.append(f"{seal.owner.legal_name} ({seal.owner.organization_identifier})")
        if seal.claimed_at is not None:
            lines.append(say(message("time that the seal states: {moment}", moment=seal.claimed_at)))
        if seal.proven_at is not None:
            lines.append(say(message("time that is proven: {moment}", moment=seal.proven_at)))
        rows.append(PaperRow(f"{seal.kind} {seal.level or ''}".strip(), (quality,), tuple(lines)))
    none = () if rows else (say(message("The file has no seal that could be read.")),)
    return PaperSection(say(message("Seals of the file")), none, tuple(rows))


def _against(data: Mapping[str, Any], say: _Saying) -> PaperSection:
    evidence = data["against"]
    rows = [
        say.row(message("Program and rules"), f"{evidence['program']}, {evidence['rule_set']}"),
        say.row(
            message("Whose seals are trusted"),
            *([f"{one['name']}, SHA-256 {one['sha256']}" for one in evidence["anchors"]] or ["–"]),
        ),
    ]
    lists = evidence["trusted_lists"]
    if lists is not None:
        rows.append(say.row(message("Trusted lists of the European Union"), ", ".join(lists)))
    archive = evidence["archive"]
    if archive is not None:
        last = archive["last_event"]
        shown = "–" if last is None else say.moment(datetime.fromisoformat(last))
        rows.append(say.row(message("Last entry of the archive"), shown))
    if evidence["log"] is not None:
        rows.append(say.row(message("Checkpoint of the log"), *evidence["log"].splitlines()))
    return PaperSection(say(message("What it was held against")), rows=tuple(rows))


def _limits(say: _Saying) -> PaperSection:
    return PaperSection(
        say(message("What this statement does not say")),
        (
            say(message("Whether the person who showed the micro-credential is its holder.")),
            say(message("Whether it has been revoked or replaced since; its page says so at any time.")),
            say(
                message(
                    "The seal on this statement is one for statements alone. Nothing that bears it is a micro-credential."
                )
            ),
        ),
    )


_QUALITIES: Final[Mapping[SealQuality, Message]] = {
    SealQuality.TEST: message("test electronic seal"),
    SealQuality.ADVANCED: message("advanced electronic seal"),
    SealQuality.ADVANCED_QC: message("advanced electronic seal based on a qualified certificate"),
    SealQuality.QUALIFIED: message("qualified electronic seal"),
}
