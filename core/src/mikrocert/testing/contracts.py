"""A contract class per kind of plugin: what every implementation of it has to do."""

from __future__ import annotations

import random
import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import attrs
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from mikrocert.errors import EnvelopeError, FormatError, IntakeError, RenderError, SealError
from mikrocert.host.loading import Plugins
from mikrocert.kinds.envelope import Services
from mikrocert.kinds.renderer import TEST_MARK, Attachment
from mikrocert.report import (
    CheckResult,
    CredentialStatus,
    Outcome,
    Receipt,
    Registration,
    Report,
    Severity,
    StatusValue,
)
from mikrocert.rules import rule_set
from mikrocert.testing.examples import (
    HOSTILE,
    example_award,
    example_identity,
    example_owner,
    example_profile,
    example_view,
)
from mikrocert.texts import LANGUAGES, LanguageMap, Texts

if TYPE_CHECKING:
    import typer

    from mikrocert.award import Award
    from mikrocert.kinds.check import Check, CheckContext
    from mikrocert.kinds.envelope import Envelope, Trust
    from mikrocert.kinds.format import Draft, Format
    from mikrocert.kinds.institution import Institution, Profile
    from mikrocert.kinds.intake import Intake, IntakeRecord
    from mikrocert.kinds.observer import Observer
    from mikrocert.kinds.renderer import Renderer
    from mikrocert.kinds.signer import Identity, Signer

__all__ = [
    "CheckContract",
    "CommandContract",
    "EnvelopeContract",
    "FormatContract",
    "InstitutionContract",
    "IntakeContract",
    "ObserverContract",
    "PluginContract",
    "RendererContract",
    "SignerContract",
]

_AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
_FLIPS = 100
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
        return dict.fromkeys(LANGUAGES, (pixel,))

    @pytest.fixture
    def award(self) -> Award:
        """Return an award in which every element is filled."""
        return example_award()

    @pytest.fixture
    def draft(self, form: Format, award: Award) -> Draft:
        """Return the award, said in the format."""
        return form.build(
            award,
            identifier="K7mQx4Rt9bHz",
            link="https://mikrocert.example/verify/K7mQx4Rt9bHz",
            mandate=example_profile().mandate,
        )

    @pytest.fixture
    def payload(self, form: Format, draft: Draft, pictures: dict[str, tuple[bytes, ...]]) -> bytes:
        """Return the completed octets."""
        return form.complete(draft, identity=example_identity(), at=_AT, pictures=pictures)

    def test_packaging_is_told(self, form: Format) -> None:
        """A format says what its files are: a media type, a suffix with its dot, the envelope that secures them."""
        packaging = form.packaging
        assert re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", packaging.media_type)
        assert re.fullmatch(r"(\.[a-z0-9]+)+", packaging.suffix)
        assert packaging.envelope

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

    def test_sections_add_to_the_view(self, form: Format, payload: bytes) -> None:
        """What the format adds has keys of its own, and no section is empty."""
        sections = form.sections(form.open(payload))
        assert all(section.items for section in sections)
        assert "annex-i" not in {section.key for section in sections}

    def test_a_view_is_made_without_an_award(self, form: Format, payload: bytes, award: Award) -> None:
        """Where the award can't be read back, the format's own view has at least the title."""
        title = form.foreign_view(form.open(payload)).title
        assert Texts().plain(title, "cs") == award.title.best("cs")

    @pytest.mark.parametrize("name", HOSTILE)
    def test_hostile_payload_is_refused(self, form: Format, name: str) -> None:
        """What is no credential is not opened, and nothing but FormatError is raised."""
        form.recognises(HOSTILE[name])
        with pytest.raises(FormatError):
            form.open(HOSTILE[name])


class EnvelopeContract:
    """An envelope secures octets, opens what it secured, and notices any flipped bit.

    Fixtures: `envelope`; `signer` with a key that it can use; `payload`, octets that it can secure; `sealed`, a sealed
    file; `trust` under which that is trusted; `at`, a time of verification.
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

    def test_opening_judges_nothing(self, envelope: Envelope, sealed: bytes) -> None:
        """Level and quality of a seal are no claims: what is opened has neither until it was judged."""
        assert {(seal.level, seal.quality) for seal in envelope.open(sealed).seals} <= {(None, None)}

    def test_any_flipped_bit_is_noticed(
        self, envelope: Envelope, sealed: bytes, trust: Trust, at: datetime
    ) -> None:
        """A file with a flipped bit can't be opened, fails integrity, or is said to be written otherwise than it was."""
        chance = random.Random(20261122)  # noqa: S311 - repeatable choice of places
        for _ in range(_FLIPS):
            position, bit = chance.randrange(len(sealed)), 1 << chance.randrange(8)
            flipped = bytearray(sealed)
            flipped[position] ^= bit
            try:
                opened = envelope.open(bytes(flipped))
            except EnvelopeError:
                continue
            results = {a.check: a for a in envelope.examine(opened, trust=trust, at=at)}
            warned = any(f.severity is Severity.WARNING for f in results["integrity"].findings)
            noticed = warned or results["integrity"].outcome is Outcome.FAILED
            assert noticed, f"octet {position}, bit {bit}"

    def test_secures_a_batch(
        self, envelope: Envelope, signer: Signer, payload: bytes, trust: Trust, at: datetime
    ) -> None:
        """What is prepared, signed and finished together opens one by one, intact, with its own payload."""
        prepared = [envelope.prepare(payload, identity=signer.identity, at=at) for _ in range(3)]
        signatures = signer.sign_many([each.to_be_signed for each in prepared])
        files = envelope.finish_many(prepared, signatures, services=Services())
        assert len(files) == len(prepared)
        for file in files:
            outcomes = {r.check: r.outcome for r in envelope.examine(envelope.open(file), trust=trust, at=at)}
            assert outcomes["integrity"] is Outcome.PASSED

    def test_the_same_octets_are_to_be_signed_again(
        self, envelope: Envelope, signer: Signer, payload: bytes, at: datetime
    ) -> None:
        """Preparing twice gives the same octets, so that after a crash exactly those are signed again."""
        first, second = (envelope.prepare(payload, identity=signer.identity, at=at) for _ in range(2))
        assert first.to_be_signed == second.to_be_signed
        assert first.algorithm == signer.identity.algorithm

    def test_a_foreign_signature_is_refused(
        self, envelope: Envelope, signer: Signer, payload: bytes, at: datetime
    ) -> None:
        """A signature over other octets finishes no file."""
        prepared = envelope.prepare(payload, identity=signer.identity, at=at)
        with pytest.raises(SealError):
            envelope.finish_many([prepared], signer.sign_many(["jiný obsah".encode()]), services=Services())

    def test_naive_time_is_refused(self, envelope: Envelope, signer: Signer, payload: bytes) -> None:
        """A signing time without zone is refused."""
        with pytest.raises(SealError):
            envelope.prepare(payload, identity=signer.identity, at=datetime(2026, 11, 22, 10, 0))  # noqa: DTZ001 - the point of the test

    @pytest.mark.parametrize("name", HOSTILE)
    def test_hostile_file_is_refused(self, envelope: Envelope, name: str) -> None:
        """What is no sealed file is not opened, and nothing but EnvelopeError is raised."""
        envelope.recognises(HOSTILE[name])
        with pytest.raises(EnvelopeError):
            envelope.open(HOSTILE[name])


class SignerContract:
    """A signer says who signs, and signs many at once so that its public key proves each signature.

    Fixtures: `signer`.
    """

    def test_identity_is_complete(self, signer: Signer) -> None:
        """Algorithm and public key are there; with certificates also the owner that the first one names."""
        identity = signer.identity
        assert identity.algorithm
        load_der_public_key(identity.public_key)
        if identity.certificates:
            owner = identity.owner
            assert owner is not None
            assert all((owner.legal_name, owner.organization_identifier, owner.country))
            assert owner.x509 == identity.certificates[0]

    def test_signs_many_in_order(self, signer: Signer) -> None:
        """Each signature fits the octets at its own place, and no other."""
        texts = [f"{number}: Kateřina Ďurišová".encode() for number in range(3)]
        signatures = signer.sign_many(texts)
        assert len(signatures) == len(texts)
        for number, signature in enumerate(signatures):
            fitting = [index for index, text in enumerate(texts) if _fits(signer.identity, text, signature)]
            assert fitting == [number]

    def test_nothing_to_sign_is_no_fault(self, signer: Signer) -> None:
        """An empty batch gives no signatures."""
        assert signer.sign_many([]) == ()


def _fits(identity: Identity, octets: bytes, signature: bytes) -> bool:
    """Return whether a JWS signature (RFC 7518, 3; RFC 8037, 3.1) by the algorithms a seal may have fits the octets."""
    key = load_der_public_key(identity.public_key)
    digest = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}.get(
        identity.algorithm[2:], hashes.SHA256()
    )
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            half = len(signature) // 2
            r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
            key.verify(encode_dss_signature(r, s), octets, ec.ECDSA(digest))
        elif isinstance(key, rsa.RSAPublicKey):
            pss = padding.PSS(padding.MGF1(digest), digest.digest_size)
            key.verify(
                signature, octets, pss if identity.algorithm.startswith("PS") else padding.PKCS1v15(), digest
            )
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, octets)
        else:
            return False
    except InvalidSignature:
        return False
    return True


class ObserverContract:
    """An observer bears whatever it is told.

    Fixtures: `observer`.
    """

    def test_bears_what_it_is_told(self, observer: Observer) -> None:
        """A report, a receipt and statuses raise nothing."""
        registration = Registration("K7mQx4Rt9bHz", "ripska", "UŘ/2026/0042", _AT)
        status = CredentialStatus(StatusValue.REVOKED, _AT, "chybný údaj")
        link = "https://mikrocert.example/verify/K7mQx4Rt9bHz"
        receipt = Receipt(registration=registration, link=link, files=(), status=status, created=True)
        observer.verified(Report(at=_AT))
        observer.issued(receipt)
        observer.revoked(registration, status)
        observer.replaced(registration, status)


class RendererContract:
    """A renderer draws any view.

    Fixtures: `renderer`.
    """

    @pytest.fixture
    def attachment(self) -> Attachment:
        """Return a file to be put inside."""
        return Attachment("K7mQx4Rt9bHz.json", '{"payload":"ř"}'.encode(), "application/json")

    def test_document_type_is_told(self, renderer: Renderer) -> None:
        """A renderer says what its documents are as files, and which envelope secures them."""
        kind = renderer.document_type
        assert re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", kind.media_type)
        assert kind.suffix.startswith(".")
        assert kind.envelope

    def test_the_same_view_gives_the_same_document(self, renderer: Renderer, attachment: Attachment) -> None:
        """A document is what its view says, and no clock or chance enters it."""
        branding = example_profile().branding
        documents = {
            renderer.document(example_view(), attachment=attachment, branding=branding, texts=Texts())
            for _ in range(2)
        }
        assert len(documents) == 1
        assert documents != {b""}

    def test_each_page_of_a_test_says_so(self, renderer: Renderer, attachment: Attachment) -> None:
        """Where the view is of a test, the mark is read on every page of its document."""
        document = renderer.document(
            attrs.evolve(example_view(), test=True),
            attachment=attachment,
            branding=example_profile().branding,
            texts=Texts(),
        )
        pages = renderer.text(document)
        assert pages
        assert all(TEST_MARK in page for page in pages)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_pages_are_small_pictures(self, renderer: Renderer, language: str) -> None:
        """Pages are PNG of at most 200 kB."""
        pages = renderer.pages(
            example_view(), language=language, branding=example_profile().branding, texts=Texts()
        )
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
            pdf = renderer.document(
                view, attachment=attachment, branding=example_profile().branding, texts=Texts()
            )
        except RenderError:
            pytest.fail("the text was refused")
        assert pdf


class CheckContract:
    """A check answers its own question, also when there is no award to look at.

    Fixtures: `check`; `check_name`, the offer's name; `context`.
    """

    def test_answers_its_question(self, check: Check, check_name: str, context: CheckContext) -> None:
        """The answer carries the check's name."""
        result = check.examine(context, at=_AT)
        assert isinstance(result, CheckResult)
        assert result.check == check_name

    def test_answers_without_award(self, check: Check, context: CheckContext) -> None:
        """Without an award it answers all the same."""
        assert isinstance(check.examine(attrs.evolve(context, award=None), at=_AT), CheckResult)


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
