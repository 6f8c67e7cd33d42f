"""A contract class per kind of plugin: what every implementation of it has to do."""

from __future__ import annotations

import codecs
import json
import random
import re
import sys
import time
import unicodedata
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import attrs
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from mikrocert.award import WITHHELD
from mikrocert.award.partial import PartialAward
from mikrocert.certificate import Copy, Fact, Line, Pair
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
    example_certificate,
    example_identity,
    example_owner,
    example_paper,
    example_profile,
    example_small_award,
    example_stacked_award,
    example_view,
)
from mikrocert.texts import LANGUAGES, LanguageMap, Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
    from types import FrameType

    import typer

    from mikrocert.award import Award
    from mikrocert.certificate import Certificate
    from mikrocert.kinds.check import Check, CheckContext
    from mikrocert.kinds.envelope import Envelope, Trust
    from mikrocert.kinds.format import Draft, Format
    from mikrocert.kinds.institution import Institution, Profile
    from mikrocert.kinds.intake import Intake, IntakeRecord
    from mikrocert.kinds.observer import Observer
    from mikrocert.kinds.renderer import Renderer
    from mikrocert.kinds.signer import Identity, Signer
    from mikrocert.report import Finding

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
    "texts_to_read",
]

_AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
_FLIPS = 100
_READABLE = 4.5
_LARGEST_PICTURE = 200_000
_INCOMPRESSIBLE = random.Random(20261122).randbytes(30_000)  # noqa: S311 - the same in every run
_WORD = re.compile(r"[^\W\d_]{2}")


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

    Fixtures: `intake`; `sample`, an export with at least one good record; `numbers`, the evidence numbers of all records of the
    sample, good and bad, in their order, none for one whose number can't be read; `encoding`, what a person has to name so that the
    sample is read, none unless it is overridden; `profile`, whose export that is: the example's unless it is overridden.
    """

    @pytest.fixture
    def encoding(self) -> str | None:
        """Return the encoding that is named; none means UTF-8."""
        return None

    @pytest.fixture
    def profile(self) -> Profile:
        """Return the profile whose export the sample is."""
        return example_profile()

    def test_sample_is_read(
        self, intake: Intake, sample: bytes, profile: Profile, encoding: str | None
    ) -> None:
        """At least one record of the sample is an award of the institution."""
        records = list(intake.read(sample, profile=profile, encoding=encoding))
        awards = [record.award for record in records if record.award is not None]
        assert awards
        own = set(profile.organisation.identifiers)
        assert all(own & set(award.awarding_body.identifiers) for award in awards)

    def test_records_are_numbered(
        self, intake: Intake, sample: bytes, profile: Profile, encoding: str | None
    ) -> None:
        """Records are numbered from 1, and one without an award says why."""
        records = list(intake.read(sample, profile=profile, encoding=encoding))
        assert [record.number for record in records] == list(range(1, len(records) + 1))
        for record in records:
            assert record.award is not None or any(f.severity is Severity.ERROR for f in record.findings)

    def test_no_record_is_swallowed(
        self,
        intake: Intake,
        sample: bytes,
        profile: Profile,
        encoding: str | None,
        numbers: Sequence[str | None],
    ) -> None:
        """Each record of the sample comes back, once and in its order, whether it is good or bad."""
        records = intake.read(sample, profile=profile, encoding=encoding)
        assert [record.evidence_number for record in records] == list(numbers)

    def test_a_spoilt_value_swallows_no_record(
        self, intake: Intake, sample: bytes, profile: Profile, encoding: str | None
    ) -> None:
        """Whatever is emptied or wrong in a record, the record comes back, or the whole file is refused."""
        count = len(list(intake.read(sample, profile=profile, encoding=encoding)))
        for text in _own_texts(_first_award(intake, sample, profile, encoding)):
            for other in ("", "?!"):
                spoilt = sample.replace(text.encode(encoding or "utf-8"), other.encode(), 1)
                with suppress(IntakeError):
                    after = list(intake.read(spoilt, profile=profile, encoding=encoding))
                    assert len(after) == count, f"with {other!r} for {text!r} there are {len(after)} records"

    def test_an_award_says_what_its_record_says(
        self, intake: Intake, sample: bytes, profile: Profile, encoding: str | None
    ) -> None:
        """Another name in the export is another name in the award, and in no other one."""
        name = _family_name(_first_award(intake, sample, profile, encoding))
        spoilt = _spoilt(sample, name, "Ďáblík", encoding)
        changed = _demand_one_changed(intake, sample, spoilt, profile, encoding)
        assert changed is not None, f"the learner is {name} whatever the export says"
        assert changed.award is None or changed.award.learner.family_name == "Ďáblík"

    @pytest.mark.parametrize("name", HOSTILE)
    def test_hostile_input_is_refused(
        self, intake: Intake, profile: Profile, encoding: str | None, name: str
    ) -> None:
        """Whatever comes is refused as a file or record by record; nothing else is raised."""
        records: list[IntakeRecord] = []
        with suppress(IntakeError):
            records = list(intake.read(HOSTILE[name], profile=profile, encoding=encoding))
        assert [record for record in records if record.award is not None] == []

    @pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\u0085", "\x0b", "\x0c"], ids=ascii)
    def test_a_line_separator_inside_a_value_ends_no_record(
        self, intake: Intake, sample: bytes, profile: Profile, encoding: str | None, separator: str
    ) -> None:
        """What some programs take for the end of a line is a character of its value: every other record stays as it was."""
        name = _family_name(_first_award(intake, sample, profile, encoding))
        escaped = json.dumps(separator)[1:-1] if sample.lstrip()[:1] in (b"{", b"[") else separator
        spoilt = _spoilt(sample, name, f"{name[:1]}{escaped}{name[1:]}", encoding)
        _demand_one_changed(intake, sample, spoilt, profile, encoding)

    @pytest.mark.parametrize("day", ["2026-02-30", "30. 2. 2026", "2026-W26-1", "20260622", "46195", "včera"])
    def test_what_is_no_day_refuses_its_record(
        self, intake: Intake, sample: bytes, profile: Profile, encoding: str | None, day: str
    ) -> None:
        """A date that isn't there, or isn't surely one, is a fault of that record; every other one stays as it was."""
        spellings = _spellings(_first_award(intake, sample, profile, encoding).awarded_on)
        found = next((form for form in spellings if form.encode() in sample), None)
        if found is None:
            pytest.skip("the sample writes its dates in another way")
        changed = _demand_one_changed(
            intake, sample, _spoilt(sample, found, day, encoding), profile, encoding
        )
        assert changed is not None, f"{day} is read like {found}"
        assert changed.award is None

    @pytest.mark.parametrize(
        "broken", ['"', '"x" y', '"' + "x" * 200_000], ids=["open", "followed", "endless"]
    )
    def test_broken_quotes_are_one_refusal(
        self, intake: Intake, sample: bytes, profile: Profile, encoding: str | None, broken: str
    ) -> None:
        """Quotes that aren't paired refuse the file, or one record and what can't be told apart from it."""
        before = list(intake.read(sample, profile=profile, encoding=encoding))
        name = _family_name(_first_award(intake, sample, profile, encoding))
        with suppress(IntakeError):
            spoilt = _spoilt(sample, name, broken + name, encoding)
            after = list(intake.read(spoilt, profile=profile, encoding=encoding))
            new = [record for record in after if record.award is None and record not in before]
            assert len(new) == 1
            assert new[0].findings

    @pytest.mark.parametrize("named", [None, "utf-8"])
    def test_a_byte_order_mark_is_part_of_no_value(
        self, intake: Intake, sample: bytes, profile: Profile, encoding: str | None, named: str | None
    ) -> None:
        """The mark that programs put before UTF-8 changes nothing, or the file is refused by a finding `byte-order-mark`."""
        if encoding is not None or not _is_utf8(sample):
            pytest.skip("the sample is no UTF-8")
        plain = sample.removeprefix(codecs.BOM_UTF8)
        before = list(intake.read(plain, profile=profile, encoding=named))
        refused: tuple[Finding, ...] = ()
        after: list[IntakeRecord] = []
        try:
            after = list(intake.read(codecs.BOM_UTF8 + plain, profile=profile, encoding=named))
        except IntakeError as error:
            refused = error.findings
        assert after == before or "byte-order-mark" in {finding.code for finding in refused}

    def test_twenty_megabytes_are_refused(self, intake: Intake, profile: Profile) -> None:
        """A file too large is refused, not swallowed."""
        with pytest.raises(IntakeError):
            list(intake.read(b" " * 20_000_000, profile=profile))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _first_award(intake: Intake, sample: bytes, profile: Profile, encoding: str | None) -> Award:
    records = intake.read(sample, profile=profile, encoding=encoding)
    return next(record.award for record in records if record.award is not None)


def _family_name(award: Award) -> str:
    if not award.learner.family_name:
        pytest.skip("the first learner of the sample has no family name")
    return award.learner.family_name


def _spellings(day: date) -> tuple[str, ...]:
    """Return how exports write a day."""
    return (day.isoformat(), f"{day.day}. {day.month}. {day.year}", f"{day.day}.{day.month}.{day.year}")


def _own_texts(award: Award) -> tuple[str, ...]:
    """Return texts that a record says of itself."""
    learner = award.learner
    texts = (award.evidence_number, learner.given_name, learner.family_name, *award.title.texts.values())
    return tuple(dict.fromkeys(text for text in texts if text))


def _spoilt(sample: bytes, text: str, other: str, encoding: str | None) -> bytes:
    """Return a sample in which a text stands as another where it is first."""
    codec = encoding or "utf-8"
    try:
        old, new = text.encode(codec), other.encode(codec)
    except UnicodeEncodeError:
        pytest.skip(f"there is no such character in {codec}")
    if old not in sample:
        pytest.skip("the sample writes its texts in another way")
    return sample.replace(old, new, 1)


def _demand_one_changed(
    intake: Intake, sample: bytes, spoilt: bytes, profile: Profile, encoding: str | None
) -> IntakeRecord | None:
    """Demand that all records of a sample but one come out as before; return that one, or none if it does, too."""
    before, after = (list(intake.read(data, profile=profile, encoding=encoding)) for data in (sample, spoilt))
    assert len(after) == len(before)
    changed = [new for old, new in zip(before, after, strict=True) if new != old]
    assert len(changed) <= 1
    for record in changed:
        assert record.award is not None or any(f.severity is Severity.ERROR for f in record.findings)
    return changed[0] if changed else None


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
        return _built(form, award)

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

    @pytest.mark.parametrize("example", [example_stacked_award, example_small_award])
    def test_nothing_is_lost_in_silence(
        self, form: Format, pictures: dict[str, tuple[bytes, ...]], example: Callable[[], Award]
    ) -> None:
        """An award with all that components can have, or with nothing that may be left out, reads back equal or is refused."""
        award, payload = example(), None
        with suppress(FormatError):
            payload = form.complete(
                _built(form, award), identity=example_identity(), at=_AT, pictures=pictures
            )
        plain = attrs.evolve(award, learner=attrs.evolve(award.learner, email=None))
        assert payload is None or form.award(form.open(payload)) == plain

    def test_what_is_read_is_in_the_octets(
        self, form: Format, award: Award, payload: bytes, pictures: dict[str, tuple[bytes, ...]]
    ) -> None:
        """A credential is read from its octets alone, whatever the format said of another one meanwhile."""
        other = attrs.evolve(award, learner=attrs.evolve(award.learner, family_name="Ďáblík"))
        second = form.complete(_built(form, other), identity=example_identity(), at=_AT, pictures=pictures)
        names = [form.award(form.open(octets)).learner.family_name for octets in (payload, second)]
        assert names == [award.learner.family_name, "Ďáblík"]

    def test_part_of_an_award_is_one_or_none(self, form: Format, payload: bytes) -> None:
        """What can be read of an award never raises, whether the format knows parts or not."""
        part = form.partial_award(form.open(payload))
        assert part is None or isinstance(part, PartialAward)

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

    def test_texts_are_all_there_or_none(self, form: Format, payload: bytes, award: Award) -> None:
        """A format that gives the texts inside leaves out none and gives each once."""
        credential = form.open(payload)
        texts = form.texts(credential)
        assert len(texts) == len(set(texts))
        assert not texts or {credential.link, *award.title.texts.values()} <= set(texts)

    @pytest.mark.parametrize("name", HOSTILE)
    def test_hostile_payload_is_refused(self, form: Format, name: str) -> None:
        """What is no credential is not opened, and nothing but FormatError is raised."""
        form.recognises(HOSTILE[name])
        with pytest.raises(FormatError):
            form.open(HOSTILE[name])


def _built(form: Format, award: Award) -> Draft:
    return form.build(
        award,
        identifier="K7mQx4Rt9bHz",
        link="https://mikrocert.example/verify/K7mQx4Rt9bHz",
        mandate=example_profile().mandate,
    )


class EnvelopeContract:
    """An envelope secures octets, opens what it secured, and notices any flipped bit.

    Fixtures: `envelope`; `signer` with a key that it can use; `payload`, octets that it can secure; `sealed`, a sealed
    file; `trust` under which that is trusted; `stranger`, an intact file whose seal is not trusted under it, such as one by another
    key; `at`, a time of verification.
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

    def test_a_stranger_is_not_trusted(
        self, envelope: Envelope, stranger: bytes, trust: Trust, at: datetime
    ) -> None:
        """Integrity says that nothing has changed, and trust passes nobody whom the verifier doesn't trust."""
        results = {a.check: a.outcome for a in envelope.examine(envelope.open(stranger), trust=trust, at=at)}
        assert results["integrity"] is Outcome.PASSED
        assert results["trust"] is not Outcome.PASSED

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
        times = [at.replace(microsecond=0) - timedelta(seconds=back) for back in range(3)]
        prepared = [envelope.prepare(payload, identity=signer.identity, at=time) for time in times]
        signatures = signer.sign_many([each.to_be_signed for each in prepared])
        files = envelope.finish_many(prepared, signatures, services=Services())
        assert len(files) == len(prepared)
        for file, moment in zip(files, times, strict=True):
            opened = envelope.open(file)
            outcomes = {r.check: r.outcome for r in envelope.examine(opened, trust=trust, at=at)}
            assert outcomes["integrity"] is Outcome.PASSED
            assert {seal.claimed_at for seal in opened.seals} <= {moment, None}, (
                "the files are in another order"
            )
            # A document around a file is opened to that file.
            assert opened.payload == payload or opened.payload_name is not None

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

    def test_renewing_keeps_what_was_sealed(self, envelope: Envelope, sealed: bytes) -> None:
        """A seal lasts until a moment with a zone or has no end; renewed, a file holds what it held, or SealError says why not."""
        opened = envelope.open(sealed)
        lasting = envelope.lasting(opened)
        assert lasting is None or (lasting.level and lasting.until.tzinfo is not None)
        try:
            (renewed,) = envelope.renew_many([sealed], services=Services())
        except SealError:
            return
        again = envelope.open(renewed)
        assert again.payload == opened.payload
        assert envelope.lasting(again) is not None

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
        """Of as many octets as a batch has, each signature fits those at its own place."""
        texts = [f"{number}: Kateřina Ďurišová".encode() for number in range(50)]
        signatures = signer.sign_many(texts)
        assert len(signatures) == len(texts)
        identity = signer.identity
        assert [n for n, text in enumerate(texts) if not _fits(identity, text, signatures[n])] == []

    def test_signs_for_both_phases(self, signer: Signer) -> None:
        """One session signs twice, the credentials of a batch and then its documents, as the same."""
        identity, octets = signer.identity, "Ďurišová".encode()
        for _ in range(2):
            (signature,) = signer.sign_many([octets])
            assert _fits(identity, octets, signature)
        assert signer.identity == identity

    def test_signatures_have_the_form_of_jws(self, signer: Signer) -> None:
        """A signature has the length that RFC 7518, 3 gives it: r and s side by side, not in DER; the modulus of RSA."""
        (signature,) = signer.sign_many([b"octets"])
        key = load_der_public_key(signer.identity.public_key)
        if isinstance(key, ec.EllipticCurvePublicKey):
            assert len(signature) == 2 * ((key.key_size + 7) // 8)
        elif isinstance(key, rsa.RSAPublicKey):
            assert len(signature) == key.key_size // 8

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
    """A renderer draws any certificate, and leaves nothing of it out.

    Fixtures: `renderer`; `wanted`, only where documents leave out something on purpose.
    """

    @pytest.fixture
    def attachment(self) -> Attachment:
        """Return a file to be put inside."""
        return Attachment("K7mQx4Rt9bHz.json", '{"payload":"ř"}'.encode(), "application/json")

    @pytest.fixture
    def wanted(self) -> Callable[[Certificate], Iterable[str]]:
        """Return what gives the texts that have to be read in a document."""
        return texts_to_read

    @pytest.mark.parametrize("languages", [LANGUAGES, LANGUAGES[:1]], ids="-".join)
    def test_what_a_certificate_says_is_read_in_its_document(
        self,
        renderer: Renderer,
        attachment: Attachment,
        wanted: Callable[[Certificate], Iterable[str]],
        languages: tuple[str, ...],
    ) -> None:
        """What a program reads in a document is what the certificate says, each text as a whole."""
        view = attrs.evolve(example_view(), test=True)
        certificate = example_certificate(view, languages=languages)
        document = renderer.document(
            [certificate], attachment=attachment, branding=example_profile().branding
        )
        read = _bare("".join(renderer.text(document)))
        lost = [text for text in wanted(certificate) if _bare(text) not in read]
        assert not lost, f"not read in the document: {lost}"

    def test_the_attachment_is_inside(self, renderer: Renderer, attachment: Attachment) -> None:
        """The whole file is put inside: one that nobody can make shorter makes the document longer by as much."""

        def length(data: bytes) -> int:
            given = attrs.evolve(attachment, data=data, media_type="application/octet-stream")
            branding = example_profile().branding
            return len(renderer.document([example_certificate()], attachment=given, branding=branding))

        grown = length(_INCOMPRESSIBLE) - length(b"")
        assert grown > len(_INCOMPRESSIBLE) * 0.98, "the document doesn't hold the file"

    def test_text_is_read_from_the_document(
        self,
        renderer: Renderer,
        attachment: Attachment,
        wanted: Callable[[Certificate], Iterable[str]],
    ) -> None:
        """What is read in a document stands in it, whatever was drawn since."""
        certificates = [
            example_certificate(attrs.evolve(example_view(), title=LanguageMap.of(title)))
            for title in ("Ďáblova abeceda", "Žluťoučký kůň")
        ]
        branding = example_profile().branding
        documents = [
            renderer.document([certificate], attachment=attachment, branding=branding)
            for certificate in certificates
        ]
        texts = [{_bare(text) for text in wanted(certificate)} for certificate in certificates]
        for own, document in zip(texts, documents, strict=True):
            read = _bare(" ".join(renderer.text(document)))
            other = set[str]().union(*texts) - own
            assert [text for text in own if text not in read] == []
            assert [text for text in other if text in read] == []

    def test_document_type_is_told(self, renderer: Renderer) -> None:
        """A renderer says what its documents are as files, and which envelope secures them, unless they are copies."""
        kind = renderer.document_type
        assert re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", kind.media_type)
        assert kind.suffix.startswith(".")
        assert kind.envelope is None or kind.envelope

    def test_a_copy_says_first_what_was_found(self, renderer: Renderer, attachment: Attachment) -> None:
        """Where documents are not sealed, whatever a certificate says of its copy is read before the certificate."""
        if renderer.document_type.envelope is not None:
            pytest.skip("its documents are sealed")
        headline, sentence, file = (Pair(Line("cs", text)) for text in ("Zrušen ďáblem", "Omyl", "Soubor"))
        copy = Copy(headline=headline, sound=False, sentences=(sentence,), file=file)
        certificate = attrs.evolve(example_certificate(), copy=copy)
        document = renderer.document(
            [certificate], attachment=attachment, branding=example_profile().branding
        )
        text = " ".join(renderer.text(document))
        title = " ".join(certificate.front.title.lead.text.split())
        assert -1 < text.find("Zrušen ďáblem") < text.find("Omyl") < text.find(title)
        assert "Soubor" in text

    def test_the_same_certificate_gives_the_same_document(
        self, renderer: Renderer, attachment: Attachment
    ) -> None:
        """A document is what its certificate says, and no clock or chance enters it."""
        branding = example_profile().branding
        documents = {
            renderer.document([example_certificate()], attachment=attachment, branding=branding)
            for _ in range(2)
        }
        assert len(documents) == 1
        assert documents != {b""}

    def test_each_page_of_a_test_says_so(self, renderer: Renderer, attachment: Attachment) -> None:
        """Where the certificate is of a test, the mark is read on every page of its document."""
        certificate = example_certificate(attrs.evolve(example_view(), test=True))
        document = renderer.document(
            [certificate], attachment=attachment, branding=example_profile().branding
        )
        pages = renderer.text(document)
        assert pages
        assert all(TEST_MARK in page for page in pages)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_pages_are_small_pictures(self, renderer: Renderer, language: str) -> None:
        """Pages are PNG of at most 200 kB; whose documents are copies is not asked for any."""
        if renderer.document_type.envelope is None:
            pytest.skip("copies have no pictures")
        front = example_certificate(languages=(language,))
        pages = renderer.pages(front, branding=example_profile().branding)
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
                [example_certificate(view)], attachment=attachment, branding=example_profile().branding
            )
        except RenderError:
            pytest.fail("the text was refused")
        assert pdf

    def test_several_certificates_are_one_document(self, renderer: Renderer, attachment: Attachment) -> None:
        """Where languages don't stand side by side, each has its certificate, one after the other."""
        certificates = [example_certificate(languages=(language,)) for language in LANGUAGES]
        branding = example_profile().branding

        def titles(*drawn: Certificate) -> set[str]:
            text = " ".join(renderer.text(renderer.document(drawn, attachment=attachment, branding=branding)))
            every = {" ".join(certificate.front.title.lead.text.split()) for certificate in certificates}
            return {title for title in every if title in text}

        czech, english = certificates
        assert titles(czech, english) == titles(czech) | titles(english)

    @pytest.mark.parametrize("test", [False, True])
    def test_a_paper_is_a_document_with_all_that_it_says(
        self, renderer: Renderer, attachment: Attachment, *, test: bool
    ) -> None:
        """Who draws papers leaves nothing out and invents nothing, has the number on every page, and marks each page of a test."""
        paper = example_paper(test=test)
        if not renderer.draws_papers:
            with pytest.raises(RenderError):
                renderer.paper(paper, attachment=attachment)
            return
        document = renderer.paper(paper, attachment=attachment)
        assert document == renderer.paper(paper, attachment=attachment)
        pages = renderer.text(document)
        read = _bare("".join(pages))
        lost = [text for text in paper.texts() if _bare(text) not in read]
        assert not lost, f"not read in the document: {lost}"
        assert len(pages) > 1
        assert all(paper.number in page for page in pages)
        assert [TEST_MARK in page for page in pages] == [test] * len(pages)


def texts_to_read(certificate: Certificate) -> Iterator[str]:
    """Give every text of certificate and supplement that has to be read in a document.

    That is all but what is said in easy language, what stands for a picture, what a row is called where it goes on, and a
    figure without words ("2.5") in the other language.

    Args:
        certificate: what is drawn.
    """
    yield from _lines(certificate)
    front, supplement = certificate.front, certificate.supplement
    signatory = front.signatory.name if front.signatory else None
    yield from filter(None, (front.holder, front.address.identifier, signatory))
    if supplement is not None:
        yield from filter(None, (supplement.foot, front.address.link))


def _lines(value: Any) -> Iterator[str]:  # noqa: ANN401 - a certificate, and what it is made of
    if isinstance(value, Line):
        yield value.text
    elif isinstance(value, tuple):
        for part in cast("tuple[object, ...]", value):
            yield from _lines(part)
    elif attrs.has(value.__class__):
        if isinstance(value, Fact) and not _WORD.search(value.value.also.text if value.value.also else ""):
            value = attrs.evolve(value, value=Pair(value.value.lead))
        for field in attrs.fields(value.__class__):
            if field.name not in {"continued", "code", "plain"}:
                yield from _lines(getattr(value, field.name))


def _bare(text: str) -> str:
    """Return a text as two readers of one page agree on it: composed, without spaces, ends of lines and controls."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(
        c for c in composed if not c.isspace() and unicodedata.category(c) not in {"Cf", "Cc", "Cn"}
    )


class CheckContract:
    """A check answers its own question, also when there is no award to look at, or one of which a part is withheld.

    Fixtures: `check`; `check_name`, the offer's name; `context`, in which there is an award; `otherwise`, a context in which it
    answers otherwise: what else its question asks for.
    """

    def test_answers_its_question(self, check: Check, check_name: str, context: CheckContext) -> None:
        """The answer carries the check's name, and says something."""
        _assert_sound(check.examine(context, at=_AT), check_name)

    def test_answers_without_award(self, check: Check, check_name: str, context: CheckContext) -> None:
        """Without an award it answers all the same."""
        _assert_sound(check.examine(attrs.evolve(context, award=None), at=_AT), check_name)

    def test_another_answer_is_possible(
        self, check: Check, check_name: str, context: CheckContext, otherwise: CheckContext
    ) -> None:
        """It answers otherwise where there is something else to be said: what always passes asks nothing."""
        results = [check.examine(each, at=_AT) for each in (context, otherwise)]
        _assert_sound(results[1], check_name)
        first, second = ((result.outcome, [f.code for f in result.findings]) for result in results)
        assert first != second, "the same is said of both contexts"

    def test_what_is_not_there_passes_nothing(
        self, check: Check, context: CheckContext, otherwise: CheckContext
    ) -> None:
        """Where it is the award that makes the difference, nothing passes or fails without one, or without what differs in it."""
        if attrs.evolve(otherwise, award=context.award) != context:
            pytest.skip("it is not the award alone that makes the difference")
        first, second = context.award, otherwise.award
        assert first is not None, "the contract needs contexts with an award"
        assert second is not None, "the contract needs contexts with an award"
        result = check.examine(attrs.evolve(context, award=None), at=_AT)
        assert result.outcome not in {Outcome.PASSED, Outcome.FAILED}, "there is no award of which it says so"
        hidden = context
        for field in attrs.fields(type(first)):
            if getattr(first, field.name) != getattr(second, field.name):
                hidden = _withholding(field.name, hidden)
        assert check.examine(hidden, at=_AT).outcome is Outcome.WITHHELD, (
            "what makes the difference is withheld (withheld_at finds out)"
        )

    def test_answers_of_the_time_of_verification(self, check: Check, context: CheckContext) -> None:
        """It asks no clock: `at` is the time of verification, which may be another day than today."""
        with _clocks_asked() as asked:
            check.examine(context, at=_AT)
            check.examine(attrs.evolve(context, award=None), at=_AT)
        assert asked == [], "the time of verification is `at`; a clock says another one"

    def test_what_is_withheld_is_said_to_be(
        self, check: Check, check_name: str, context: CheckContext
    ) -> None:
        """Where the holder doesn't show an element without which it answers otherwise, it says so."""
        plain = check.examine(context, at=_AT)
        for path in _elements(context.award):
            result = check.examine(_withholding(path, context), at=_AT)
            _assert_sound(result, check_name)
            assert result == plain or result.outcome is Outcome.WITHHELD, (
                f"{path} is withheld, so the answer is WITHHELD (withheld_at finds out)"
            )


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

    def test_each_command_says_what_it_does(self, app: typer.Typer) -> None:
        """Each command of the group has a help text."""
        from typer.main import get_group  # noqa: PLC0415

        silent = [name for name, command in get_group(app).commands.items() if not command.help]
        assert silent == []


def _assert_sound(result: CheckResult, check_name: str) -> None:
    """Demand that a result is of this check, says something, and fails where, and only where, a finding is an error."""
    assert isinstance(result, CheckResult)
    assert result.check == check_name
    assert result.findings, "each result has a finding, whose sentence stands beside the outcome"
    wrong = any(finding.severity is Severity.ERROR for finding in result.findings)
    assert wrong is (result.outcome is Outcome.FAILED), (
        "a check fails where a finding is an error, and only there"
    )


def _elements(award: Any, *, around: str = "") -> Iterator[str]:  # noqa: ANN401 - an award, and what it is made of
    """Yield the paths of the elements of an award, those inside of others too, but for what is in lists."""
    assert award is not None, "the contract needs a context with an award"
    kind: Any = award.__class__
    if not attrs.has(kind) or isinstance(award, LanguageMap):
        return
    for field in attrs.fields(kind):
        path = f"{around}{field.name}"
        yield path
        inner = getattr(award, field.name)
        if inner is not None:
            yield from _elements(inner, around=f"{path}.")


def _withholding(path: str, context: CheckContext) -> CheckContext:
    """Return a context in which the holder withholds one element."""

    def without(value: Any, members: list[str]) -> Any:  # noqa: ANN401 - whatever an award has
        first, *rest = members
        hidden = without(getattr(value, first), rest) if rest else WITHHELD
        return attrs.evolve(value, **{first: hidden})

    credential = attrs.evolve(context.credential, withheld=context.credential.withheld | {path})
    return attrs.evolve(context, credential=credential, award=without(context.award, path.split(".")))


_CLOCKS = frozenset({"clock_gettime", "clock_gettime_ns", "now", "time", "time_ns", "today", "utcnow"})


@contextmanager
def _clocks_asked() -> Generator[list[str]]:
    """Give the names of the functions that tell what time it is and that are called meanwhile, but for those of logs."""
    asked: list[str] = []

    def watch(frame: FrameType, event: str, called: Any) -> None:  # noqa: ANN401 - Python's
        if event != "c_call" or called.__name__ not in _CLOCKS:
            return
        owner = getattr(called, "__self__", None)
        of_clocks = owner is time or (isinstance(owner, type) and issubclass(owner, date))
        if of_clocks and not str(frame.f_globals.get("__name__")).startswith("logging"):
            asked.append(called.__qualname__)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield asked
    finally:
        sys.setprofile(before)
