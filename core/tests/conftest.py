"""A toy format, envelope, seal, renderer and university: just enough of each to send an award through the pipeline."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from mikrocert.archive import NewArtefact, NewCredential, init_archive, open_archive
from mikrocert.award import WITHHELD, Award
from mikrocert.award.canonical import award_to_json, canonical_octets
from mikrocert.errors import EnvelopeError, FormatError, SealError
from mikrocert.host.border import Guarded, guarded
from mikrocert.host.hookspecs import hookimpl
from mikrocert.host.loading import Plugins
from mikrocert.kinds.envelope import Envelope, OpenedEnvelope, Prepared, Services, Trust
from mikrocert.kinds.format import Credential, Draft, Format, IssuerClaim, Packaging
from mikrocert.kinds.institution import Institution
from mikrocert.kinds.offer import NoConfig, offer
from mikrocert.kinds.renderer import TEST_MARK, DocumentType, Renderer
from mikrocert.kinds.signer import Identity, Signer
from mikrocert.parsing import strict_json
from mikrocert.parsing.structuring import structured
from mikrocert.report import (
    CheckResult,
    File,
    FileKind,
    Finding,
    Outcome,
    Registration,
    SealInfo,
    SealQuality,
    View,
)
from mikrocert.rules import rule_set
from mikrocert.service.issuing.issuing import Issuer
from mikrocert.service.issuing.securing import Securing
from mikrocert.service.verifying.ours import OperatorIdentity, Ours
from mikrocert.service.verifying.verifying import Verifier
from mikrocert.settings import Archive as ArchiveSettings
from mikrocert.settings import Operator, Settings
from mikrocert.testing import example_award, example_owner, example_profile
from mikrocert.texts import LANGUAGES, LanguageMap, Texts
from mikrocert.texts.dates import ZONE
from sqlalchemy import Engine, create_engine, text

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SEAL, PDF = b"TOYSEAL ", b"%TOYPDF "


def a_root():
    """Return a certificate in PEM, so that an anchor can be read."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "kořen Řípské")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(AT - timedelta(days=1))
    builder = builder.not_valid_after(AT + timedelta(days=36500))
    return builder.sign(key, hashes.SHA256())


_CERTIFICATE = a_root()
ROOT, ROOT_PEM = _CERTIFICATE.public_bytes(Encoding.DER), _CERTIFICATE.public_bytes(Encoding.PEM)
BROKEN = Finding.error("broken", "a broken toy")


class ToyFormat(Format):
    """Says an award as JSON with a member `toy`."""

    packaging = Packaging("application/x-toy", ".toy", "toy-seal", pictures=True, document=True)

    def build(self, award, *, identifier, link, mandate):
        document = {"toy": 1, "identifier": identifier, "link": link, "award": award_to_json(award)}
        document["award"]["learner"].pop("email", None)
        return Draft(document)

    def complete(self, draft, *, identity, at, pictures):
        owner = identity.owner
        issuer = {"name": owner.legal_name, "id": owner.organization_identifier, "country": owner.country}
        document = {**draft.document, "issuer": issuer, "issued": at.isoformat()}
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
        moments["valid_from"] = moments["valid_from"] or datetime(2026, 6, 22, tzinfo=ZONE)
        if document.get("valid_from", "") is None:
            moments["valid_from"] = None
        last_day = document["award"].get("valid_until")
        if last_day and not moments["valid_until"]:
            moments["valid_until"] = datetime.fromisoformat(f"{last_day}T23:59:59").replace(tzinfo=ZONE)
        identifier = document["identifier"]
        return Credential(
            "toy",
            f"urn:toy:{identifier}",
            document,
            identifier,
            claim,
            **moments,
            link=document.get("link"),
            withheld=frozenset(document.get("withheld", ())),
        )

    def examine(self, credential):
        return (BROKEN,) if credential.document.get("fault") else ()

    def award(self, credential):
        award = structured(credential.document["award"], Award, refuse=FormatError, path="award")
        for path in credential.withheld:
            award = withhold(award, path.split("."))
        return award

    def texts(self, credential):
        return tuple(credential.document.get("more", ()))

    def sections(self, credential):
        return ()

    def foreign_view(self, credential):
        title = LanguageMap(credential.document["award"]["title"])
        return View(title=title, holder=None, birth=None, awarding_body=title, figures=(), sections=())


def withhold(value, members):
    """Return an award with one element withheld."""
    first, *rest = members
    return attrs.evolve(value, **{first: withhold(getattr(value, first), rest) if rest else WITHHELD})


def ours(identifier):
    """Return what belongs to an operator of this identifier."""
    links = ("https://mikrocertifikat.cz/verify/", "https://toy.example/verify/")
    return Ours((OperatorIdentity(identifier, frozenset()),), links)


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
        return OpenedEnvelope(self.kind, payload, (SealInfo(self.kind, None, owner, AT),), words[1])

    def prepare(self, payload, *, identity, at):
        if at.utcoffset() is None:
            message = "the time has no zone"
            raise SealError(message)
        return Prepared(payload, identity.algorithm, payload)

    def finish_many(self, prepared, signatures, *, services):
        files = []
        for each, signature in zip(prepared, signatures, strict=True):
            file = sealed_by_toy(each.unfinished, mark=self.mark)
            if signature not in file:
                message = "the signature does not fit"
                raise SealError(message)
            files.append(file)
        return tuple(files)

    def examine(self, opened, *, trust, at):
        intact = hashlib.sha256(opened.payload).hexdigest().encode() == opened.content
        trusted = trust.sandbox and ROOT in trust.anchors
        finding = Finding.info("intact", "Nothing has changed.")
        quality = SealQuality.TEST if trusted else None
        seals = tuple(attrs.evolve(seal, level="B-B", quality=quality) for seal in opened.seals)
        return (
            CheckResult.of("integrity", (finding if intact else BROKEN,)),
            CheckResult("trust", Outcome.PASSED if trusted else Outcome.FAILED, (finding,), seals),
        )


class ToySigner(Signer):
    """Signs by a hash; the key is a joke. Counts how often it is asked."""

    identity = Identity("TOY", b"toy key", (ROOT,), example_owner())

    def __init__(self):
        self.batches = []

    def sign_many(self, to_be_signed):
        self.batches.append(len(to_be_signed))
        return tuple(hashlib.sha256(octets).hexdigest().encode() for octets in to_be_signed)


class ToyRenderer(Renderer):
    """Draws what it is told in one line."""

    document_type = DocumentType("application/x-toy-pdf", ".pdf", "toy-pdf")

    def document(self, certificates, *, attachment, branding):
        return attachment.data

    def text(self, document):
        return (f"a page {TEST_MARK}",)

    def pages(self, certificate, *, branding):
        front = certificate.front
        birth = front.birth and front.birth.lead.text
        return (f"PNG {certificate.languages[0]} {front.title.lead.text} {birth}".encode(),)


class ToyUniversity(Institution):
    """The invented university of the test kit."""

    profile = example_profile()
    intake = "json"


def offering(kind, name, make, *, config=NoConfig, closed=None, administers=False, examine=None, usual=None):
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
        return [
            offer(name, f"Toy {name}", config, factory, administers=administers, examine=examine, usual=usual)
        ]

    register.__name__ = f"mikrocert_register_{kind}"
    setattr(Plugin, register.__name__, staticmethod(hookimpl(register)))
    return Plugin()


ENVELOPES = {"toy-seal": ToyEnvelope(SEAL, "ToySeal"), "toy-pdf": ToyEnvelope(PDF, "ToyPDF")}


def behind(members):
    """Return members with what plugins offer behind the border, as the registry gives it."""
    for member in {"envelopes", "formats"} & set(members):
        things = {
            name: thing if isinstance(thing, Guarded) else guarded(member, name, thing)
            for name, thing in members[member].items()
        }
        members = {**members, member: things}
    for member in {"signer", "renderer"} & set(members):
        members = {**members, member: guarded(f"{member}s", "toy", members[member])}
    return members


@attrs.frozen
class Toy:
    """The doubles and what is made of them."""

    at = AT
    root = ROOT
    seal_mark = SEAL
    broken = BROKEN
    sealed = staticmethod(sealed_by_toy)
    offering = staticmethod(offering)
    Format, Envelope, Signer, Renderer, University = (
        ToyFormat,
        ToyEnvelope,
        ToySigner,
        ToyRenderer,
        ToyUniversity,
    )
    envelopes = ENVELOPES
    ours = staticmethod(ours)

    def payload(self, award=None, /, *, identifier="K7mQx4Rt9bHz", **changes):
        """Return a completed payload, with members added or changed."""
        form = ToyFormat()
        built = form.build(award or example_award(), identifier=identifier, link="", mandate=None)
        document = strict_json.loads(
            form.complete(built, identity=ToySigner.identity, at=AT, pictures={}), refuse=FormatError
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
            "ours": ours(example_owner().organization_identifier),
        }
        return Verifier(**{**members, **changes})

    def issuer(self, archive, **changes):
        """Return an issuer of the toy university."""
        members = {
            "institution": "toy",
            "profile": example_profile(),
            "formats": {"toy": ToyFormat()},
            "renderer": ToyRenderer(),
            "languages": LANGUAGES,
            "texts": Texts(),
            "rules": rule_set("CZ-HE-2024"),
            "archive": archive,
            "verifier": self.verifier(),
            "link": "https://toy.example/verify/{}".format,
            "now": lambda: AT,
        }
        means = {
            "envelopes": ENVELOPES,
            "signer": ToySigner(),
            "identity": ToySigner.identity,
            "services": Services(),
        }
        means |= {name: changes.pop(name) for name in means if name in changes}
        return Issuer(**{"securing": Securing(**behind(means)), **behind({**members, **changes})})

    def plugins(self):
        """Return a host with all toys and the canonical intake."""
        from mikrocert.builtin import plugin

        plugins = Plugins()
        plugins.add(plugin, name="core", distribution="mikrocert")
        for kind, name, make in (
            ("institutions", "toy", ToyUniversity),
            ("formats", "toy", ToyFormat),
            ("signers", "toy", ToySigner),
            ("renderers", "toy", ToyRenderer),
            ("envelopes", "toy-seal", lambda: ENVELOPES["toy-seal"]),
            ("envelopes", "toy-pdf", lambda: ENVELOPES["toy-pdf"]),
        ):
            plugins.add(offering(kind, name, lambda _, make=make: make()), name=f"toy-{kind}-{name}")
        assert plugins.failures == []
        return plugins

    def settings(self, folder, **changes):
        """Return the settings of a sandbox with an archive in this folder."""
        (folder / "root.pem").write_bytes(ROOT_PEM)
        settings = Settings(
            base_url="https://toy.example",
            sandbox=True,
            operator=Operator(LanguageMap.of("Řípská"), example_owner().organization_identifier),
            archive=ArchiveSettings(),
            folder=folder,
        )
        settings = attrs.evolve(settings, trust=attrs.evolve(settings.trust, anchors=("root.pem",)))
        return attrs.evolve(settings, **changes)

    def new(self, identifier="K7mQx4Rt9bHz", *, award=None, sealed=None, at=AT, **changes):
        """Return a credential to be recorded."""
        award = award or example_award()
        payload = self.payload(award, identifier=identifier, **changes)
        sealed = sealed or sealed_by_toy(payload)
        credential = File("toy", FileKind.CREDENTIAL, "application/x-toy", ".toy", sealed)
        certificate = File(
            "toy", FileKind.CERTIFICATE, "application/x-toy-pdf", ".pdf", sealed_by_toy(sealed, mark=PDF)
        )
        return NewCredential(
            Registration(identifier, "toy", award.evidence_number, at),
            canonical_octets(award),
            award.learner.name,
            (NewArtefact(credential, payload, f"urn:toy:{identifier}"), NewArtefact(certificate)),
        )


@pytest.fixture(scope="session")
def toy():
    return Toy()


@pytest.fixture(scope="session")
def empty_archive(tmp_path_factory):
    """Return the folder of an archive in which nothing is: making one takes longer than copying it."""
    folder = tmp_path_factory.mktemp("empty")
    init_archive(f"sqlite:///{folder / 'archive.sqlite'}")
    return folder


@pytest.fixture
def archive(tmp_path, empty_archive):
    shutil.copytree(empty_archive, tmp_path, dirs_exist_ok=True)
    with open_archive(f"sqlite:///{tmp_path / 'archive.sqlite'}") as opened:
        yield opened


@attrs.define
class Databases:
    """Two databases of a server, made anew for each test: `archive` and `keys`.

    Args:
        server: URL of a database of it, without the name.
        template: what the names of two others begin with in which there is an empty archive; none before it is wanted.
    """

    server: str
    template: str | None = None
    _engine: Engine = attrs.field(init=False)

    @_engine.default
    def _of_server(self):
        return create_engine(self.server.format("postgres"), isolation_level="AUTOCOMMIT")

    def make(self, *, template=None):
        """Make both, empty or as copies of others, and return their URLs."""
        with self._engine.connect() as connection:
            is_fast = template is not None and connection.dialect.server_version_info >= (15,)
            for name in ("archive", "keys"):
                source = "template0" if template is None else f"{template}{name}"
                connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                connection.execute(
                    text(
                        f"CREATE DATABASE {name} TEMPLATE {source} {'STRATEGY FILE_COPY' if is_fast else ''}"
                    )
                )
        return self.server.format("archive"), self.server.format("keys")

    def make_archive(self):
        """Make an empty archive and return the URLs; it costs migrations only the first time."""
        if self.template is None:
            archive, keys = self.make()
            assert init_archive(archive, keys_url=keys)
            with self._engine.connect() as connection:
                for name in ("archive", "keys"):
                    connection.execute(text(f"ALTER DATABASE {name} RENAME TO empty_{name}"))
            self.template = "empty_"
        return self.make(template=self.template)

    def cut(self):
        """End all connections to both, as a restart of the server does."""
        ended = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname IN ('archive', 'keys')"
        with self._engine.connect() as connection:
            connection.execute(text(ended))

    def close(self):
        """Leave the server; connecting anew for each test would take as long as making the databases."""
        self._engine.dispose()


@pytest.fixture(scope="session")
def databases(postgresql):
    """Return what makes databases on a server in PostgreSQL."""
    made = Databases(f"postgresql+psycopg://toy@/{{}}?host={postgresql}")
    yield made
    made.close()
