"""A contract class per kind of plugin: what every implementation of it has to do."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import attrs
import pytest

from mikrocert.errors import EnvelopeError, FormatError, IntakeError, RenderError, SealError
from mikrocert.host.loading import Plugins
from mikrocert.kinds.renderer import Attachment
from mikrocert.report import CheckResult, Outcome, Severity
from mikrocert.rules import rule_set
from mikrocert.testing.examples import HOSTILE, example_award, example_owner, example_profile, example_view
from mikrocert.texts import LanguageMap

if TYPE_CHECKING:
    import typer

    from mikrocert.award import Award
    from mikrocert.kinds.check import Check, CheckContext
    from mikrocert.kinds.envelope import Envelope, Trust
    from mikrocert.kinds.format import Credential, Format
    from mikrocert.kinds.institution import Institution, Profile
    from mikrocert.kinds.intake import Intake, IntakeRecord
    from mikrocert.kinds.renderer import Renderer
    from mikrocert.kinds.signer import Seal

__all__ = [
    "CheckContract",
    "CommandContract",
    "EnvelopeContract",
    "FormatContract",
    "InstitutionContract",
    "IntakeContract",
    "PluginContract",
    "RendererContract",
    "SealContract",
]

_AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
_FLIPS = 200
_READABLE = 4.5
_LARGEST_PICTURE = 200_000


class PluginContract:
    """A plugin registers offers and does nothing else.

    Fixtures: `plugin`, the module of the entry point.
    """

    def test_plugin_registers_without_failure(self, plugin: object) -> None:
        """The host takes it in, and it offers something."""
        plugins = Plugins()
        plugins.add(plugin, name="under-test")
        assert plugins.failures == []
        assert plugins.loaded[0].offers

    def test_offers_have_summaries(self, plugin: object) -> None:
        """Each offer tells a maintainer in one line what it is."""
        plugins = Plugins()
        plugins.add(plugin, name="under-test")
        for kind, name in plugins.loaded[0].offers:
            summary = plugins.registry(kind).get(name).summary
            assert summary.strip(), f"{kind} {name} has no summary"
            assert "\n" not in summary, f"the summary of {kind} {name} has more than one line"


class InstitutionContract:
    """An institution says who it is, under which agreement, and which intake reads its exports.

    Fixtures: `institution`.
    """

    def test_profile_meets_the_rules(self, institution: Institution) -> None:
        """An award with this awarding body and quality assurance breaks no rule of severity error."""
        profile = institution.profile
        award = attrs.evolve(
            example_award(),
            awarding_body=profile.organisation,
            quality_assurance=profile.quality_assurance or example_award().quality_assurance,
        )
        findings = rule_set("CZ-HE-2024").judge(award, on=_AT.date())
        assert [f for f in findings if f.severity is Severity.ERROR] == []

    def test_mandate_is_named(self, institution: Institution) -> None:
        """The agreement has a number and began."""
        mandate = institution.profile.mandate
        assert mandate.number.strip()
        assert mandate.agreed_on <= datetime.now(UTC).date()

    def test_accent_is_readable_on_white(self, institution: Institution) -> None:
        """Contrast on white is at least 4.5:1 (WCAG 2.2, 1.4.3)."""
        accent = institution.profile.branding.accent
        channels = [int(accent[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)  # noqa: PLR2004
        luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        assert 1.05 / (luminance + 0.05) >= _READABLE

    def test_intake_is_named(self, institution: Institution) -> None:
        """It names an intake."""
        assert institution.intake.strip()


class IntakeContract:
    """An intake reads good records, refuses bad ones with a reason, and crashes on nothing.

    Fixtures: `intake`; `sample`, an export with at least one good record; `profile` may be overridden.
    """

    @pytest.fixture
    def profile(self) -> Profile:
        """Return the profile whose export the sample is."""
        return example_profile()

    def test_sample_is_read(self, intake: Intake, sample: bytes, profile: Profile) -> None:
        """At least one record of the sample is an award of the institution."""
        records = list(intake.read(sample, profile=profile))
        awards = [record.award for record in records if record.award is not None]
        assert awards
        own = set(profile.organisation.identifiers)
        assert all(own & set(award.awarding_body.identifiers) for award in awards)

    def test_records_are_numbered(self, intake: Intake, sample: bytes, profile: Profile) -> None:
        """Records are numbered from 1, and one without an award says why."""
        records = list(intake.read(sample, profile=profile))
        assert [record.number for record in records] == list(range(1, len(records) + 1))
        for record in records:
            assert record.award is not None or any(f.severity is Severity.ERROR for f in record.findings)

    @pytest.mark.parametrize("name", HOSTILE)
    def test_hostile_input_is_refused(self, intake: Intake, profile: Profile, name: str) -> None:
        """Whatever comes is refused as a file or record by record; nothing else is raised."""
        records: list[IntakeRecord] = []
        with suppress(IntakeError):
            records = list(intake.read(HOSTILE[name], profile=profile))
        assert [record for record in records if record.award is not None] == []

    def test_twenty_megabytes_are_refused(self, intake: Intake, profile: Profile) -> None:
        """A file too large is refused, not swallowed."""
        with pytest.raises(IntakeError):
            list(intake.read(b" " * 20_000_000, profile=profile))


class FormatContract:
    """A format says an award in its words and reads it back equal.

    Fixtures: `form`, the format; `pictures` may be overridden.
    """

    @pytest.fixture
    def pictures(self) -> dict[str, tuple[bytes, ...]]:
        """Return a PNG of one pixel per language."""
        pixel = bytes.fromhex(
            "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
            "0000000c4944415478da63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
        )
        return {"cs": (pixel,), "en": (pixel,)}

    @pytest.fixture
    def award(self) -> Award:
        """Return an award in which every element is filled."""
        return example_award()

    @pytest.fixture
    def built(self, form: Format, award: Award) -> Credential:
        """Return the award, said in the format."""
        return form.build(
            award,
            identifier="K7mQx4Rt9bHz",
            link="https://mikrocert.example/verify/K7mQx4Rt9bHz",
            mandate=example_profile().mandate,
        )

    @pytest.fixture
    def payload(self, form: Format, built: Credential, pictures: dict[str, tuple[bytes, ...]]) -> bytes:
        """Return the completed octets."""
        return form.complete(built, owner=example_owner(), at=_AT, pictures=pictures)

    def test_completed_is_recognised_and_conforms(self, form: Format, payload: bytes) -> None:
        """What the format completed, it recognises, opens and finds no error in."""
        assert form.recognises(payload)
        credential = form.open(payload)
        assert [f for f in form.examine(credential) if f.severity is Severity.ERROR] == []
        assert credential.identifier == "K7mQx4Rt9bHz"
        assert credential.issued == _AT

    def test_award_reads_back(self, form: Format, payload: bytes, award: Award) -> None:
        """What was built reads back equal, but for the e-mail."""
        expected = attrs.evolve(award, learner=attrs.evolve(award.learner, email=None))
        assert form.award(form.open(payload)) == expected

    def test_issuer_is_the_seal_owner(self, form: Format, payload: bytes) -> None:
        """The issuer comes from the seal certificate and from nowhere else."""
        claim = form.open(payload).issuer
        owner = example_owner()
        assert claim is not None
        assert claim.eidas_identifier == owner.organization_identifier
        assert owner.legal_name in claim.legal_name.values()
        assert claim.country == owner.country

    def test_email_never_enters(self, payload: bytes, award: Award) -> None:
        """The e-mail is for contact only."""
        assert award.learner.email is not None
        assert award.learner.email.encode() not in payload

    def test_view_says_who_and_what(self, form: Format, payload: bytes, award: Award) -> None:
        """The view has holder, title, identifier, and every outcome in both languages."""
        view = form.view(form.open(payload))
        assert view.holder == award.learner.name
        assert view.title == award.title
        assert view.identifier == "K7mQx4Rt9bHz"
        shown = {
            text
            for section in view.sections
            for item in section.items
            for v in item.values
            for text in v.texts.values()
        }
        for outcome in award.outcomes:
            assert set(outcome.title.texts.values()) <= shown

    @pytest.mark.parametrize("name", HOSTILE)
    def test_hostile_payload_is_refused(self, form: Format, name: str) -> None:
        """What is no credential is not opened, and nothing but FormatError is raised."""
        form.recognises(HOSTILE[name])
        with pytest.raises(FormatError):
            form.open(HOSTILE[name])


class EnvelopeContract:
    """An envelope opens what its seal made and notices any flipped bit.

    Fixtures: `envelope`; `sealed`, a sealed file; `trust` under which it is trusted; `at`, a time of verification.
    """

    @pytest.fixture
    def at(self) -> datetime:
        """Return the time of verification."""
        return datetime.now(UTC)

    def test_sealed_file_passes(self, envelope: Envelope, sealed: bytes, trust: Trust, at: datetime) -> None:
        """Integrity and trust pass for an untouched file."""
        assert envelope.recognises(sealed)
        results = {a.check: a.outcome for a in envelope.examine(envelope.open(sealed), trust=trust, at=at)}
        assert results == {"integrity": Outcome.PASSED, "trust": Outcome.PASSED}

    def test_any_flipped_bit_is_noticed(
        self, envelope: Envelope, sealed: bytes, trust: Trust, at: datetime
    ) -> None:
        """A file with a flipped bit can't be opened or does not pass integrity."""
        chance = random.Random(20261122)  # noqa: S311 - repeatable choice of places
        for _ in range(_FLIPS):
            position, bit = chance.randrange(len(sealed)), 1 << chance.randrange(8)
            flipped = bytearray(sealed)
            flipped[position] ^= bit
            try:
                opened = envelope.open(bytes(flipped))
            except EnvelopeError:
                continue
            outcomes = {a.check: a.outcome for a in envelope.examine(opened, trust=trust, at=at)}
            assert outcomes["integrity"] is Outcome.FAILED, f"octet {position}, bit {bit}"

    @pytest.mark.parametrize("name", HOSTILE)
    def test_hostile_file_is_refused(self, envelope: Envelope, name: str) -> None:
        """What is no sealed file is not opened, and nothing but EnvelopeError is raised."""
        envelope.recognises(HOSTILE[name])
        with pytest.raises(EnvelopeError):
            envelope.open(HOSTILE[name])


class SealContract:
    """A seal knows its owner and seals what it is given.

    Fixtures: `seal`.
    """

    def test_owner_is_complete(self, seal: Seal) -> None:
        """O, CN, organizationIdentifier and C are there."""
        owner = seal.owner
        assert all(
            (owner.legal_name, owner.common_name, owner.organization_identifier, owner.country, owner.x509)
        )

    def test_sealed_file_carries_the_payload(self, seal: Seal) -> None:
        """A sealed file is more than its payload."""
        payload = '{"jméno": "Kateřina Ďurišová"}'.encode()
        assert len(seal.seal(payload, at=datetime.now(UTC))) > len(payload)

    def test_naive_time_is_refused(self, seal: Seal) -> None:
        """A signing time without zone is refused."""
        with pytest.raises(SealError):
            seal.seal(b"{}", at=datetime(2026, 11, 22, 10, 0))  # noqa: DTZ001 - the point of the test

    def test_what_is_no_pdf_is_refused(self, seal: Seal) -> None:
        """Octets that are no PDF are refused."""
        with pytest.raises(SealError):
            seal.seal_pdf(b"no PDF", at=datetime.now(UTC))


class RendererContract:
    """A renderer draws any view.

    Fixtures: `renderer`.
    """

    @pytest.fixture
    def attachment(self) -> Attachment:
        """Return a file to be put inside."""
        return Attachment("K7mQx4Rt9bHz.jsonld", '{"payload":"ř"}'.encode(), "application/ld+json")

    def test_certificate_is_a_pdf(self, renderer: Renderer, attachment: Attachment) -> None:
        """The certificate is a whole PDF."""
        pdf = renderer.certificate(example_view(), attachment=attachment, branding=example_profile().branding)
        assert pdf.startswith(b"%PDF-")
        assert pdf.rstrip().endswith(b"%%EOF")

    @pytest.mark.parametrize("language", ["cs", "en"])
    def test_pages_are_small_pictures(self, renderer: Renderer, language: str) -> None:
        """Pages are PNG of at most 200 kB."""
        pages = renderer.pages(example_view(), language=language, branding=example_profile().branding)
        assert pages
        for page in pages:
            assert page.startswith(b"\x89PNG")
            assert len(page) <= _LARGEST_PICTURE

    @pytest.mark.parametrize(
        "text", ["C++ <templates> & „uvozovky“", "ů" * 300, "&amp; {{ 7 * 7 }} {% raw %}"]
    )
    def test_any_text_is_drawn(self, renderer: Renderer, attachment: Attachment, text: str) -> None:
        """Markup, template syntax and long words are text like any other."""
        view = attrs.evolve(example_view(), title=LanguageMap.of(text), holder=text)
        try:
            pdf = renderer.certificate(view, attachment=attachment, branding=example_profile().branding)
        except RenderError:
            pytest.fail("the text was refused")
        assert pdf.startswith(b"%PDF-")


class CheckContract:
    """A check answers its own question, also when there is no award to look at.

    Fixtures: `check`; `check_name`, the offer's name; `subject`.
    """

    def test_answers_its_question(self, check: Check, check_name: str, subject: CheckContext) -> None:
        """The answer carries the check's name."""
        result = check.examine(subject, at=_AT)
        assert isinstance(result, CheckResult)
        assert result.check == check_name

    def test_answers_without_award(self, check: Check, subject: CheckContext) -> None:
        """Without an award it answers all the same."""
        assert isinstance(check.examine(attrs.evolve(subject, award=None), at=_AT), CheckResult)


class CommandContract:
    """A command group has a name and help.

    Fixtures: `app`, the Typer app.
    """

    def test_help_is_there(self, app: typer.Typer) -> None:
        """`--help` answers."""
        from typer.testing import CliRunner  # noqa: PLC0415

        result = CliRunner().invoke(app, ["--help"])
        assert result.exit_code == 0
        assert "Usage" in result.output
