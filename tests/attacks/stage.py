"""The stage of the attacks: an operator, a stranger whose seal is trusted as well, and somebody whom nobody trusts."""
# pyright: basic

from __future__ import annotations

import io
import json
import unicodedata
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import attrs
from mikrocert.archive import NewArtefact, NewCredential, init_archive, open_archive
from mikrocert.award.canonical import canonical_octets
from mikrocert.kinds.envelope import Envelope, Services
from mikrocert.kinds.institution import Mandate
from mikrocert.report import File, FileKind, Registration
from mikrocert.settings import Settings, load_settings
from mikrocert.testing import example_award
from mikrocert_edc_v3.format import EdcFormat
from mikrocert_seal_ades.envelopes import JadesEnvelope, PadesEnvelope
from mikrocert_seal_test.config import SandboxConfig
from mikrocert_seal_test.signing import SandboxSigner
from mikrocert_seal_test.state import open_sandbox
from pyhanko.pdf_utils import embed, generic, writer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mikrocert_seal_ades.signers import KeySigner

IDENTIFIERS = {"operator": ("K7mQx4Rt9bHz", "M9nRy5Su2cJa"), "stranger": ("P2qSz6Tv3dKb", "Q3rTa7Uw4eLc")}
OPERATOR = {"organisation": "Zkušební provozovatel", "organization_identifier": "NTRCZ-00000000"}
STRANGER = {
    "organisation": "Ďáblova škola Řešů",
    "organization_identifier": "NTRSK-99999999",
    "country": "SK",
}
OWNERS = {"operator": OPERATOR, "stranger": STRANGER, "nobody": OPERATOR}
"""Who has a seal, and whom its certificate names; nobody made one for itself in the operator's name."""

LEVELS = ("B-B", "B-LTA")
"""Of the first award of each and of the second one."""

LINKS = {
    "operator": "https://mikrocertifikat.example/verify/",
    "stranger": "https://jinde.example/verify/",
}
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
AT = datetime.now(UTC) - timedelta(seconds=5)

SETTINGS = """
sandbox = true
base_url = "https://mikrocertifikat.example"

[operator]
name = { cs = "TEST Zkušební provozovatel" }
organization_identifier = "NTRCZ-00000000"

[archive]
url = "sqlite:///archive.sqlite"

[trust]
anchors = ["operator.pem", "stranger.pem"]
"""


@attrs.frozen
class Stage:
    """What an attacker has: genuine files, the stranger's seal and nobody's; and those whom he wants to deceive.

    Args:
        files: genuine files of operator and stranger: `json` and `pdf`, each in the same order.
        seals: who seals → his seal.
        settings: who verifies → his settings: the operator, and somebody abroad who trusts both seals and has no archive.
    """

    files: dict[str, dict[str, tuple[bytes, ...]]] = attrs.field(repr=False)
    seals: dict[str, KeySigner] = attrs.field(repr=False)
    settings: dict[str, Settings]

    def sealed(self, content: bytes, *, by: str) -> bytes:
        """Return a PDF or a credential under somebody's seal."""
        envelope = PadesEnvelope() if content.startswith(b"%PDF-") else JadesEnvelope()
        return _sealed(envelope, content, signer=self.seals[by])


def make_stage(folder: Path) -> Stage:
    """Make two awards each of operator and stranger; the operator's are in his archive."""
    configs = {
        who: SandboxConfig(folder / f"sandbox-{who}", key="p256", **owner) for who, owner in OWNERS.items()
    }
    sandboxes = {who: open_sandbox(config, at=AT) for who, config in configs.items()}
    for who, sandbox in sandboxes.items():
        (folder / f"{who}.pem").write_text(sandbox.root_pem)
    (folder / "mikrocert.toml").write_text(SETTINGS, "utf-8")
    seals = {who: sandbox.signer for who, sandbox in sandboxes.items()}
    issued = {
        who: [
            _issued(
                who,
                number,
                seal=seals[who],
                services=SandboxSigner(sandboxes[who], url=configs[who].url).services,
            )
            for number in (0, 1)
        ]
        for who in IDENTIFIERS
    }
    url = f"sqlite:///{folder / 'archive.sqlite'}"
    init_archive(url)
    with open_archive(url) as archive:
        for credential in issued["operator"]:
            archive.record(credential)
    home = load_settings(folder / "mikrocert.toml", environment={})
    files = {
        who: {
            kind: tuple(credential.artefacts[place].file.octets for credential in credentials)
            for place, kind in enumerate(("json", "pdf"))
        }
        for who, credentials in issued.items()
    }
    abroad = attrs.evolve(home, operator=None, archive=None)
    return Stage(files, seals, {"home": home, "abroad": abroad})


def _issued(who: str, number: int, *, seal: KeySigner, services: Services) -> NewCredential:
    """Issue an award; the second one is sealed for the long term."""
    level = LEVELS[number]
    identifier = IDENTIFIERS[who][number]
    award = attrs.evolve(example_award(), evidence_number=f"ŘÚ/{number}")
    form, mandate = EdcFormat(), Mandate("1/2026", date(2026, 1, 1))
    draft = form.build(award, identifier=identifier, link=LINKS[who] + identifier, mandate=mandate)
    payload = form.complete(
        draft, identity=seal.identity, at=AT, pictures={"cs": (PICTURE,), "en": (PICTURE,)}
    )
    sealed = _sealed(JadesEnvelope(level=level), payload, signer=seal, services=services)
    lines = (award.learner.name, award.title.best("cs"), award.awarding_body.legal_name.best("cs"))
    around = pdf_around((f"{identifier}.jsonld", sealed), page=lines)
    pdf = _sealed(PadesEnvelope(level=level), around, signer=seal, services=services)
    return NewCredential(
        Registration(identifier, "mu", award.evidence_number, AT),
        canonical_octets(award),
        award.learner.name,
        (
            NewArtefact(
                File("edc-v3", FileKind.CREDENTIAL, "application/ld+json", ".jsonld", sealed),
                payload,
                form.open(payload).id,
            ),
            NewArtefact(File("edc-v3", FileKind.CERTIFICATE, "application/pdf", ".pdf", pdf)),
        ),
    )


def _sealed(
    envelope: Envelope, payload: bytes, *, signer: KeySigner, services: Services | None = None
) -> bytes:
    prepared = envelope.prepare(payload, identity=signer.identity, at=AT)
    signatures = signer.sign_many([prepared.to_be_signed])
    return envelope.finish_many([prepared], signatures, services=services or Services())[0]


def pdf_around(*files: tuple[str, bytes], page: Iterable[str]) -> bytes:
    """Return a PDF of one page with these lines, their accents left out, and these files inside."""
    out = writer.PdfFileWriter()
    font = generic.pdf_name("/F")
    described = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    fonts = generic.DictionaryObject({font: out.add_object(_names(described))})
    plain = [unicodedata.normalize("NFKD", line).encode("ascii", "ignore").decode() for line in page]
    lines = "".join(f"({line}) Tj 0 -16 Td " for line in plain)
    drawn = generic.StreamObject(stream_data=f"BT /F 12 Tf 20 80 Td {lines}ET".encode("ascii"))
    out.insert_page(
        writer.PageObject(
            contents=out.add_object(drawn),
            media_box=(0, 0, 300, 99),
            resources=generic.DictionaryObject({generic.pdf_name("/Font"): fonts}),
        )
    )
    for name, octets in files:
        embedded = embed.EmbeddedFileObject.from_file_data(out, data=octets, compress=True)
        embed.embed_file(out, embed.FileSpec(file_spec_string=name, file_name=name, embedded_data=embedded))
    buffer = io.BytesIO()
    out.write(buffer)
    return buffer.getvalue()


def _names(entries: dict[str, str]) -> generic.DictionaryObject:
    return generic.DictionaryObject(
        {generic.pdf_name(name): generic.pdf_name(value) for name, value in entries.items()}
    )


def payload_of(sealed: bytes) -> dict:
    """Return the credential inside a sealed data file."""
    return json.loads(json.loads(sealed)["payload"])


def dumped(document: object) -> bytes:
    """Return JSON as the sealed files have it."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
