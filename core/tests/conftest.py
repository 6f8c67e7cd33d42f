"""A toy format, envelope, seal, renderer and university: just enough of each to send an award through the pipeline."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from datetime import UTC, datetime

import attrs
import pytest
from mikrocert.archive import NewCredential, open_archive
from mikrocert.award import Award
from mikrocert.award.canonical import award_hash, award_to_json
from mikrocert.errors import EnvelopeError, FormatError, SealError
from mikrocert.host.hookspecs import hookimpl
from mikrocert.host.loading import Plugins
from mikrocert.kinds.envelope import Envelope, OpenedEnvelope, Trust
from mikrocert.kinds.format import Credential, Format, IssuerClaim
from mikrocert.kinds.institution import Institution
from mikrocert.kinds.offer import NoConfig, offer
from mikrocert.kinds.renderer import Renderer
from mikrocert.kinds.signer import Seal
from mikrocert.parsing import strict_json
from mikrocert.parsing.structuring import structured
from mikrocert.report import CheckResult, Finding, Item, Outcome, SealInfo, Section, View
from mikrocert.rules import rule_set
from mikrocert.service.issuing import Issuer
from mikrocert.service.verifying import Verifier
from mikrocert.settings import Archive as ArchiveSettings
from mikrocert.settings import Operator, Settings
from mikrocert.testing import example_award, example_owner, example_profile
from mikrocert.texts import LanguageMap
from mikrocert.texts.dates import PRAGUE

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SEAL, PDF, ROOT = b"TOYSEAL ", b"%TOYPDF ", b"toy root"
BROKEN = Finding.error("broken", "zlomená hračka", "a broken toy")


class ToyFormat(Format):
    """Says an award as JSON with a member `toy`."""

    suffix = ".toy"

    def build(self, award, *, identifier, link, mandate):
        document = {"toy": 1, "identifier": identifier, "award": award_to_json(award)}
        document["award"]["learner"].pop("email", None)
        return Credential("toy", f"urn:toy:{identifier}", document, identifier)

    def complete(self, credential, *, owner, at, pictures):
        issuer = {"name": owner.legal_name, "id": owner.organization_identifier, "country": owner.country}
        document = {**credential.document, "issuer": issuer, "issued": at.isoformat()}
        return strict_json.dumps(document).encode()

    def recognises(self, payload):
        return payload.startswith(b'{"toy"')

    def open(self, payload):
        document = strict_json.loads(payload, refuse=FormatError)
        if document.get("broken"):
            raise FormatError([BROKEN])
        issuer = document.get("issuer")
        claim = issuer and IssuerClaim(
            {"cs": issuer["name"]}, issuer["id"], issuer["country"], issuer.get("others", {})
        )
        moments = {
            name: datetime.fromisoformat(document[name]) if document.get(name) else None
            for name in ("issued", "valid_from", "valid_until")
        }
        moments["valid_from"] = moments["valid_from"] or datetime(2026, 6, 22, tzinfo=PRAGUE)
        if document.get("valid_from", "") is None:
            moments["valid_from"] = None
        identifier = document["identifier"]
        return Credential("toy", f"urn:toy:{identifier}", document, identifier, claim, **moments)

    def examine(self, credential):
        return (BROKEN,) if credential.document.get("fault") else ()

    def award(self, credential):
        return structured(credential.document["award"], Award, refuse=FormatError, path="award")

    def view(self, credential):
        award = structured(credential.document["award"], Award, refuse=FormatError)
        items = (
            Item("title", LanguageMap.of("Název", "Title"), (award.title,), 2),
            Item(
                "birth",
                LanguageMap.of("Narozen", "Born"),
                (LanguageMap.of(f"{award.learner.birth_date}"),),
                1,
            ),
        )
        return View(
            title=award.title,
            holder=award.learner.name,
            birth=LanguageMap.of(f"{award.learner.birth_date}"),
            awarding_body=award.awarding_body.legal_name,
            figures=(),
            sections=(Section("annex-i", LanguageMap.of("Údaje", "Data"), items),),
            identifier=credential.identifier,
            awarded_on=award.awarded_on,
        )


def sealed_by_toy(payload, *, mark=SEAL, owner=b"test"):
    return mark + hashlib.sha256(payload).hexdigest().encode() + b" " + owner + b"\n" + payload


class ToyEnvelope(Envelope):
    """Opens files that begin with a mark, a hash and the word `test`, `nameless` or `other`."""

    def __init__(self, mark, kind):
        self.mark, self.kind = mark, kind

    def recognises(self, data):
        return data.startswith(self.mark)

    def open(self, data):
        head, found, payload = data.partition(b"\n")
        words = head.split(b" ")
        if not found or len(words) != 3:
            raise EnvelopeError([BROKEN])
        owner = None if words[2] == b"nameless" else example_owner()
        if words[2] == b"other":
            owner = attrs.evolve(owner, legal_name="Jiná", organization_identifier="NTRCZ-1", country="SK")
        return OpenedEnvelope(self.kind, payload, (SealInfo(self.kind, "B-B", owner, AT),), words[1])

    def examine(self, opened, *, trust, at):
        intact = hashlib.sha256(opened.payload).hexdigest().encode() == opened.content
        trusted = trust.sandbox and ROOT in trust.anchors
        told = Finding.info("intact", "Nic se nezměnilo.", "Nothing has changed.")
        return (
            CheckResult.of("integrity", (told if intact else BROKEN,)),
            CheckResult("trust", Outcome.PASSED if trusted else Outcome.FAILED, (told,)),
        )


class ToySeal(Seal):
    """Seals by a hash; the key is a joke."""

    owner = example_owner()

    def seal(self, payload, *, at):
        return sealed_by_toy(payload)

    def seal_pdf(self, pdf, *, at):
        if not pdf.startswith(b"%TOY\n"):
            message = "this is no toy PDF"
            raise SealError(message)
        return sealed_by_toy(pdf.removeprefix(b"%TOY\n"), mark=PDF)


class ToyRenderer(Renderer):
    """Draws what it is told in one line."""

    def certificate(self, view, *, attachment, branding):
        return b"%TOY\n" + attachment.data

    def pages(self, view, *, language, branding):
        return (f"PNG {language} {view.title.best(language)} {view.birth}".encode(),)


class ToyUniversity(Institution):
    """The invented university of the test kit."""

    profile = example_profile()
    intake = "json"


def offering(kind, name, make, *, config=NoConfig, closed=None):
    """Return a plugin with one offer of this kind."""

    @contextmanager
    def factory(value):
        try:
            yield make(value)
        finally:
            if closed is not None:
                closed.append(name)

    class Plugin:
        pass

    def register():
        return [offer(name, f"Toy {name}", config, factory)]

    register.__name__ = f"mikrocert_register_{kind}"
    setattr(Plugin, register.__name__, staticmethod(hookimpl(register)))
    return Plugin()


ENVELOPES = {"toy-seal": ToyEnvelope(SEAL, "ToySeal"), "toy-pdf": ToyEnvelope(PDF, "ToyPDF")}


@attrs.frozen
class Toy:
    """The doubles and what is made of them."""

    at = AT
    root = ROOT
    seal_mark = SEAL
    broken = BROKEN
    sealed = staticmethod(sealed_by_toy)
    offering = staticmethod(offering)
    Format, Envelope, Seal, Renderer, University = ToyFormat, ToyEnvelope, ToySeal, ToyRenderer, ToyUniversity
    envelopes = ENVELOPES

    def payload(self, award=None, /, *, identifier="K7mQx4Rt9bHz", **changes):
        """Return a completed payload, with members added or changed."""
        form = ToyFormat()
        built = form.build(award or example_award(), identifier=identifier, link="", mandate=None)
        document = strict_json.loads(
            form.complete(built, owner=example_owner(), at=AT, pictures={}), refuse=FormatError
        )
        return strict_json.dumps({**document, **changes}).encode()

    def verifier(self, **changes):
        """Return a verifier that trusts the toy root."""
        members = {
            "envelopes": ENVELOPES,
            "formats": {"toy": ToyFormat()},
            "checks": {},
            "trust": Trust((ROOT,), sandbox=True),
            "rules": rule_set("CZ-HE-2024"),
            "operator": example_owner().organization_identifier,
        }
        return Verifier(**{**members, **changes})

    def issuer(self, archive, **changes):
        """Return an issuer of the toy university."""
        members = {
            "institution": "toy",
            "profile": example_profile(),
            "format_name": "toy",
            "format": ToyFormat(),
            "seal": ToySeal(),
            "renderer": ToyRenderer(),
            "rules": rule_set("CZ-HE-2024"),
            "archive": archive,
            "verifier": self.verifier(),
            "link": "https://toy.example/verify/{}".format,
            "now": lambda: AT,
        }
        return Issuer(**{**members, **changes})

    def plugins(self):
        """Return a host with all toys and the canonical intake."""
        from mikrocert.builtin import plugin

        plugins = Plugins()
        plugins.add(plugin, name="core", distribution="mikrocert")
        for kind, name, make in (
            ("institutions", "toy", ToyUniversity),
            ("formats", "toy", ToyFormat),
            ("seals", "toy", ToySeal),
            ("renderers", "toy", ToyRenderer),
            ("envelopes", "toy-seal", lambda: ENVELOPES["toy-seal"]),
            ("envelopes", "toy-pdf", lambda: ENVELOPES["toy-pdf"]),
        ):
            plugins.add(offering(kind, name, lambda _, make=make: make()), name=f"toy-{kind}-{name}")
        assert plugins.failures == []
        return plugins

    def settings(self, folder, **changes):
        """Return the settings of a sandbox with an archive in this folder."""
        (folder / "root.pem").write_bytes(
            b"-----BEGIN CERTIFICATE-----\ndG95IHJvb3Q=\n-----END CERTIFICATE-----\n"
        )
        settings = Settings(
            base_url="https://toy.example",
            sandbox=True,
            operator=Operator(LanguageMap.of("Řípská"), example_owner().organization_identifier),
            format="toy",
            seal="toy",
            renderer="toy",
            archive=ArchiveSettings(),
            folder=folder,
        )
        settings = attrs.evolve(settings, trust=attrs.evolve(settings.trust, anchors=("root.pem",)))
        return attrs.evolve(settings, **changes)

    def new(self, identifier="K7mQx4Rt9bHz", *, award=None, **changes):
        """Return a credential to be recorded."""
        award = award or example_award()
        payload = self.payload(award, identifier=identifier)
        return NewCredential(
            **{
                "identifier": identifier,
                "institution": "toy",
                "evidence_number": award.evidence_number,
                "award_hash": award_hash(award),
                "format": "toy",
                "credential_id": f"urn:toy:{identifier}",
                "issued_at": AT,
                "payload": payload,
                "suffix": ".toy",
                "sealed": sealed_by_toy(payload),
                "certificate": sealed_by_toy(sealed_by_toy(payload), mark=PDF),
                **changes,
            }
        )


@pytest.fixture(scope="session")
def toy():
    return Toy()


@pytest.fixture
def archive(tmp_path):
    with open_archive(f"sqlite:///{tmp_path / 'archive.sqlite'}") as opened:
        yield opened
