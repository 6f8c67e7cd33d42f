"""What the system holds of a person: all of one award, as files in open formats, with a letter that says what they are.

Nothing of any other person is in it. So of what institutions sent only those records are, from which a credential of this award came,
or whose learner has the name and birth date that were sealed; and who did something at the institution or the operator is left out.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import attrs

from mikrocert.archive.events import ERASURE_WORDS, EVENT_WORDS, ErasureReason, EventKind
from mikrocert.award.canonical import award_to_json
from mikrocert.errors import MikrocertError
from mikrocert.parsing import strict_json
from mikrocert.report import FileKind, Receipt
from mikrocert.rules import rule_set
from mikrocert.service.json import archived_to_json
from mikrocert.service.verifying.opening import open_chain, read
from mikrocert.texts import LanguageMap, Message, message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mikrocert.archive import Archive, Archived, ArtefactInfo
    from mikrocert.award import Award, Learner
    from mikrocert.kinds.envelope import Envelope
    from mikrocert.kinds.format import Format
    from mikrocert.service.institutions.batches import HeldRecord
    from mikrocert.service.system import System

__all__ = ["PersonalData", "personal_data"]

_WIDTH: Final = 100


@attrs.frozen
class PersonalData:
    """What is held of one award and its holder.

    Args:
        institution: name of the institution that awarded.
        evidence_number: number in the institution's register.
        identifiers: of its credentials, the first version first.
        files: octets by name; `/` stands between folders.
    """

    institution: str
    evidence_number: str
    identifiers: tuple[str, ...]
    files: Mapping[str, bytes] = attrs.field(repr=False, hash=False)


def personal_data(
    system: System,
    archived: Archived,
    *,
    envelopes: Mapping[str, Envelope],
    formats: Mapping[str, Format],
    at: datetime,
) -> PersonalData:
    """Return all that the system holds of an award and its holder, whatever version of it is asked for.

    Args:
        system: the system.
        archived: a credential of the award.
        envelopes: name → envelope.
        formats: name → format.
        at: now (aware).

    Raises:
        ArchiveError: if something is damaged, or a database fails.
    """
    archive, registration = system.the_archive(), archived.registration
    institution, number = registration.institution, registration.evidence_number
    versions = archive.versions(number, institution=institution)
    identifiers = tuple(version.registration.identifier for version in versions)
    gathered = _Gathered(system, at)
    learners: set[tuple[object, ...]] = set()
    for version in versions:
        award = gathered.version(version, archive, envelopes=envelopes, formats=formats)
        if award is not None:
            learners.add(_same(award.learner))
    for held in system.batches.held(institution, number):
        if _is_theirs(held, identifiers, learners):
            gathered.sent(held)
    gathered.heard_of(institution, identifiers)
    gathered.letters(institution, number)
    return PersonalData(institution, number, identifiers, gathered.files)


def _same(learner: Learner) -> tuple[object, ...]:
    return (learner.given_name, learner.family_name, learner.birth_date)


def _is_theirs(held: HeldRecord, identifiers: tuple[str, ...], learners: set[tuple[object, ...]]) -> bool:
    """Return whether a record with this record number is about the holder; a number can be mistyped, and then it isn't."""
    if held.result is not None and held.result.identifier in identifiers:
        return True
    award = held.record.award
    return award is not None and _same(award.learner) in learners


class _Gathered:
    """Files, and what the letter says of each."""

    def __init__(self, system: System, at: datetime) -> None:
        self._system = system
        self._at = at
        self._privacy = system.settings.privacy
        self._what: dict[str, Message] = {}
        self.files: dict[str, bytes] = {}

    def put(self, name: str, octets: bytes, what: Message) -> None:
        self.files[name] = octets
        self._what[name] = what

    def version(
        self,
        archived: Archived,
        archive: Archive,
        *,
        envelopes: Mapping[str, Envelope],
        formats: Mapping[str, Format],
    ) -> Award | None:
        """Put what the archive has of one credential; return the award that was sealed, or none where it can't be read."""
        identifier, award = archived.registration.identifier, None
        if archived.erased_at is None:
            newest = {(info.format, info.kind): info.edition for info in archived.artefacts}
            receipt = Receipt(
                archived.registration, "", archive.files(identifier), archived.status, created=False
            )
            for info in archived.artefacts:
                older = info.edition < newest[info.format, info.kind]
                file = archive.file(identifier, info.kind, format=info.format, edition=info.edition)
                folder = f"{identifier}/edition-{info.edition}" if older else identifier
                self.put(f"{folder}/{receipt.name(file)}", file.octets, _what_is(info, older=older))
                if info.kind is FileKind.CREDENTIAL and award is None:
                    chain = open_chain(file.octets, envelopes=envelopes)
                    award = read(chain, formats=formats, judged=False).award
        if award is not None:
            self.put(f"{identifier}/award.json", _json(award_to_json(award)), _AWARD)
        history = archive.history(identifier)
        entry = archived_to_json(archived, history=history, link=self._system.link(identifier))
        self.put(f"{identifier}/record.json", _json({**entry, "holder": archived.holder}), _RECORD)
        sharing = archive.sharing.everything(identifier)
        sharing["wallets"] = [
            {"link": entry.link.number, "added_at": entry.added_at.isoformat()}
            for entry in archive.wallets.with_credential(identifier)
        ]
        if sharing["shares"] or sharing["links"] or sharing["access"]:
            self.put(f"{identifier}/sharing.json", _json(sharing), _SHARING)
        for language in self._system.settings.languages:
            lines = [self._say(_event_line(event), language) for event in history]
            self.put(f"{identifier}/events.{language}.txt", _text(lines), _EVENTS)
        return award

    def sent(self, held: HeldRecord) -> None:
        """Put a record that the institution sent."""
        batch, record, result = held.batch, held.record, held.result
        ends = batch.ended_at or batch.accepted_at
        members = {
            "batch": batch.id,
            "sent_at": batch.accepted_at.isoformat(timespec="seconds"),
            "number": record.number,
            "row": record.row,
            "line": record.line,
            "dry_run": batch.options.dry_run,
            "award": None if record.award is None else award_to_json(record.award),
            "refused": None if result is None else result.refused,
            "identifier": None if result is None else result.identifier,
            "findings": [] if result is None else list(result.findings),
        }
        until = ends + timedelta(days=self._privacy.batch_days)
        what = message(
            "a record that the institution sent, and what became of it (JSON); kept until {until}",
            until=until.date(),
        )
        self.put(f"sent/{batch.id}-{record.number}.json", _json(members), what)

    def heard_of(self, institution: str, identifiers: tuple[str, ...]) -> None:
        """Put what the institution's own servers were told, or are to be."""
        letters = [
            json.loads(letter.body) for letter in self._system.webhooks.about(institution, identifiers)
        ]
        if letters:
            what = message(
                "what servers of the institution were told of it, or are to be (JSON); each message is kept for {days} days",
                days=self._privacy.webhook_days,
            )
            self.put("told.json", _json(letters), what)

    def letters(self, institution: str, number: str) -> None:
        """Put the letter in each language."""
        what = dict(self._what)
        for language in self._system.settings.languages:
            letter = [
                *_letter(self._system, institution, number, at=self._at),
                message("What is in these files"),
                *(message("{file}: {what}", file=name, what=means) for name, means in what.items()),
            ]
            paragraphs = [
                textwrap.fill(
                    self._say(one, language), _WIDTH, break_on_hyphens=False, break_long_words=False
                )
                for one in letter
            ]
            self.files[f"README.{language}.txt"] = _text("\n\n".join(paragraphs).split("\n"))

    def _say(self, sentence: Message, language: str) -> str:
        return self._system.texts.plain(sentence, language)


def _letter(system: System, institution: str, number: str, *, at: datetime) -> Iterator[Message]:
    settings, privacy = system.settings, system.settings.privacy
    awarding: str | LanguageMap = institution
    try:
        with system.plugins.institutions.choose(institution, settings) as chosen:
            awarding = chosen.profile.organisation.legal_name
    except MikrocertError:  # what was issued outlives the plugin
        pass
    operator = settings.operator
    yield message(
        "A copy of your personal data (Article 15 of Regulation (EU) 2016/679, GDPR), made on {at}. It is about the award with record "
        "number {number} of {institution}.",
        at=at,
        number=number,
        institution=awarding,
    )
    yield message(
        "For what: your micro-credential is kept so that you can prove for good what you achieved, and whoever you show it to can verify it. "
        "The data came from {institution}, which is their controller and says on which legal ground it has them processed.",
        institution=awarding,
    )
    if operator is not None:
        yield message(
            "Who receives them: {institution}; {operator}, which seals, keeps and verifies for it; and whoever you give a file, the link or "
            "the identifier to. Those who provide seals and time stamps receive hashes, which tell nothing of you.",
            institution=awarding,
            operator=operator.name,
        )
    yield message(
        "How long: credentials are kept without time limit. If one is erased, its key is destroyed; backups of keys are kept for {days} days, "
        "and after that nobody can read here what it says. That it was issued, when, its record number and status stay. Files below that are kept "
        "for a shorter time say so.",
        days=privacy.key_backup_days,
    )
    yield message(
        "What is not kept: who looked at the verification page, or verified a file. So it is not in here, and nobody can tell."
    )
    yield message(
        "What is held and not in here: keys, and keyed hashes of the words of your name by which your institution finds you; numbers in "
        "statistics, in which nobody is told from another; and which person at the institution or the operator did something, which is about them."
    )
    yield message(
        "Other micro-credentials of yours are not in here. Names are not unique, so nobody takes two credentials for one person's; ask for "
        "each by its identifier or record number."
    )
    yield message("The program makes no decision about you and draws no profile of you.")
    if operator is not None and operator.contact is not None:
        yield message(
            "You may ask {institution} to correct or erase your data, to restrict their processing, or object to it. What was sealed can't be "
            "changed; a corrected credential replaces it. Questions about the system go to {operator}, {contact}.",
            institution=awarding,
            operator=operator.name,
            contact=operator.contact,
        )
    else:
        yield message(
            "You may ask {institution} to correct or erase your data, to restrict their processing, or object to it. What was sealed can't be "
            "changed; a corrected credential replaces it.",
            institution=awarding,
        )
    authority = privacy.authority or rule_set(settings.rule_set).privacy_authority
    if authority is None:
        yield message("You may lodge a complaint with a supervisory authority (Article 77).")
    else:
        yield message(
            "You may lodge a complaint with a supervisory authority (Article 77): {authority}",
            authority=authority,
        )


def _what_is(info: ArtefactInfo, *, older: bool) -> Message:
    if info.kind is FileKind.CREDENTIAL:
        return _OLD_CREDENTIAL if older else _CREDENTIAL
    return _OLD_CERTIFICATE if older else _CERTIFICATE


def _event_line(event: Any) -> Message:  # noqa: ANN401 - an `Event`
    parts: dict[str, Any] = {"at": event.at, "what": EVENT_WORDS[event.kind]}
    if event.successor is not None:
        return message(
            "{at}: {what} by {successor}: {reason}",
            **parts,
            successor=event.successor,
            reason=event.reason or "–",
        )
    if event.kind is EventKind.ERASED:
        parts["reason"] = ERASURE_WORDS[ErasureReason.of(event.reason)]
    elif event.reason is not None:
        parts["reason"] = event.reason
    if "reason" in parts:
        return message("{at}: {what}: {reason}", **parts)
    return message("{at}: {what}", **parts)


def _json(value: object) -> bytes:
    return f"{strict_json.dumps(value, indent=2)}\n".encode()


def _text(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


_CREDENTIAL: Final = message("the sealed micro-credential, for programs; anybody can verify it")
_OLD_CREDENTIAL: Final = message("the same micro-credential before its seal was renewed")
_CERTIFICATE: Final = message("the certificate, for people, with the sealed micro-credential inside")
_OLD_CERTIFICATE: Final = message("the same certificate before its seal was renewed")
_AWARD: Final = message("what was sealed, as data (JSON), without seal")
_RECORD: Final = message("what the archive says of it, as data (JSON)")
_SHARING: Final = message(
    "what you decided about who sees it: your links as hashes, your shares with your notes and when they were opened; when it was gathered on a page with others (JSON)"
)
_EVENTS: Final = message("what happened to it, in words")
