"""The assembled system: opens once, closes for sure, serves several threads."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import attrs
import pytest
from mikrocert.archive import ErasureReason
from mikrocert.award.canonical import award_to_json
from mikrocert.errors import (
    ErasedError,
    IntakeError,
    NoArchiveError,
    RenderError,
    SettingsError,
    UnknownIdentifier,
    UnknownOffer,
)
from mikrocert.kinds.envelope import TrustedLists
from mikrocert.kinds.institution import Branding
from mikrocert.kinds.intake import Intake, IntakeRecord
from mikrocert.kinds.observer import Observer
from mikrocert.kinds.signer import Identity
from mikrocert.parsing import strict_json
from mikrocert.report import Outcome, Verdict
from mikrocert.service.system import open_system
from mikrocert.settings import Archive, TrustedListSettings, TrustSettings
from mikrocert.testing import example_award, example_profile
from mikrocert.texts import LanguageMap
from sqlalchemy import Engine, event

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
def settings(toy, tmp_path, empty_archive):
    shutil.copytree(empty_archive, tmp_path, dirs_exist_ok=True)
    return toy.settings(tmp_path)


@pytest.fixture
def system(toy, settings):
    with open_system(settings, plugins=toy.plugins()) as opened:
        yield opened


@pytest.fixture
def receipt(system):
    return issued(system)


def issued(system, **how):
    """Issue the example and return its receipt."""
    [result] = system.issue([IntakeRecord(1, award=example_award())], **{"institution": "toy", **how})
    return result.receipt


def replaced(toy, kind, name, make, closed=None):
    """Return toy plugins with one offer made otherwise."""
    plugins = toy.plugins()
    del getattr(plugins, kind)._offered[name]
    plugins.add(toy.offering(kind, name, lambda _: make(), closed=closed), name="otherwise")
    assert plugins.failures == []
    return plugins


def test_issues_and_verifies(system, receipt):
    """By file, certificate and identifier."""
    identifier = receipt.registration.identifier
    for file in receipt.files:
        assert system.verify(file.octets).verdict is Verdict.VALID
        assert system.file(identifier, file.kind) == file
    assert system.verify_identifier(identifier).verdict is Verdict.VALID
    assert system.archived(identifier).registration == receipt.registration
    assert receipt.link == system.link(identifier) == f"https://toy.example/verify/{identifier}"
    assert system.identifier_of(receipt.link) == identifier


@pytest.mark.parametrize("identifier", ["aaaaBBBB2222", "", "not an identifier", "../../etc/passwd"])
def test_unknown_identifiers_are_unknown(system, identifier):
    """Also what is no identifier at all."""
    for ask in (system.archived, system.verify_identifier):
        with pytest.raises(UnknownIdentifier):
            ask(identifier)
    with pytest.raises(UnknownIdentifier):
        system.picture(identifier, language="cs")


def test_an_archive_that_is_not_there_is_no_answer(toy, tmp_path):
    """A wrong path must not look like an unknown identifier, and nobody makes an archive in passing."""
    with open_system(toy.settings(tmp_path), plugins=toy.plugins()) as system:
        for ask in (system.archived, system.verify_identifier):
            with pytest.raises(NoArchiveError, match="archive init"):
                ask("aaaaBBBB2222")
        with pytest.raises(NoArchiveError):
            issued(system)
        assert system.verify(toy.sealed(toy.payload())).outcome("status") is Outcome.UNDETERMINED
    assert not list(tmp_path.glob("*.sqlite*"))


def test_without_archive_there_is_no_answer(toy, settings):
    """Who only verifies has no archive, so that no identifier can be called unknown."""
    with open_system(attrs.evolve(settings, archive=None), plugins=toy.plugins()) as system:
        with pytest.raises(NoArchiveError, match="the settings name none"):
            system.archived("aaaaBBBB2222")
        assert system.verify(b"x").verdict is Verdict.UNUSABLE


FORBIDDEN = {  # name → (settings changed, message)
    "no operator": ({"operator": None}, "issuing needs \\[operator\\] in mikrocert.toml"),
    "no archive": ({"archive": None}, "issuing needs \\[operator\\] in mikrocert.toml; its archive"),
    "no sandbox": ({"sandbox": False}, "says sandbox = true"),
    "unknown rule set": ({"rule_set": "CZ-HE-1348"}, "there are: CZ-HE-2024"),
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_settings_can_forbid_issuing(toy, settings, name):
    """A test seal outside the sandbox, and whatever is missing."""
    changes, message = FORBIDDEN[name]
    with (
        open_system(attrs.evolve(settings, **changes), plugins=toy.plugins()) as system,
        pytest.raises(SettingsError, match=message),
    ):
        issued(system)


def test_the_seal_has_to_be_the_operators(toy, settings):
    """Nobody issues with somebody else's seal."""
    operator = attrs.evolve(settings.operator, organization_identifier="NTRCZ-1")
    with (
        open_system(attrs.evolve(settings, operator=operator), plugins=toy.plugins()) as system,
        pytest.raises(
            SettingsError, match=r"belongs to NTRCZ-00000000, mikrocert\.toml names operator NTRCZ-1"
        ),
    ):
        issued(system)


def test_a_signer_without_owner_issues_nothing(toy, settings):
    """A key alone is nobody's."""
    nameless = type("Nameless", (toy.Signer,), {"identity": Identity("TOY", b"key")})
    with (
        open_system(settings, plugins=replaced(toy, "signers", "toy", nameless)) as system,
        pytest.raises(SettingsError, match="names no owner"),
    ):
        issued(system)


@pytest.mark.parametrize("names", [{"institution": "x"}, {"formats": ("x",)}, {"signer": "x"}])
def test_unknown_names_list_what_there_is(system, names):
    """Institution, format, signer."""
    with pytest.raises(UnknownOffer, match=r"there are: (data, )?toy"):
        issued(system, **names)


def test_what_is_not_named_has_to_be_the_only_one(toy, settings):
    """Of two signers none is taken by chance."""
    plugins = toy.plugins()
    plugins.add(toy.offering("signers", "other", lambda _: toy.Signer()), name="other")
    with open_system(settings, plugins=plugins) as system:
        with pytest.raises(UnknownOffer, match=r"which one.*there are: other, toy"):
            issued(system)
        assert issued(system, signer="toy").created


def test_an_envelope_that_is_not_installed_is_named(toy, settings):
    """A format whose envelope is missing issues nothing, and the error lists those there are."""
    plugins = toy.plugins()
    del plugins.envelopes._offered["toy-pdf"]
    with (
        open_system(settings, plugins=plugins) as system,
        pytest.raises(UnknownOffer, match=r"there is no 'toy-pdf'.*there are: toy-seal"),
    ):
        issued(system)


def test_a_session_is_closed_after_the_batch(toy, settings):
    """Also when the batch ends in an error; and it isn't opened for verifying."""
    closed = []
    with open_system(settings, plugins=replaced(toy, "signers", "toy", toy.Signer, closed)) as system:
        system.verify(b"x")
        assert closed == []
        issued(system)
        assert closed == ["toy"]
        with pytest.raises(UnknownIdentifier):
            issued(system, replaces="aaaaBBBB2222", reason="překlep")
        assert closed == ["toy", "toy"]


def test_everything_is_closed_at_the_end(toy, settings):
    """Envelopes and renderer live as long as the system."""
    closed = []
    plugins = replaced(toy, "renderers", "toy", toy.Renderer, closed)
    with open_system(settings, plugins=plugins) as system:
        assert system.renderer is system.renderer
        assert closed == []
    assert closed == ["toy"]


def test_threads_open_everything_once(toy, settings):
    """Eight threads that come at once share one verifier and one archive."""
    made = []

    def envelope():
        made.append(threading.get_ident())
        return toy.envelopes["toy-seal"]

    barrier = threading.Barrier(8)
    with open_system(settings, plugins=replaced(toy, "envelopes", "toy-seal", envelope)) as system:

        def verify(_):
            barrier.wait()
            return system.verify(toy.sealed(toy.payload())).verdict, id(system.archive)

        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(verify, range(8)))) == 1
    assert len(made) == 1


def test_a_picture_has_no_birth_date(system, receipt):
    """Strangers see the front without it, in the language asked for."""
    picture = system.picture(receipt.registration.identifier, language="en").decode()
    assert picture == "PNG en Data Analysis in Python None"
    assert system.picture(receipt.registration.identifier, language="cs") != picture


def test_no_picture_outlives_the_content(system, receipt):
    """What was drawn before the content was erased is not shown any more."""
    identifier = receipt.registration.identifier
    system.picture(identifier, language="cs")
    system.erase(identifier, reason=ErasureReason.OTHER)
    with pytest.raises(ErasedError):
        system.picture(identifier, language="cs")


def test_a_picture_is_drawn_once(toy, settings):
    """The second one comes from memory, and verifying doesn't wait for one being drawn."""
    drawing, done = threading.Event(), threading.Event()
    drawn = []

    class Slow(toy.Renderer):
        def pages(self, certificate, *, branding):
            if certificate.front.birth is None:
                drawn.append(certificate.languages[0])
                drawing.set()
                assert done.wait(30)
            return super().pages(certificate, branding=branding)

    with open_system(settings, plugins=replaced(toy, "renderers", "toy", Slow)) as system:
        receipt = issued(system)
        with ThreadPoolExecutor(2) as pool:
            pictures = [
                pool.submit(system.picture, receipt.registration.identifier, language="cs") for _ in range(2)
            ]
            assert drawing.wait(30)
            assert system.verify(receipt.files[0].octets).verdict is Verdict.VALID
            done.set()
            assert pictures[0].result() == pictures[1].result()
    assert drawn == ["cs"]


@pytest.mark.system
def test_no_picture_of_what_is_not_genuine(toy, system):
    """Where the archive's file is broken, its content isn't drawn."""
    new = toy.new(sealed=toy.sealed(toy.payload()) + b" ")
    system.archive.record(new)
    with pytest.raises(RenderError, match="can't be shown as genuine"):
        system.picture(new.registration.identifier, language="cs")


def test_an_export_is_read_by_the_institutions_intake(toy, system):
    """An intake may be named instead; a crash of one is blamed."""
    export = strict_json.dumps({"awards": [award_to_json(example_award())]}).encode()
    for intake in (None, "json"):
        [record] = system.read(export, institution="toy", intake=intake)
        assert record.award == example_award()
        with pytest.raises(IntakeError, match="has no record"):
            system.read(b'{"awards": []}', institution="toy", intake=intake)
    with pytest.raises(UnknownOffer, match=r"intakes: there is no 'jsno' \(did you mean 'json'"):
        system.read(b"", institution="toy", intake="jsno")


def crashing_after(records):
    def read(self, data, **_):
        yield from records
        raise SystemExit(0)

    return type("Crashing", (Intake,), {"read": read})()


def test_a_record_at_which_the_intake_crashes_is_refused(toy, system):
    """What came before it stays; the plugin is named, also one that would end the program with success."""
    record, third = (IntakeRecord(number, award=example_award()) for number in (1, 3))
    for name, records in (("late", [record]), ("early", []), ("odd", [record, "no record", third])):
        system.plugins.add(toy.offering("intakes", name, lambda _, r=records: crashing_after(r)), name=name)
    first, crash = system.read(b"", institution="toy", intake="late")
    assert first == record
    assert (crash.number, crash.award, crash.findings[0].code) == (2, None, "plugin-crashed")
    line = crashing_after.__code__.co_firstlineno + 3
    place = f"core.tests.test_core_system:{line}"
    assert str(crash.findings[0].message) == f"intake late crashed: SystemExit at {place}"
    assert crash.findings[1].code == "unread"
    odd = system.read(b"", institution="toy", intake="odd")
    assert [len(record.findings) for record in odd] == [0, 1, 0, 2]
    assert str(odd[1].findings[0].message) == "intake odd: read is str; IntakeRecord would be right"
    with pytest.raises(IntakeError, match="intake early crashed"):
        system.read(b"", institution="toy", intake="early")


def test_an_intake_that_crashes_for_ever_is_left(toy, system):
    """Reading ends; what the intake gave before stays."""

    class Endless(Intake):
        def __init__(self, first):
            self.first = first

        def read(self, data, **_):
            return self

        def __iter__(self):
            return self

        def __next__(self):
            if self.first:
                return self.first.pop()
            raise ZeroDivisionError

    first = IntakeRecord(1, award=example_award())
    system.plugins.add(toy.offering("intakes", "endless", lambda _: Endless([first])), name="endless")
    records = system.read(b"", institution="toy", intake="endless")
    assert records[0] == first
    assert len(records) == 101


ANCHORS = {  # name → (octets or none, message)
    "missing": (None, "there is no such file"),
    "empty": (b"", "can't be read as PEM"),
    "cut": (b"-----BEGIN CERTIFICATE-----\ndG95\n", "can't be read as PEM"),
    "not base64": (b"-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----", "can't be read as PEM"),
}


@pytest.mark.parametrize("name", ANCHORS)
def test_wrong_anchors_are_settings_that_are_wrong(toy, settings, tmp_path, name):
    """A typo in trust.anchors never means that nobody, or anybody, is trusted."""
    octets, message = ANCHORS[name]
    (tmp_path / "root.pem").unlink()
    if octets is not None:
        (tmp_path / "root.pem").write_bytes(octets)
    with open_system(settings, plugins=toy.plugins()) as system, pytest.raises(SettingsError, match=message):
        system.verify(b"x")


@pytest.mark.parametrize("member", ["organisations", "qualified"])
def test_policy_is_an_anchors(toy, settings, member):
    """What the settings say of an anchor reaches who judges; of something that is no anchor it is refused."""
    trust = attrs.evolve(settings.trust, **{member: ("root.pem",)})
    with open_system(attrs.evolve(settings, trust=trust), plugins=toy.plugins()) as system:
        assert getattr(system.verifier.trust, member) == frozenset(system.verifier.trust.anchors)
    trust = attrs.evolve(settings.trust, **{member: ("other.pem",)})
    with (
        open_system(attrs.evolve(settings, trust=trust), plugins=toy.plugins()) as system,
        pytest.raises(SettingsError, match=rf"trust\.{member}: other\.pem is not among trust\.anchors"),
    ):
        system.verify(b"x")


def test_revocation_is_what_the_settings_say(toy, settings):
    """Data about revocations are required and nobody is asked, unless the settings say otherwise."""
    with open_system(settings, plugins=toy.plugins()) as system:
        trust = system.verifier.trust
    assert (trust.revocation, trust.revocation_hosts) == ("required", frozenset())
    lax = attrs.evolve(settings.trust, revocation="if-available", revocation_hosts=("OCSP.example.cz",))
    with open_system(attrs.evolve(settings, trust=lax), plugins=toy.plugins()) as system:
        trust = system.verifier.trust
    assert (trust.revocation, trust.revocation_hosts) == ("if-available", frozenset({"ocsp.example.cz"}))


def test_trusted_lists_reach_who_judges(toy, settings):
    """Where the lists are and who signs the list of lists reach who judges; without the certificates nothing is verified."""
    lists = TrustedListSettings(signers=("root.pem",), folder="seznamy")
    with open_system(
        attrs.evolve(settings, trust=attrs.evolve(settings.trust, lists=lists)), plugins=toy.plugins()
    ) as system:
        trust = system.verifier.trust
        assert trust.lists == TrustedLists(settings.path("seznamy"), trust.anchors)
    lists = attrs.evolve(lists, signers=("no.pem",))
    with (
        open_system(
            attrs.evolve(settings, trust=attrs.evolve(settings.trust, lists=lists)), plugins=toy.plugins()
        ) as system,
        pytest.raises(SettingsError, match=r"trust\.lists\.signers"),
    ):
        system.verify(b"x")


def test_operators_certificates_are_pinned(toy, settings):
    """Listed certificates reach who verifies, and a signer with another one is refused before anything is sealed."""
    operator = attrs.evolve(settings.operator, seal_certificates=("root.pem",))
    with open_system(attrs.evolve(settings, operator=operator), plugins=toy.plugins()) as system:
        assert system.verifier.seal_certificates == frozenset(system.verifier.trust.anchors)
        with pytest.raises(SettingsError, match=r"not among operator\.seal_certificates"):
            list(system.issue([IntakeRecord(1, award=example_award())], institution="toy"))


def test_observers_hear_of_what_happens(toy, settings):
    """Each verification, each new credential once, revoking and replacing; one who raises changes nothing."""
    heard = []

    class Listening(Observer):
        def verified(self, report):
            heard.append(("verified", report.verdict))

        def issued(self, receipt):
            heard.append(("issued", receipt.registration.identifier))
            raise SystemExit(0)

        def revoked(self, registration, status):
            heard.append(("revoked", registration.identifier, status.reason))

        def replaced(self, registration, status):
            heard.append(("replaced", registration.identifier, status.successor))

    plugins = toy.plugins()
    plugins.add(toy.offering("observers", "listening", lambda _: Listening()), name="listening")
    with open_system(settings, plugins=plugins) as system:
        system.verify(b"x")
        first = issued(system).registration.identifier
        assert not issued(system).created
        corrected = attrs.evolve(example_award(), title=LanguageMap.of("Oprava ř"))
        how = {"institution": "toy", "replaces": first, "reason": "překlep"}
        [result] = system.issue([IntakeRecord(1, award=corrected)], **how)
        second = result.receipt.registration.identifier
        system.revoke(second, reason="omyl")
    assert heard == [
        ("verified", Verdict.UNUSABLE),
        ("issued", first),
        ("issued", second),
        ("replaced", first, second),
        ("revoked", second, "omyl"),
    ]


def test_an_operators_name_is_shown_as_settings_say(settings):
    """Operator and base are at hand for pages."""
    assert settings.operator.name == LanguageMap.of("Řípská")
    assert settings.archive_url.startswith("sqlite:////")
    assert attrs.evolve(settings, archive=Archive("sqlite:////x")).archive_url == "sqlite:////x"


def genuine(toy):
    """Return toy plugins with a seal that is no test."""
    owner = attrs.evolve(toy.Signer.identity.owner, test=False)
    signer = type("Genuine", (toy.Signer,), {"identity": attrs.evolve(toy.Signer.identity, owner=owner)})
    return replaced(toy, "signers", "toy", signer)


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_trap_is_refused_before_the_first_award(toy, settings, dry_run):
    """All traps at once, in a dry run too; nothing is signed, reserved or recorded."""
    trap = attrs.evolve(settings, base_url="http://127.0.0.1:8000", trust=TrustSettings())
    progress = []
    with (
        open_system(trap, plugins=genuine(toy)) as system,
        pytest.raises(
            SettingsError, match=r"nothing was issued: base_url is http.*; neither a certificate of trust"
        ),
    ):
        issued(system, dry_run=dry_run, on_progress=lambda *phase: progress.append(phase))
    assert progress == []
    with open_system(settings, plugins=toy.plugins()) as system:
        assert system.archive.last_event() is None
        assert system.archive.registrations() == ()


def test_nothing_is_issued_in_a_look_that_the_institution_did_not_choose(
    toy, settings, tmp_path, monkeypatch
):
    """Templates that are all for another renderer are told before the first award."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "front.html").write_text("ř")
    profile = attrs.evolve(example_profile(), branding=Branding(templates=tmp_path / "templates"))
    monkeypatch.setattr(toy.University, "profile", profile)
    with (
        open_system(settings, plugins=toy.plugins()) as system,
        pytest.raises(
            SettingsError,
            match=r"toy has templates \(front\.html\), and the renderer that is chosen takes none",
        ),
    ):
        issued(system)


def test_what_is_about_to_go_wrong_is_told_before_the_first_award(toy, settings):
    """A mandate that doesn't hold refuses each award; it is told first, and what was issued gets its receipt."""
    with open_system(settings, plugins=toy.plugins()) as system:
        receipt = issued(system)
    mandate = attrs.evolve(toy.University.profile.mandate, valid_until=date(2026, 1, 2))
    profile = attrs.evolve(toy.University.profile, mandate=mandate)
    plugins = replaced(toy, "institutions", "toy", type("Lapsed", (toy.University,), {"profile": profile}))
    happened = []
    records = [
        IntakeRecord(1, award=example_award()),
        IntakeRecord(2, award=attrs.evolve(example_award(), evidence_number="UŘ/2026/2")),
    ]
    with open_system(settings, plugins=plugins) as system:
        for result in system.issue(
            records, institution="toy", on_warning=lambda finding: happened.append(finding.code)
        ):
            happened.append(result.refused)
            assert result.refused or result.receipt == attrs.evolve(receipt, created=False, holder_link=None)
    assert happened == ["no-mandate", False, True]


def test_genuine_seals_need_no_sandbox(toy, settings):
    """Only a test seal is bound to the sandbox."""
    with open_system(attrs.evolve(settings, sandbox=False), plugins=genuine(toy)) as system:
        [result] = system.issue([IntakeRecord(1, award=example_award())], institution="toy", dry_run=True)
        assert not result.refused


def test_what_a_page_shows_is_read_once(system, receipt):
    """Files, status and history come from one transaction of the archive, and no file is read twice; the rest is as always."""
    identifier = receipt.registration.identifier
    system.prepare()  # whose archive it is, is asked once
    statements, begun = [], []

    def executed(_connection, _cursor, statement, *_):
        statements.append(statement)

    count = begun.append
    event.listen(Engine, "before_cursor_execute", executed)
    event.listen(Engine, "begin", count)
    try:
        files, report = system.verify_archived(identifier)
    finally:
        event.remove(Engine, "before_cursor_execute", executed)
        event.remove(Engine, "begin", count)
    assert sum("artefacts.octets" in statement for statement in statements) == len(files) == 2
    assert sum("FROM awards" in statement for statement in statements) == 1
    assert len(begun) == 2  # archive and keys
    assert files == system.files(identifier)
    assert attrs.evolve(report, at=AT) == attrs.evolve(system.verify_identifier(identifier), at=AT)


@pytest.mark.parametrize("deed", ["revoke", "erase", "unknown"])
def test_what_became_of_a_credential_is_on_its_page(system, receipt, deed):
    """A revoked one has its status; one that was erased, or never was, has no page."""
    identifier = receipt.registration.identifier
    if deed == "unknown":
        with pytest.raises(UnknownIdentifier):
            system.verify_archived("aaaaBBBB2222")
        return
    reason = ErasureReason.MISTAKE if deed == "erase" else "chybně uvedené jméno"
    getattr(system, deed)(identifier, reason=reason)
    if deed == "erase":
        with pytest.raises(ErasedError):
            system.verify_archived(identifier)
    else:
        _, report = system.verify_archived(identifier)
        assert report.status.reason == "chybně uvedené jméno"
        assert report.verdict is Verdict.INVALID
