"""Whose a credential is: proven by a trusted seal and by the archive's own record, and never by what a file says."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from mikrocert.api import Check
from mikrocert.errors import SettingsError
from mikrocert.kinds.intake import IntakeRecord
from mikrocert.report import CheckResult, Finding, Outcome, SealInfo, StatusValue, Verdict
from mikrocert.service.system import open_system
from mikrocert.service.verifying.core_checks import examine_sealing_time
from mikrocert.service.verifying.ours import NOBODY, OperatorIdentity, Ours
from mikrocert.settings import FormerOperator, Operator, Settings
from mikrocert.testing import example_award, example_owner
from mikrocert.texts import LanguageMap

P, F, U, N = Outcome.PASSED, Outcome.FAILED, Outcome.UNDETERMINED, Outcome.NOT_APPLICABLE
ID = "K7mQx4Rt9bHz"
LINK = "https://mikrocertifikat.cz/verify/"
OURS, NAME = "NTRCZ-00000000", "TEST Řípská"
STRANGER = {"name": "Jiná", "id": "NTRCZ-1", "country": "SK"}


def codes(report, check):
    return [finding.code for finding in report.result(check).findings]


def named(name):
    """Return what belongs to our operator if settings list this name too."""
    return Ours((OperatorIdentity(OURS, frozenset({name})),), (LINK,))


@pytest.fixture
def untrusted(toy):
    """Return a verifier of our operator that has no reason to trust any seal, nor to distrust one."""

    class Open(toy.Envelope):
        def examine(self, opened, *, trust, at):
            return CheckResult("integrity", P), CheckResult("trust", U)

    return toy.verifier(envelopes={"toy-seal": Open(toy.seal_mark, "ToySeal")})


# What the archive holds is judged by the archive


@pytest.mark.parametrize("ours", [NOBODY, Ours((OperatorIdentity("NTRCZ-00000001", frozenset()),))])
def test_what_was_revoked_is_invalid_whatever_settings_say_of_the_operator(toy, archive, ours):
    """With an operator that is missing or mistyped, the archive is asked all the same."""
    archive.record(toy.new(ID))
    archive.revoke(ID, reason="omyl", at=toy.at)
    report = toy.verifier(archive=archive, ours=ours).verify(toy.sealed(toy.payload()), at=toy.at)
    assert (report.outcome("status"), codes(report, "status")) == (F, ["revoked"])
    assert report.outcome("award") is P
    assert report.verdict is Verdict.INVALID


def test_anothers_file_under_an_identifier_of_ours_fails(toy, archive):
    """Whoever is named as its issuer, the archive knows other content."""
    archive.record(toy.new(ID))
    foreign = toy.sealed(toy.payload(issuer=STRANGER), owner=b"other")
    report = toy.verifier(archive=archive).verify(foreign, at=toy.at)
    assert codes(report, "status") == ["other-content"]


# Only the octets that were issued are a certificate of ours

REWRITTEN = {
    "a data file around the same content": lambda toy, payload: toy.sealed(payload).replace(
        b" test\n", b" test \n"
    ),
    "another certificate around the data file": lambda toy, payload: toy.sealed(
        toy.sealed(payload), mark=b"%TOYPDF "
    ).replace(b"%TOYPDF ", b"%TOYPDF +", 1),
}


def loosely(toy):
    """Return envelopes that find everything intact and take any spelling of a head."""

    class Loose(toy.Envelope):
        def open(self, data):
            head, _, payload = data.partition(b"\n")
            tidy = self.mark + b" ".join(head.replace(b"+", b"").split()[1:]) + b"\n" + payload
            return super().open(tidy)

    return {name: Loose(double.mark, double.kind) for name, double in toy.envelopes.items()}


@pytest.mark.parametrize("name", REWRITTEN)
def test_a_file_of_ours_has_to_be_the_one_that_was_issued(toy, archive, name):
    """Sealed by the very key of the operator or not: other octets than the archive's are not what was issued."""
    archive.record(toy.new(ID))
    verifier = toy.verifier(archive=archive, envelopes=loosely(toy))
    report = verifier.verify(REWRITTEN[name](toy, toy.payload()), at=toy.at)
    assert report.outcome("integrity") is P
    assert report.outcome("status") is F
    assert codes(report, "status")[0] == ("other-document" if "certificate" in name else "rewritten")
    assert not report.proven
    for issued in toy.new(ID).artefacts:
        assert verifier.verify(issued.file.octets, at=toy.at).verdict is Verdict.VALID


def test_without_an_archive_it_was_not_compared(toy):
    """A certificate of ours is undetermined where nothing can be compared, and the report says so."""
    certificate = toy.new(ID).artefacts[1].file.octets
    report = toy.verifier().verify(certificate, at=toy.at)
    assert (report.outcome("status"), codes(report, "status")) == (U, ["no-archive"])
    assert "not compared" in str(report.result("status").findings[0].message)
    assert report.verdict is Verdict.UNDETERMINED


def test_the_text_of_a_foreign_certificate_is_not_vouched_for(toy):
    """That its printed text was not compared stands in the report."""
    sealed = toy.sealed(toy.payload(issuer=STRANGER), owner=b"other")
    report = toy.verifier().verify(toy.sealed(sealed, mark=b"%TOYPDF ", owner=b"other"), at=toy.at)
    assert codes(report, "status") == ["foreign", "text-not-compared"]


def test_both_seals_of_a_pair_are_made_with_one_certificate(toy, archive):
    """Who sealed the data file sealed the certificate around it; the same name in another certificate is not enough."""

    class Other(toy.Envelope):
        def open(self, data):
            opened = super().open(data)
            seals = tuple(
                attrs.evolve(info, owner=attrs.evolve(info.owner, x509=b"another one"))
                for info in opened.seals
            )
            return attrs.evolve(opened, seals=seals)

    archive.record(toy.new(ID))
    outer = Other(toy.envelopes["toy-pdf"].mark, "ToyPDF")
    verifier = toy.verifier(archive=archive, envelopes={**toy.envelopes, "toy-pdf": outer})
    report = verifier.verify(toy.new(ID).artefacts[1].file.octets, at=toy.at)
    assert (report.outcome("issuer"), codes(report, "issuer")[0]) == (F, "other-seal")


# The archive's record proves the time


@pytest.mark.parametrize("recorded", [True, False])
def test_a_certificate_that_expired_since_is_no_reason_for_doubt_where_the_archive_recorded_the_file(
    toy, archive, recorded
):
    """When the archive recorded it the seal was valid: a proof of its own, told as such."""

    class Expired(toy.Envelope):
        def examine(self, opened, *, trust, at):
            return CheckResult("integrity", P), CheckResult("trust", P if at <= toy.at else U)

    if recorded:
        archive.record(toy.new(ID))
    verifier = toy.verifier(archive=archive, envelopes={"toy-seal": Expired(toy.seal_mark, "ToySeal")})
    report = verifier.verify(toy.sealed(toy.payload()), at=toy.at + timedelta(days=5000))
    assert report.outcome("trust") is (P if recorded else U)
    assert ("recorded-in-time" in codes(report, "trust")) is recorded
    assert report.outcome("issuer") is (P if recorded else U)


# The issuer is who the certificate says, in every language


class Multilingual:
    """A format whose issuer has names in several languages."""

    def __init__(self, toy, names, *more):
        class Format(toy.Format):
            def open(self, payload):
                credential = super().open(payload)
                claim = attrs.evolve(credential.issuer, legal_name=names, more_names=more)
                return attrs.evolve(credential, issuer=claim)

        self.formats = {"toy": Format()}


NAMES = {  # what → (names by language, further names, names in settings, outcome)
    "the certificate's in every language": ({"cs": NAME, "en": NAME}, (), None, P),
    "another one in a language nobody reads": ({"cs": NAME, "xx": "Jiná s.r.o."}, (), None, U),
    "another one, which settings list": ({"cs": NAME, "en": "Řípská University"}, (), "Řípská University", P),
    "a second one in the same language": ({"cs": NAME}, ("Jiná s.r.o.",), None, U),
    "none that stands in the certificate": ({"cs": "Jiná", "en": "Other"}, (), None, F),
}


@pytest.mark.parametrize("what", NAMES)
def test_every_name_is_held_against_the_certificate(toy, archive, what):
    """In whatever language it stands: a name that nothing proves leaves the issuer open, and nothing is a fact."""
    names, more, listed, outcome = NAMES[what]
    archive.record(toy.new(ID))
    members = {"archive": archive, "formats": Multilingual(toy, names, *more).formats}
    report = toy.verifier(**members, **({"ours": named(listed)} if listed else {})).verify(
        toy.sealed(toy.payload()), at=toy.at
    )
    assert report.outcome("issuer") is outcome
    assert report.proven is (outcome is P)


@pytest.mark.parametrize("listed", [True, False])
def test_settings_list_names_of_other_issuers(toy, listed):
    """A translated name of a stranger is proven by the settings of who verifies, and by nothing else."""
    form = Multilingual(toy, {"sk": "Jiná", "en": "Another one"}).formats
    names = {STRANGER["id"]: ("Another one",)} if listed else {"NTRSK-2": ("Another one",)}
    verifier = toy.verifier(formats=form, names=names)
    report = verifier.verify(toy.sealed(toy.payload(issuer=STRANGER), owner=b"other"), at=toy.at)
    assert report.outcome("issuer") is (P if listed else U)


PRETENDING = {  # what → changes to the issuer, or to the credential, of somebody else with a trusted seal
    "our name": {"issuer": {**STRANGER, "name": NAME}},
    "our name in other letter case and width": {"issuer": {**STRANGER, "name": "ｔｅｓｔ  řípská"}},
    "our name with something invisible": {"issuer": {**STRANGER, "name": "TEST\u200b Řípská"}},
    "our name in Cyrillic letters": {"issuer": {**STRANGER, "name": "ТЕЅТ Řірѕká"}},
    "our name without accents": {"issuer": {**STRANGER, "name": "Test Ripska"}},
    "our identifier with something invisible": {"issuer": {**STRANGER, "id": "NTRCZ-0000\u200b0000"}},
    "our identifier in small letters": {"issuer": {**STRANGER, "id": "ntrcz-00000000"}},
    "our number as a VAT number": {"issuer": {**STRANGER, "others": {"vat": "CZ00000000"}}},
    "our number": {"issuer": {**STRANGER, "others": {"registration": "IČO 00000000"}}},
    "our number with something invisible": {
        "issuer": {**STRANGER, "others": {"vat": "CZ\u2011000\u00ad00000"}}
    },
    "our number in groups": {"issuer": {**STRANGER, "others": {"registration": "000 00 000"}}},
    "our number with letters for noughts": {"issuer": {**STRANGER, "others": {"vat": "CZOOOOOOOO"}}},
    "our number behind letters": {"issuer": {**STRANGER, "others": {"registration": "IČO00000000"}}},
    "our number behind letters without accents": {
        "issuer": {**STRANGER, "others": {"registration": "ICO00000000"}}
    },
    "our number before letters": {"issuer": {**STRANGER, "others": {"registration": "00000000 (IČO)"}}},
    "our number with more noughts": {"issuer": {**STRANGER, "others": {"tax": "IČ: 0000000000"}}},
    "our number in digits of another script": {"issuer": {**STRANGER, "others": {"tax": "٠٠٠٠٠٠٠٠"}}},
    "our number in another register": {"issuer": {**STRANGER, "id": "VATCZ-CZ00000000"}},
    "our number in a register that there isn't": {"issuer": {**STRANGER, "id": "CZECH-00000000"}},
    "our number in a register that looks foreign": {"issuer": {**STRANGER, "id": "XYZSK-00000000"}},
    "our number in another country's register, in small letters": {
        "issuer": {**STRANGER, "id": "ntrsk-00000000"}
    },
    "a link of ours": {"issuer": STRANGER, "link": f"{LINK}{ID}"},
    "a link of ours anywhere": {"issuer": STRANGER, "more": [f"Ověřte na {LINK}{ID}."]},
    "a link of ours, written otherwise": {"issuer": STRANGER, "link": f"{LINK.upper()}{ID}"},
}


@pytest.mark.parametrize("what", PRETENDING)
def test_what_is_ours_is_no_ones_elses(toy, what):
    """A credential of somebody else that carries what is our operator's fails, however well it is sealed."""
    ours = Ours((OperatorIdentity(OURS, frozenset({NAME})),), (LINK,))
    changes = {"link": "https://jinde.example/ř", **PRETENDING[what]}
    report = toy.verifier(ours=ours).verify(toy.sealed(toy.payload(**changes), owner=b"other"), at=toy.at)
    assert report.outcome("issuer") is F
    assert {"our-name", "our-identifier", "our-link"} & set(codes(report, "issuer"))


def test_what_only_resembles_ours_is_not_ours(toy):
    """A stranger with a number that ours is a part of, and a link elsewhere, is just a stranger."""
    others = {
        "registration": "1000000001",
        "vat": "ESA00000000",
        "tax": "VATES-00000000",
        "other vat": "SI00000000",
        "lei": "LEIXG-000000000000",
    }
    payload = toy.payload(issuer={**STRANGER, "others": others}, link="https://jinde.example/verify/x")
    report = toy.verifier().verify(toy.sealed(payload, owner=b"other"), at=toy.at)
    assert report.outcome("issuer") is P
    assert report.outcome("status") is N


FORMER = FormerOperator(date(2026, 11, 22), "NTRCZ-11111111", "Dřívější Řípská", "https://drive.example")


@pytest.mark.parametrize(("issued", "is_ours"), [("2026-11-22", True), ("2026-11-23", False)])
def test_what_the_operator_was_before_counts_until_its_last_day(toy, issued, is_ours):
    """Identifier, name and links of former times are its own for what was issued then."""
    settings = Settings(
        base_url="https://nyni.example",
        operator=Operator(LanguageMap.of("Řípská"), "NTRCZ-22222222", formerly=(FORMER,)),
    )
    ours = Ours.of(settings)
    payload = toy.payload(
        issuer={"name": "x", "id": "NTRCZ-11111111", "country": "CZ"}, issued=f"{issued}T10:00:00+01:00"
    )
    assert ours.issued(toy.Format().open(payload)) is is_ours
    assert ours.names("NTRCZ-11111111") == {"Dřívější Řípská"}
    assert settings.base_urls == ("https://nyni.example", "https://drive.example")
    assert ours.links == ("https://nyni.example/verify/", "https://drive.example/verify/")


PROVEN = {  # name → day that the credential says, moment that is proven, is it ours?
    "claimed in time, nothing proven": (21, None, True),
    "claimed in time, proven later": (21, datetime(2030, 1, 1, tzinfo=UTC), True),
    "claimed too late, nothing proven": (24, None, False),
    "claimed too late, proven in time": (24, datetime(2026, 11, 20, tzinfo=UTC), True),
}


@pytest.mark.parametrize("name", PROVEN)
def test_an_identity_counts_at_the_proven_time(toy, name):
    """A credential was issued no later than its seal is proven to have been there, whatever it says."""
    day, proven, is_ours = PROVEN[name]
    ours = Ours.of(
        Settings(operator=Operator(LanguageMap.of("Řípská"), "NTRCZ-22222222", formerly=(FORMER,)))
    )
    issuer = {"name": "x", "id": "NTRCZ-11111111", "country": "CZ"}
    payload = toy.payload(issuer=issuer, issued=f"2026-11-{day}T10:00:00+01:00")
    assert ours.issued(toy.Format().open(payload), proven_at=proven) is is_ours


@pytest.mark.parametrize(("early", "told"), [(timedelta(0), False), (timedelta(hours=1), True)])
def test_a_seal_that_was_there_before_its_credential_is_told(toy, early, told):
    """A credential that says it was issued after a time stamp proves its seal contradicts itself."""
    credential = toy.Format().open(toy.payload())
    seal = SealInfo("toy", "B-T", None, toy.at, proven_at=credential.issued - early)
    found = examine_sealing_time(credential, (seal,))
    assert [finding.code for finding in found.findings] == ["sealed-before-issued"] * told


# Proven needs trust


def test_under_a_seal_that_is_not_trusted_nothing_passes(toy, untrusted):
    """Anyone could have made it: what would pass is not assessed, the issuer stays open, nothing is a fact."""
    report = untrusted.verify(toy.sealed(toy.payload(issuer=STRANGER), owner=b"other"), at=toy.at)
    assert {result.check: result.outcome for result in report.results} == {
        "format": N, "award": N, "integrity": P, "trust": U, "issuer": U, "validity": N, "status": N, "logged": N,
    }  # fmt: skip
    assert codes(report, "issuer")[0] == "seal-not-trusted"
    assert not report.proven


def test_a_fault_under_a_seal_that_is_not_trusted_stays_one(toy, untrusted):
    """What fails isn't hidden."""
    payload = toy.payload(issuer=STRANGER, fault=True)
    assert untrusted.verify(toy.sealed(payload, owner=b"other"), at=toy.at).outcome("format") is F


@pytest.mark.parametrize("expired", [True, False])
def test_our_name_under_a_seal_that_is_not_trusted_fails(toy, untrusted, expired):
    """Unless the seal would have been trusted at the time that it claims: then only the time is unproven."""

    class Expired(toy.Envelope):
        def examine(self, opened, *, trust, at):
            return CheckResult("integrity", P), CheckResult("trust", P if at <= toy.at else U)

    verifier = untrusted
    if expired:
        verifier = attrs.evolve(untrusted, envelopes={"toy-seal": Expired(toy.seal_mark, "ToySeal")})
    report = verifier.verify(toy.sealed(toy.payload()), at=toy.at + timedelta(days=5000))
    assert report.outcome("issuer") is (U if expired else F)
    assert ("borrowed-name" in codes(report, "issuer")) is not expired


def test_nothing_is_judged_under_a_seal_that_is_not_intact(toy, archive):
    """Neither by the format, nor by us, nor by a check of a plugin: it could be anybody's."""
    asked = []

    class Curious(Check):
        def examine(self, context, *, at):
            asked.append(context)

    class Format(toy.Format):
        def examine(self, credential):
            asked.append(credential)
            return (Finding.error("x", "x"),)

    archive.record(toy.new(ID))
    verifier = toy.verifier(archive=archive, checks={"more": Curious()}, formats={"toy": Format()})
    report = verifier.verify(toy.sealed(toy.payload()).replace("Analýza".encode(), b"Synteza"), at=toy.at)
    assert asked == []
    assert report.outcome("integrity") is F
    rest = {
        result.outcome for result in report.results if result.check not in {"integrity", "trust", "logged"}
    }
    assert rest == {U}
    assert "more" in {result.check for result in report.results}
    assert report.identifier == ID


def test_an_owner_is_who_the_certificate_names(toy, archive):
    """The report has the owner of the seal as the certificate has it, whatever the credential says."""
    archive.record(toy.new(ID))
    report = toy.verifier(archive=archive).verify(toy.sealed(toy.payload()), at=toy.at)
    assert report.seals[0].owner == example_owner()
    assert report.status.value is StatusValue.LIVE


# Whose an archive is


@pytest.mark.system
def test_an_archive_is_not_served_under_anothers_name(toy, tmp_path, empty_archive):
    """It remembers who issued into it; settings of another operator are refused unless they say what it was before."""
    shutil.copytree(empty_archive, tmp_path, dirs_exist_ok=True)
    settings = toy.settings(tmp_path)
    record = IntakeRecord(1, award=example_award())
    with open_system(settings, plugins=toy.plugins()) as system:
        assert system.archive.owner is None
        [dry] = system.issue([record], institution="toy", dry_run=True)
        assert not dry.refused
        assert system.archive.owner is None
        [result] = system.issue([record], institution="toy")
        assert system.archive.owner == OURS
    identifier = result.receipt.registration.identifier
    other = attrs.evolve(settings.operator, organization_identifier="NTRCZ-22222222")
    for use in (
        lambda system: system.verify(b"x"),
        lambda system: system.archived(identifier),
        lambda system: system.prepare(),
        lambda system: list(system.issue([record], institution="toy")),
    ):
        with (
            open_system(attrs.evolve(settings, operator=other), plugins=toy.plugins()) as system,
            pytest.raises(
                SettingsError, match=rf"belongs to {OURS}, \S*mikrocert\.toml names operator NTRCZ-22222222"
            ),
        ):
            use(system)
    past = FormerOperator(date(2026, 11, 22), OURS, base_url="https://drive.example/")
    renamed = attrs.evolve(other, formerly=(past,))
    with open_system(attrs.evolve(settings, operator=renamed), plugins=toy.plugins()) as system:
        assert system.archived(identifier).registration.identifier == identifier
        assert system.identifier_of(f"https://drive.example/verify/{identifier}") == identifier
        assert system.identifier_of(f"https://jinde.example/verify/{identifier}") is None


def test_without_an_operator_in_the_settings_the_archives_owner_is_ours(toy, tmp_path, empty_archive):
    """What nobody recorded is unknown, though the settings don't say whose the archive is."""
    shutil.copytree(empty_archive, tmp_path, dirs_exist_ok=True)
    settings = toy.settings(tmp_path)
    with open_system(settings, plugins=toy.plugins()) as system:
        list(system.issue([IntakeRecord(1, award=example_award())], institution="toy"))
    with open_system(attrs.evolve(settings, operator=None), plugins=toy.plugins()) as system:
        report = system.verify(toy.sealed(toy.payload(identifier="aaaaBBBB2222")))
    assert codes(report, "status") == ["unknown"]


def test_what_no_page_could_show_is_not_shown(toy, monkeypatch):
    """A text that is said again and again counts as often as it is shown."""
    monkeypatch.setattr("mikrocert.service.verifying.opening._LONGEST_VIEW", 100)
    report = toy.verifier().verify(toy.sealed(toy.payload()), at=toy.at)
    assert report.view is None
    assert report.outcome("format") is U
