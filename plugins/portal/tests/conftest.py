"""A system of reports made by hand, one for every way a verification can end."""

from __future__ import annotations

import shutil
import struct
import threading
import zlib
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache, partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from jinja2 import BytecodeCache, Environment
from mikrocert.api import (
    Archived,
    AuthenticationError,
    Batch,
    BatchResult,
    BatchState,
    CopyOffer,
    Deed,
    Display,
    Event,
    File,
    FileKind,
    Institution,
    KeptStatement,
    Measures,
    NoConfig,
    Packaging,
    Proposal,
    ProposalState,
    Registration,
    Statement,
    StatementFile,
    UnknownBatch,
    UnknownShare,
    UnknownStatement,
    hookimpl,
    offer,
)
from mikrocert.archive import NewArtefact, NewCredential, init_archive, open_archive
from mikrocert.archive.events import EventKind
from mikrocert.award.identifiers import find_identifier
from mikrocert.builtin import plugin as core_plugin
from mikrocert.errors import NoArchiveError, UnknownIdentifier
from mikrocert.host.loading import Plugins
from mikrocert.jobs.batches import BatchOptions
from mikrocert.report import (
    Access,
    CheckResult,
    CredentialStatus,
    Figure,
    Finding,
    Item,
    Outcome,
    Report,
    SealInfo,
    SealOwner,
    SealQuality,
    Section,
    StatusValue,
    View,
    disclosed_by_link,
)
from mikrocert.service.holders.sharing import Sharing
from mikrocert.service.holders.wallets import Wallets
from mikrocert.service.system import open_system
from mikrocert.settings import Archive as ArchiveSettings
from mikrocert.settings import Operator, Settings
from mikrocert.testing import example_profile
from mikrocert.texts import LanguageMap, Message, Texts
from mikrocert_portal import plugin as portal_plugin
from mikrocert_portal.assets import Assets
from mikrocert_portal.config import PortalConfig
from mikrocert_portal.sharing import Shared

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from mikrocert.archive import Archive


class _Kept(BytecodeCache):
    """What templates compile to, kept for the run; nearly every test makes an application of its own."""

    def __init__(self):
        self._kept = {}

    def load_bytecode(self, bucket):
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket):
        self._kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def compiled_once():
    """Compile each template of a page once a run, and read each file that pages load once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mikrocert_portal.pages.Environment", partial(Environment, bytecode_cache=_Kept()))
        patch.setattr("mikrocert_portal.app.Assets", cache(Assets))
        yield


AT = datetime(2026, 11, 23, 7, 14, tzinfo=UTC)
AWARDED = datetime(2026, 6, 22, 12, 5, tzinfo=UTC)

IDENTIFIERS = {
    "valid": "K7mQx4Rt9bHz",
    "test": "Tst4x4Rt9bHz",
    "revoked": "Rev4x4Rt9bHz",
    "replaced": "Rpc4x4Rt9bHz",
    "expired": "Exp4x4Rt9bHz",
    "undetermined": "Und4x4Rt9bHz",
    "changed": "Chg4x4Rt9bHz",
    "foreign": "Fgn4x4Rt9bHz",
}

SENTENCES = {
    "format": ("Evropský digitální certifikát (EDC v3), struktura odpovídá předpisu.", "European Digital Credential (EDC v3), structured as prescribed."),
    "award": ("Obsahuje všechny povinné údaje podle doporučení Rady EU.", "Has everything that the Council Recommendation demands."),
    "integrity": ("Od zapečetění se nezměnil jediný znak.", "Not a single character has changed since it was sealed."),
    "trust": ("Kvalifikovaná elektronická pečeť z 22. 6. 2026 ve 14:05, certifikát tehdy platil.", "Qualified electronic seal of 22 June 2026, 14:05; its certificate was valid then."),
    "issuer": ("Uvedený vydavatel je týž, kdo mikrocertifikát zapečetil.", "The issuer it names is the one who sealed it."),
    "validity": ("Od 22. 6. 2026 bez časového omezení.", "Since 22 June 2026, without time limit."),
    "status": ("Nebyl zrušen ani nahrazen.", "Neither revoked nor replaced."),
}  # fmt: skip


CZECH: dict[str, str] = {}


def english(cs: str, en: str) -> str:
    """Return the English sentence; the texts of the system know the Czech one."""
    CZECH[en] = cs
    return en


class PairedTexts(Texts):
    """Speaks Czech also where the sentence is one of these tests."""

    def sentence(self, asked: Message, language: str) -> tuple[str, str]:
        if language == "cs" and asked.text in CZECH:
            return CZECH[asked.text], language
        return super().sentence(asked, language)


def passed(check: str) -> CheckResult:
    cs, en = SENTENCES[check]
    return CheckResult(check, Outcome.PASSED, (Finding.info(f"{check}-passed", english(cs, en)),))


def open_question(check: str, cs: str, en: str) -> CheckResult:
    return CheckResult(check, Outcome.UNDETERMINED, (Finding.warning(f"{check}-open", english(cs, en)),))


def failed(check: str, cs: str, en: str, *, code: str) -> CheckResult:
    return CheckResult.of(check, [Finding.error(code, english(cs, en), path="jades")])


def results(*different: CheckResult) -> tuple[CheckResult, ...]:
    by_name = {result.check: result for result in different}
    return tuple(by_name.get(check) or passed(check) for check in SENTENCES)


def item(key: str, number: int | None, label: tuple[str, str], *values: LanguageMap) -> Item:
    ungraded = None if key in {"grade", "skills"} else values
    return Item(key, LanguageMap.of(*label), values, number, ungraded)


def both(cs: str, en: str | None = None) -> LanguageMap:
    return LanguageMap.of(cs, en)


def a_view(**changes: object) -> View:
    items = (
        item("learner", 1, ("Držitel", "Learner"), both("Tereza Černohorská", "Tereza Černohorská")),
        item("birth", None, ("Datum narození", "Date of birth"), both("14. března 1994, Uherské Hradiště", "14 March 1994, Uherské Hradiště")),
        item("title", 2, ("Název", "Title"), both("Analýza dat v jazyce Python pro zdravotnický výzkum", "Data Analysis in Python for Health Research")),
        item("country", 3, ("Země a region", "Country and region"), both("Česko, Jihomoravský kraj", "Czechia, South Moravian Region")),
        item("awarding-body", 4, ("Udělující škola", "Awarding institution"), both("Polabská univerzita, Lékařská fakulta", "University of Polabí, Faculty of Medicine")),
        item("date", 5, ("Datum udělení", "Date of issuing"), both("22. června 2026, Brno", "22 June 2026, Brno")),
        item("outcomes", 6, ("Výsledky učení", "Learning outcomes"),
             both("Načte, vyčistí a propojí klinická data z několika zdrojů.", "Loads, cleans and joins clinical data from several sources."),
             both("Zvolí vhodný statistický test a zdůvodní volbu.", "Chooses a fitting statistical test and justifies the choice."),
             both("Sestaví reprodukovatelnou analýzu v prostředí Jupyter."),
             both("Ochrání osobní údaje pacientů podle GDPR.", "Protects personal data of patients under the GDPR.")),
        item("workload", 7, ("Studijní zátěž", "Notional workload"), both("6 kreditů ECTS, tj. 150 hodin", "6 ECTS credits, i.e. 150 hours")),
        item("level", 8, ("Úroveň", "Level"), both("EQF 7, druhý cyklus QF-EHEA", "EQF 7, second cycle of QF-EHEA")),
        item("assessment", 9, ("Typ hodnocení", "Type of assessment"), both("Obhajoba projektu a písemný test", "Project defence and written test")),
        item("participation", 10, ("Forma účasti", "Form of participation"), both("Kombinovaná, výuka v češtině", "Blended, taught in Czech")),
        item("quality", 11, ("Zajištění kvality", "Quality assurance"), both("Institucionální akreditace; vnitřní systém zajišťování kvality MU")),
        item("grade", 14, ("Výsledek hodnocení", "Grade"), both("A – výborně (stupnice A–F)", "A – excellent (scale A–F)")),
    )  # fmt: skip
    skills = (
        item(
            "skills",
            None,
            ("Dovednosti ESCO", "ESCO skills"),
            both("analýza dat", "data analysis"),
            both("statistika"),
        ),
    )
    view = View(
        title=both(
            "Analýza dat v jazyce Python pro zdravotnický výzkum",
            "Data Analysis in Python for Health Research",
        ),
        holder="Tereza Černohorská",
        birth=both(
            "datum narození 14. března 1994, Uherské Hradiště", "born on 14 March 1994 in Uherské Hradiště"
        ),
        awarding_body=both("Polabská univerzita", "University of Polabí"),
        figures=(
            Figure("credits", both("6", "6"), both("kreditů ECTS (150 hodin)", "ECTS credits (150 hours)")),
            Figure("level", both("7", "7"), both("úroveň EQF", "EQF level")),
            Figure("grade", both("A", "A"), both("hodnocení: výborně", "grade: excellent")),
        ),
        sections=(
            Section("annex-i", both("Údaje podle přílohy I", "Elements of Annex I"), items),
            Section("more", both("Další údaje", "More"), skills),
        ),
        identifier=IDENTIFIERS["valid"],
        awarded_on=date(2026, 6, 22),
    )
    return attrs.evolve(view, **changes)


def a_seal(quality: SealQuality = SealQuality.QUALIFIED) -> SealInfo:
    owner = SealOwner("Polabská univerzita", "Mikrocertifikat.cz", "NTRCZ-12345679", "CZ", quality, b"")
    return SealInfo("JAdES", "B-B", owner, AWARDED)


def reports() -> dict[str, Report]:
    without_seal = ("Bez neporušené pečeti nelze posoudit.", "Can't be judged without an intact seal.")
    live = CredentialStatus(StatusValue.LIVE, AWARDED)
    valid = Report(
        at=AT, results=results(), identifier=IDENTIFIERS["valid"], format="edc-v3", envelopes=("jades",),
        seals=(a_seal(),), status=live, view=a_view(),
    )  # fmt: skip
    test = attrs.evolve(
        valid,
        identifier=IDENTIFIERS["test"],
        seals=(a_seal(SealQuality.TEST),),
        test_seal=True,
        view=a_view(identifier=IDENTIFIERS["test"], test=True),
        results=results(
            CheckResult("trust", Outcome.PASSED, (
                Finding.info("test-root", english("Zkušební pečeť, důvěryhodná jen ve zkušebním provozu.", "Test seal, trusted in the test environment only.")),
                Finding.warning("no-revocation", english("Zneplatnění certifikátu pečeti se nezjišťovalo.", "Whether the seal certificate was revoked was not asked."), path="x5c[0]"),
            ))
        ),
    )  # fmt: skip
    revoked = attrs.evolve(
        valid,
        identifier=IDENTIFIERS["revoked"],
        results=results(failed("status", "Zrušen 3. 9. 2026.", "Revoked on 3 September 2026.", code="revoked")),
        status=CredentialStatus(StatusValue.REVOKED, datetime(2026, 9, 3, 9, tzinfo=UTC), "chybně uvedené jméno držitele"),
    )  # fmt: skip
    misspelt = item("learner", 1, ("Držitel", "Learner"), both("Tereza Cernohorská", "Tereza Cernohorská"))
    annex, *rest = a_view().sections
    wrong = a_view(
        holder="Tereza Cernohorská",
        identifier=IDENTIFIERS["replaced"],
        sections=(attrs.evolve(annex, items=(misspelt, *annex.items[1:])), *rest),
    )
    replaced = attrs.evolve(
        revoked,
        view=wrong,
        identifier=IDENTIFIERS["replaced"],
        results=results(failed("status", "Nahrazen 3. 9. 2026.", "Replaced on 3 September 2026.", code="replaced")),
        status=CredentialStatus(StatusValue.REPLACED, datetime(2026, 9, 3, 9, tzinfo=UTC), "chybně uvedené jméno držitele", IDENTIFIERS["valid"]),
    )  # fmt: skip
    expired = attrs.evolve(
        valid,
        identifier=IDENTIFIERS["expired"],
        view=a_view(identifier=IDENTIFIERS["expired"], valid_until=date(2026, 11, 21)),
        results=results(failed("validity", "Platnost skončila 21. 11. 2026.", "Validity ended on 21 November 2026.", code="expired")),
    )  # fmt: skip
    changed = attrs.evolve(
        valid,
        identifier=IDENTIFIERS["changed"],
        results=results(
            failed("integrity", "Otisk obsahu nesouhlasí s pečetí.", "The digest of the content does not match the seal.", code="digest-mismatch"),
            open_question("trust", *without_seal), open_question("issuer", *without_seal), open_question("status", *without_seal),
        ),
        status=None,
    )  # fmt: skip
    undetermined = attrs.evolve(
        valid,
        identifier=None,
        results=results(
            open_question("trust", "Vydavatel pečeti není na důvěryhodných seznamech EU.", "The issuer of the seal certificate is on no EU trusted list."),
            CheckResult("status", Outcome.NOT_APPLICABLE, (Finding.info("foreign", english("Soubor nevznikl v tomto systému; zrušení u nás zjistit nelze.", "The file is not from this system; revocation can't be learned here.")),)),
        ),
        status=None,
        view=a_view(identifier=None),
    )  # fmt: skip
    unusable = Report(
        at=AT,
        unusable=(
            Finding.error("not-a-credential", english("Soubor není JSON ani PDF, začíná textem „PK“.", "The file is neither JSON nor PDF; it begins with “PK”."), path=""),
            Finding.info("zip", english("Vypadá jako archiv ZIP; rozbalte jej a nahrajte soubor, který je uvnitř.", "It looks like a ZIP archive; unpack it and upload the file inside.")),
        ),
    )  # fmt: skip
    foreign_test = attrs.evolve(
        test,
        results=results(failed("trust", "Zkušební pečeť.", "A test seal.", code="test-seal")),
        identifier=IDENTIFIERS["foreign"],
    )
    return {
        "valid": valid,
        "test": test,
        "revoked": revoked,
        "replaced": replaced,
        "expired": expired,
        "changed": changed,
        "undetermined": undetermined,
        "unusable": unusable,
        "foreign": foreign_test,
    }


def a_png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + b"".join((
        chunk(b"IHDR", struct.pack(">IIBBBBB", 91, 129, 8, 0, 0, 0, 0)),
        chunk(b"IDAT", zlib.compress((b"\x00" + b"\xf4" * 91) * 129)),
        chunk(b"IEND", b""),
    ))  # fmt: skip


FILES = (
    File("edc-v3", FileKind.CREDENTIAL, "application/ld+json", ".jsonld", b'{"payload": "\xc4\x8c"}' * 1900),
    File("edc-v3", FileKind.CERTIFICATE, "application/pdf", ".pdf", b"%PDF-1.7 " + b"x" * 96_000),
)


def _open_gate() -> threading.Event:
    gate = threading.Event()
    gate.set()
    return gate


BATCH = Batch(
    id="b-K7mQx4Rt9b",
    institution="mu",
    state=BatchState.DONE,
    actor="person reditelka-1 Růžena Řezníčková",
    options=BatchOptions("application/octet-stream", dry_run=True),
    accepted_at=AT,
    ended_at=AT,
    forgotten_at=None,
    total=3,
    issued=0,
    repeated=1,
    passed=1,
    refused=1,
)


def a_fault(path: str, cs: str, en: str) -> dict[str, object]:
    return {"path": path, "code": "wrong", "severity": "error", "message": {"cs": cs, "en": en}}


@attrs.define
class FakeBatches:
    """A trial with a fault, and one that is under way."""

    known: tuple[Batch, ...] = (
        BATCH,
        attrs.evolve(BATCH, id="b-K7mQx4Rt9c", state=BatchState.WORKING, ended_at=None, repeated=0),
    )

    def recent(self, institution: str, **_: object) -> tuple[Batch, ...]:
        return self.known

    def find(self, institution: str, batch_id: str) -> Batch:
        for batch in self.known:
            if (batch.id, batch.institution) == (batch_id, institution):
                return batch
        raise UnknownBatch(batch_id)

    def results(
        self,
        institution: str,
        batch_id: str,
        *,
        after: int = 0,
        limit: int = 100,
        refused: bool | None = None,
    ) -> tuple[BatchResult, ...]:
        faults = (
            a_fault("hodnoceni[0].typ_hodnoceni_prubezny", "hodnotě „poklepání po rameni“ nelze rozumět; správně je: zkouška", "the value “a pat on the back” can't be understood; right would be: examination"),
            a_fault("ects", "počet kreditů ECTS 75 není v rozmezí 1 až 60", "75 ECTS credits are not within 1 to 60"),
        )  # fmt: skip
        found = (
            BatchResult(
                1, refused=False, row=2, evidence_number="MU/2026/ř-1", identifier=IDENTIFIERS["valid"]
            ),
            BatchResult(2, refused=False, row=3, evidence_number="MU/2026/ř-2"),
            BatchResult(3, refused=True, row=4, evidence_number="MU/2026/ř-3", findings=faults),
        )
        asked = (result for result in found if result.number > after and refused in {None, result.refused})
        return tuple(asked)[:limit]


class FakeProposals:
    """Two that wait, with a reason and without, and one that was decided."""

    def recent(self, institution: str, **_: object) -> tuple[Proposal, ...]:
        waits = Proposal(
            "p-K7mQx4Rt9b", "mu", Deed.REVOKE, IDENTIFIERS["valid"], BATCH.actor, AT, AT,
            content={"reason": "Kurz nebyl dokončen."},
        )  # fmt: skip
        decided = attrs.evolve(waits, state=ProposalState.REFUSED, decided_at=AT, decided_by="person host-2")
        batch = attrs.evolve(waits, id="p-K7mQx4Rt9c", deed=Deed.ISSUE, subject=BATCH.id, content={})
        return (waits, batch, attrs.evolve(decided, id="p-K7mQx4Rt9d", content={}))


@attrs.frozen
class OpenSharing:
    """Shows by the permanent link what it shows where nobody decided anything; nobody has a holder's link, but who is issued one."""

    system: FakeSystem

    def by_identifier(self, identifier: str) -> Display:
        _, report = self.system.verify_archived(identifier)
        disclosed = disclosed_by_link(report, Access.OPEN)
        assert disclosed is not None
        return Display(identifier, disclosed, (), report, Access.OPEN)

    def at_once(self, identifier: str) -> Display | None:
        """Know nothing by heart, so that whoever asks has to look."""

    def to_be_stated(self, identifier: str) -> tuple[Report, str]:
        (judged, *_), report = self.system.verify_archived(identifier)
        return report, sha256(judged.octets).hexdigest()

    def first_holder_link(self, identifier: str) -> str:
        return f"{self.system.settings.base_url}/h/7tGv2kXq9RmHc4LzWb8nYpKd3s"

    def held_by(self, secret: str) -> None:
        raise UnknownShare

    def look(self, token: str) -> None:
        raise UnknownShare

    def open(self, token: str) -> None:
        raise UnknownShare

    def see(self, token: str, given: str) -> None:
        raise UnknownShare


@attrs.frozen
class FakeLog:
    """Gives the proofs of whatever there is."""

    system: FakeSystem

    def proofs(self, identifier: str) -> dict[str, bytes]:
        self.system.report_of(identifier)
        return self.system.proof_files


@attrs.define
class FakeSystem:
    """Knows the identifiers above; a file is a report when it has its name in it."""

    settings: Settings
    reports: dict[str, Report]
    picture_file: bytes = b""
    proof_files: dict[str, bytes] = attrs.field(factory=dict)
    asked: list[str] = attrs.field(factory=list)
    crash: Exception | None = None
    arrived: threading.Event = attrs.field(factory=threading.Event)
    gate: threading.Event = attrs.field(factory=_open_gate)
    drawing: threading.Event = attrs.field(factory=threading.Event)
    brush: threading.Event = attrs.field(factory=_open_gate)
    parts: dict = attrs.field(factory=dict)
    measures: Measures = attrs.field(factory=lambda: Measures(wanted=False))
    texts: Texts = attrs.field(factory=lambda: PairedTexts(["mikrocert_portal"]))
    accounts: FakeAccounts | None = None
    batches: FakeBatches = attrs.field(factory=FakeBatches)
    proposals: FakeProposals = attrs.field(factory=FakeProposals)
    stated: dict[str, KeptStatement] = attrs.field(factory=dict)
    sharing: Any = None
    wallets: Wallets | None = None

    def __attrs_post_init__(self) -> None:
        self.sharing = self.sharing or OpenSharing(self)

    def verify_confined(self, data: bytes, *, at: datetime | None = None) -> Report:
        self.asked.append(f"file of {len(data)}")
        self.arrived.set()
        self.gate.wait()
        return self.verify(data, at=at)

    @property
    def gives_statements(self) -> bool:
        return self.settings.statements is not None

    def state(self, report: Report, *, file: str, language: str) -> Statement:
        kept = KeptStatement(f"{len(self.stated) + 1}".zfill(22), file, report.verdict, report.at)
        self.stated[kept.id] = kept
        files = [("pdf", "application/pdf"), ("json", "application/json"), ("xml", "application/xml")]
        return Statement(
            kept.id, tuple(StatementFile(f".{suffix}", kind, suffix.encode()) for suffix, kind in files)
        )

    def statement(self, statement_id: str) -> KeptStatement:
        if self.crash:
            raise self.crash
        if statement_id not in self.stated:
            raise UnknownStatement(statement_id)
        return self.stated[statement_id]

    def leave_connections(self) -> None:
        pass

    def prepare_confined(self, *, among: int = 1) -> None:
        pass

    def verify(self, data: bytes, *, at: datetime | None = None) -> Report:
        if self.crash:
            raise self.crash
        name = data[:40].decode("utf-8", errors="replace").strip()
        if name.startswith('{"id": "'):
            return self.report_of(name.split('"')[3])
        return self.reports.get(name, self.reports["unusable"])

    def report_of(self, identifier: str) -> Report:
        self.asked.append(identifier)
        if self.crash:
            raise self.crash
        names = {value: name for name, value in IDENTIFIERS.items()}
        if identifier not in names:
            raise UnknownIdentifier(identifier)
        return self.reports[names[identifier]]

    @property
    def packagings(self) -> tuple[Packaging, ...]:
        return (Packaging("application/ld+json", ".jsonld", "jades"),)

    def files(self, identifier: str) -> tuple[File, ...]:
        self.report_of(identifier)
        # What is verified next is known by the name in its octets.
        return (
            attrs.evolve(FILES[0], octets=f'{{"id": "{identifier}"}}'.encode() + FILES[0].octets),
            FILES[1],
        )

    def verify_archived(self, identifier: str) -> tuple[tuple[File, ...], Report]:
        files = self.files(identifier)
        return files, self.verify(files[0].octets)

    @property
    def log(self) -> FakeLog:
        return FakeLog(self)

    def picture_confined(self, identifier: str, *, language: str) -> bytes:
        self.report_of(identifier)
        self.drawing.set()
        self.brush.wait()
        return self.picture_file or a_png()

    @property
    def copies(self) -> tuple[CopyOffer, ...]:
        return (CopyOffer("large-print", Message("Copies in large print"), "text/html", ".html"),)

    def copy_confined(self, identifier: str, *, renderer: str) -> bytes:
        self.report_of(identifier)
        return f"<!DOCTYPE html><title>{renderer} {identifier} 14. března 1994</title>".encode()

    def archived(self, identifier: str) -> Archived:
        self.report_of(identifier)
        entries = Registration(identifier, "mu", "MU/2026/ř-1", AWARDED)
        status = self.report_of(identifier).status or self.reports["valid"].status
        return Archived(entries, 1, None, "Tereza Černohorská", status, None, None, (), "", b"")

    def registrations(self, institution: str, **_: object) -> tuple[Registration, ...]:
        self.asked.append(f"registrations of {institution}")
        if self.crash:
            raise self.crash
        return ()

    def credentials(self, *, institution: str, **_: object) -> tuple[Archived, ...]:
        return tuple(self.archived(IDENTIFIERS[name]) for name in ("valid", "revoked"))

    def find(self, text: str, *, institution: str, **_: object) -> tuple[Archived, ...]:
        return ()

    def history(self, identifier: str) -> tuple[Event, ...]:
        issued = Event(1, EventKind.ISSUED, AWARDED, None, None, "")
        revoked = Event(2, EventKind.REVOKED, AT, "chybně uvedené jméno držitele", None, "")
        return (issued, revoked) if identifier == IDENTIFIERS["revoked"] else (issued,)

    def link(self, identifier: str) -> str:
        return f"{self.settings.base_url}/verify/{identifier}"

    def awarding_institutions(self) -> tuple[LanguageMap, ...]:
        return (
            both("Říp, vysoká škola", "Říp University"),
            both("Polabská univerzita", "University of Polabí"),
        )

    def institution_name(self, institution: str) -> LanguageMap:
        return both("Polabská univerzita", "University of Polabí")

    def new_holder_link(self, identifier: str, *, actor: str) -> str:
        return self.sharing.new_holder_link(identifier, actor=actor)

    def credentials_of(self, name: str, *, institution: str, **_: object) -> tuple[Archived, ...]:
        self.asked.append(f"credentials of {name} at {institution}")
        return ()

    @property
    def public_catalogue(self) -> None:
        raise NoArchiveError(Message("there is no archive"))

    def identifier_of(self, text: str) -> str | None:
        return find_identifier(text, base_url=self.settings.base_url)


def a_system(**changes: object) -> FakeSystem:
    operator = Operator(
        both("Polabská univerzita", "University of Polabí"),
        "NTRCZ-12345679",
        "mcert@example.cz",
        "https://www.polabi.example/",
    )
    settings = Settings(base_url="https://mikrocertifikat.cz", operator=operator)
    return FakeSystem(attrs.evolve(settings, **changes), reports())


class Scope(Enum):
    """What a key is for."""

    ISSUE = "issue"
    READ = "read"
    REVOKE = "revoke"


@attrs.frozen
class FakeCaller:
    institution: str
    scopes: frozenset[Scope]
    name: str


@attrs.define
class FakeAccounts:
    """Knows a key of two universities each, and one that is for issuing only."""

    callers: dict[str, FakeCaller] = attrs.field(
        factory=lambda: {
            "key-of-mu": FakeCaller("mu", frozenset(Scope), "key 1"),
            "key-of-ripska": FakeCaller("ripska", frozenset(Scope), "key 2"),
            "only-issue": FakeCaller("mu", frozenset({Scope.ISSUE}), "key 3"),
        }
    )
    asked: list[tuple[str | None, datetime]] = attrs.field(factory=list)
    certificates: list[bytes | None] = attrs.field(factory=list)
    institutions: set[str] = attrs.field(factory=lambda: {"mu", "ripska"})
    crash: Exception | None = None

    def authenticate(
        self, secret: str, *, address: str | None, at: datetime, certificate: bytes | None = None
    ) -> FakeCaller:
        self.asked.append((address, at))
        self.certificates.append(certificate)
        if self.crash:
            raise self.crash
        if secret not in self.callers:
            raise AuthenticationError
        return self.callers[secret]

    def person(self, institution: str, *, scopes: frozenset[object], name: str, at: datetime) -> FakeCaller:
        self.asked.append((name, at))
        if institution not in self.institutions:
            raise AuthenticationError
        return FakeCaller(institution, frozenset(Scope(scope.value) for scope in scopes), name)


@pytest.fixture
def accounts(system) -> FakeAccounts:
    system.accounts = FakeAccounts()
    return system.accounts


@pytest.fixture
def make_system():
    """Makes a system whose settings differ by these."""
    return a_system


@pytest.fixture(name="reports")
def all_reports() -> dict[str, Report]:
    return reports()


@pytest.fixture
def identifiers() -> dict[str, str]:
    return IDENTIFIERS


@pytest.fixture
def system() -> FakeSystem:
    return a_system()


@attrs.frozen
class Running:
    """A portal behind a real socket."""

    system: FakeSystem
    port: int
    shared: Shared

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


HELD = {"valid": IDENTIFIERS["valid"], "revoked": IDENTIFIERS["revoked"], "replaced": IDENTIFIERS["replaced"]}
"""What holders have links of, by what became of it."""


def make_held(folder: Path) -> dict[str, str]:
    """Make an archive in which credentials have holders; return their secrets by the state of the credential."""
    system, url = a_system(), f"sqlite:///{folder / 'archive.sqlite'}"
    init_archive(url)
    with open_archive(url) as archive:
        for number, identifier in enumerate(HELD.values()):
            artefacts = tuple(
                NewArtefact(file, *((b"payload", "urn:x") if file.kind is FileKind.CREDENTIAL else ()))
                for file in system.files(identifier)
            )
            registration = Registration(identifier, "mu", f"MU/{number}", AWARDED)
            archive.record(NewCredential(registration, identifier.encode(), "Tereza Černohorská", artefacts))
        sharing = Sharing(lambda: archive, settings=system.settings, verify=system.verify_archived)
        links = {state: str(sharing.first_holder_link(identifier)) for state, identifier in HELD.items()}
    return {state: link.rpartition("/")[2] for state, link in links.items()}


@contextmanager
def holders_of(
    system: FakeSystem, folder: Path, *, made: tuple[Path, dict[str, str]] | None = None
) -> Generator[tuple[Archive, dict[str, str]]]:
    """Give an archive in which credentials have holders, and their secrets by the state of the credential.

    What was `made` in another folder is copied; none makes it anew.
    """
    if made is not None:
        shutil.copytree(made[0], folder, dirs_exist_ok=True)
    secrets = make_held(folder) if made is None else dict(made[1])
    with open_archive(f"sqlite:///{folder / 'archive.sqlite'}") as archive:
        sharing = Sharing(lambda: archive, settings=system.settings, verify=system.verify_archived)
        system.sharing, system.wallets = sharing, Wallets(lambda: archive, sharing=sharing)
        yield archive, secrets


@pytest.fixture(scope="module")
def run_portal():
    """Runs a portal over these settings until the module is done; returns where.

    The system is the one above with these settings, or what `over` opens at an address.
    """
    with ExitStack() as stack:

        def run(*, config: PortalConfig | None = None, over: Any = None, **settings: object) -> Running:
            from mikrocert_portal.app import create_app
            from mikrocert_portal.serving import listen, server

            config = config or PortalConfig()
            listening = stack.enter_context(listen("127.0.0.1", 0))
            port = listening.getsockname()[1]
            base_url = f"http://127.0.0.1:{port}"
            system: Any = (
                stack.enter_context(over(base_url))
                if over
                else a_system(**({"base_url": base_url} | settings))
            )
            shared = Shared.of(config.limits)
            running = server(create_app(system, config=config, shared=lambda: shared), config=config)
            thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})

            def stop() -> None:
                running.should_exit = True
                thread.join()

            thread.start()
            stack.callback(stop)
            return Running(system, port, shared)

        yield run


class Toy(Institution):
    """The invented university of the test kit."""

    profile = example_profile()
    intake = "json"


@contextmanager
def _toy(_: object) -> Generator[Toy]:
    yield Toy()


class ToyPlugin:
    """Offers it."""

    @staticmethod
    @hookimpl
    def mikrocert_register_institutions() -> list[object]:
        return [offer("toy", "An invented university", NoConfig, _toy)]


@contextmanager
def real_system(folder: Path, *, base_url: str = "https://toy.example") -> Generator[Any]:
    """Open a sandbox with one university, over the archive in a folder."""
    plugins = Plugins()
    plugins.add(core_plugin, name="core", distribution="mikrocert")
    plugins.add(portal_plugin, name="portal", distribution="mikrocert-portal")  # for its sentences
    plugins.add(ToyPlugin, name="toy")
    operator = Operator(LanguageMap.of("Řípská", "Rip"), "NTRCZ-12345679", contact="a@ripska.example")
    settings = Settings(
        base_url=base_url, sandbox=True, operator=operator, archive=ArchiveSettings(), folder=folder
    )
    with open_system(settings, plugins=plugins) as system:
        yield system


@pytest.fixture(scope="session")
def open_toy():
    """Return what opens a sandbox with one university, over the archive in a folder."""
    return real_system


@pytest.fixture(scope="session")
def with_holders(tmp_path_factory):
    """Return what gives credentials of a system holders, in a copy of an archive that is made once."""
    folder = tmp_path_factory.mktemp("held")
    return partial(holders_of, made=(folder, make_held(folder)))
