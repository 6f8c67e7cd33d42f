"""PAdES: what is sealed verifies, and whatever is changed is noticed."""

import hashlib
import io
import random
import re
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta
from functools import partial

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from mikrocert.api import EnvelopeError, Outcome, SealError, Texts, Trust
from mikrocert_seal_ades import pades
from mikrocert_seal_ades.envelopes import PadesEnvelope
from mikrocert_seal_ades.inspection import inspect
from mikrocert_seal_ades.pades import cms, sealing
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS, SEALING_ALGORITHMS
from mikrocert_seal_ades.pki.context import ValidationContext

czech = partial(Texts(["mikrocert_seal_ades"]).plain, language="cs")

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def outcomes(pdf: bytes, trust: Trust, at: datetime = NOW) -> dict[str, Outcome]:
    envelope = PadesEnvelope()
    return {
        result.check: result.outcome for result in envelope.examine(envelope.open(pdf), trust=trust, at=at)
    }


def integrity_codes(pdf: bytes) -> list[str]:
    return [
        problem.code for problem in pades.validate(pades.read(pdf), context=ValidationContext(NOW)).integrity
    ]


def forged(pdf: bytes, signer, *, change=lambda data: data, contents=lambda signed: signed.dump()) -> bytes:
    """Change a sealed PDF and seal it again in the same place, as its owner could."""
    gap = pades.read(pdf).byte_range[1:3]
    pdf = change(pdf)
    found = re.search(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\]", pdf)
    before, after, length = (int(number) for number in found.groups())
    document = hashlib.sha256(pdf[:before] + pdf[after : after + length]).digest()
    identity = signer.identity
    unsigned = sealing._unsigned(document, certificates=identity.certificates, algorithm=identity.algorithm)
    (signature,) = signer.sign_many([unsigned.signing_input])
    digits = contents(attrs.evolve(unsigned, signature=sealing._der(signature))).hex().upper().encode()
    room = gap[1] - gap[0] - 2
    return pdf[: gap[0] + 1] + digits.ljust(room, b"0") + pdf[gap[1] - 1 :]


@pytest.mark.parametrize("algorithm", SEALING_ALGORITHMS)
def test_sealed_pdf_verifies(parties, make_pdf, sealed_json, algorithm):
    """Integrity and trust pass for each algorithm, and the file inside comes out as it went in."""
    pdf = parties.pades(make_pdf(("ř.jsonld", sealed_json)), by=parties.signer(algorithm))
    opened = PadesEnvelope().open(pdf)
    assert (opened.payload, opened.payload_name) == (sealed_json, "ř.jsonld")
    assert outcomes(pdf, Trust((parties.root.der,), revocation="if-available")) == {
        "integrity": Outcome.PASSED,
        "trust": Outcome.PASSED,
    }


def test_seal_note_says_who_and_when(sealed_pdf):
    """The note tells kind, owner and the claimed time from /M, before anyone judges; so it has no level."""
    (note,) = PadesEnvelope().open(sealed_pdf).seals
    assert (note.kind, note.level, note.claimed_at) == ("PAdES", None, NOW)
    assert note.owner.legal_name == "Univerzita Řípská"


@pytest.mark.parametrize("name", ["../../tmp/ř.jsonld", "C:\\\\tmp\\\\ř.jsonld", "ř.jsonld", "ř", "ř.xml"])
def test_only_the_name_of_the_file_inside_is_passed_on(parties, make_pdf, name):
    """The file inside may have any name; paths in it go nowhere."""
    pdf = parties.pades(make_pdf((name, b"{}")))
    assert PadesEnvelope().open(pdf).payload_name == re.split(r"[/\\]", name)[-1]


def test_time_is_claimed_in_utc_with_whole_seconds(parties, make_pdf):
    """A time of another zone is written in UTC, its microseconds dropped."""
    from zoneinfo import ZoneInfo

    at = datetime(2026, 11, 22, 13, 0, 0, 999_999, tzinfo=ZoneInfo("Europe/Prague"))
    pdf = parties.pades(make_pdf(("a.jsonld", b"{}")), at=at)
    assert pades.read(pdf).claimed_at == NOW
    assert rb"(D\07220261122120000Z)" in pdf


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_little_room_is_kept(parties, make_pdf, algorithm):
    """/Contents holds the signature and at most two kilobytes of padding."""
    contents = pades.read(parties.pades(make_pdf(("a.jsonld", b"{}")), by=parties.signer(algorithm))).contents
    assert 0 < len(contents) - len(cms.read(contents).dump()) < 2048


def test_earlier_octets_stay(parties, make_pdf):
    """Sealing appends to the PDF and rewrites nothing of it."""
    pdf = make_pdf(("a.jsonld", b"{}"))
    assert parties.pades(pdf).startswith(pdf)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sealed", "has a signature field already"),
        ("encrypted", "can't be sealed"),
        ("truncated", "can't be sealed"),
        ("naive", "no time zone"),
        ("large chain", "too many for a signature of 32767; shorten it"),
    ],
)
def test_what_cannot_be_sealed_is_refused(parties, make_pdf, sealed_pdf, name, message):
    """A sealed, encrypted or damaged PDF, a naive time and a chain without end are each refused with the reason."""
    plain = make_pdf(("a.jsonld", b"{}"))
    pdf = {
        "sealed": sealed_pdf,
        "encrypted": make_pdf(encrypt=True),
        "truncated": plain[: len(plain) // 2],
    }.get(name, plain)
    certificates = parties.signer().identity.certificates
    if name == "large chain":
        certificates = (*certificates, *[parties.root.der] * 90)
    at = NOW.replace(tzinfo=None) if name == "naive" else NOW
    with pytest.raises(SealError, match=message):
        pades.prepare(pdf, certificates=certificates, algorithm="ES256", at=at)


def with_bomb(make_pdf):
    """A PDF whose .jsonld would take 1 GB: 64 MB of zeros twice compressed."""
    from pyhanko.pdf_utils import embed, generic, writer

    out = writer.PdfFileWriter()
    out.insert_page(
        writer.PageObject(
            contents=out.add_object(generic.StreamObject(stream_data=b"q Q")), media_box=(0, 0, 9, 9)
        )
    )
    packed = zlib.compress(bytes(64 * 1024 * 1024), 9)
    filters = {generic.pdf_name("/Filter"): generic.pdf_name("/FlateDecode")}
    embedded = embed.EmbeddedFileObject.from_file_data(out, data=b"{}", compress=False)
    bomb = embedded.reference if hasattr(embedded, "reference") else embedded
    stream = bomb.get_object()
    stream.update(filters)
    stream._data, stream._encoded_data = None, packed
    embed.embed_file(
        out, embed.FileSpec(file_spec_string="b.jsonld", file_name="b.jsonld", embedded_data=stream)
    )
    result = io.BytesIO()
    out.write(result)
    return result.getvalue()


def refused(parties, make_pdf, sealed_pdf, name):  # noqa: PLR0911
    seal = parties.pades
    match name:
        case "not-sealed":
            return make_pdf(("a.jsonld", b"{}"))
        case "encrypted":
            return make_pdf(("a.jsonld", b"{}"), encrypt=True)
        case "no attachment":
            return seal(make_pdf())
        case "two attachments":
            return seal(make_pdf(("a.jsonld", b"{}"), ("obraz.png", b"x")))
        case "too large":
            return sealed_pdf.ljust(20_000_000, b" ")
        case "not a PDF":
            return b" " + sealed_pdf
        case "half":
            return sealed_pdf[: len(sealed_pdf) // 2]
        case "one octet short":
            return sealed_pdf[:-4]
        case "nested":
            return b"%PDF-1.7\n" + b"[" * 100_000
        case "bomb":
            return seal(with_bomb(make_pdf))
        case _:
            return signed_again(parties, sealed_pdf)


def signed_again(parties, pdf: bytes, sub_filter: str = "PADES", *, metadata: bool = True) -> bytes:
    """The PDF with another signature, made by pyHanko alone, which writes the metadata anew unless it is told not to."""
    from asn1crypto import keys, x509
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    key = parties.key("seal").private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    signer = signers.SimpleSigner(
        signing_cert=x509.Certificate.load(parties.signer().identity.certificates[0]),
        signing_key=keys.PrivateKeyInfo.load(key),
        cert_registry=SimpleCertificateStore(),
    )
    meta = signers.PdfSignatureMetadata(
        field_name="Other", subfilter=SigSeedSubFilter[sub_filter], md_algorithm="sha256"
    )
    out = IncrementalPdfFileWriter(io.BytesIO(pdf))
    if not metadata:
        out._update_meta = lambda: None
    return signers.sign_pdf(out, meta, signer=signer).getvalue()


def test_each_of_several_signatures_of_a_pdf_is_told(parties, sealed_pdf):
    """Each by itself: a further one that changes nothing else leaves those before intact, and what it covers is its own."""
    twice = signed_again(parties, sealed_pdf, metadata=False)
    told = inspect(twice)
    assert [(seal.intact, seal.level) for seal in told.seals] == [(True, "B-B"), (True, "B-B")]
    assert told.errors == ()
    other = signed_again(parties, sealed_pdf)
    assert [seal.intact for seal in inspect(other).seals] == [False, True]
    for place, intact in (
        (twice.index(b"/MediaBox"), [False, False]),
        (twice.rindex(b"/M (") + 8, [True, False]),
    ):
        changed = bytearray(twice)
        changed[place] ^= 1
        assert [seal.intact for seal in inspect(bytes(changed)).seals] == intact, place


@pytest.mark.system
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("not-sealed", "not-sealed"),
        ("encrypted", "encrypted"),
        ("no attachment", "attachments"),
        ("two attachments", "attachments"),
        ("two signatures", "several-seals"),
        ("too large", "too-large"),
        ("not a PDF", "not-a-pdf"),
        ("half", "damaged"),
        ("one octet short", "damaged"),
        ("nested", "damaged"),
        ("bomb", "damaged"),
    ],
)
def test_unusable_pdf_is_refused(parties, make_pdf, sealed_pdf, name, code):
    """What can't be opened as a sealed certificate is refused with a reason in both languages, in bounded memory."""
    pdf = refused(parties, make_pdf, sealed_pdf, name)
    tracemalloc.start()
    try:
        with pytest.raises(EnvelopeError) as caught:
            PadesEnvelope().open(pdf)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    (finding,) = caught.value.findings
    assert finding.code == code
    assert czech(finding.message) != str(finding.message)
    assert peak < 64 * 1024 * 1024


def table_of(count: int, *, compress: bool) -> bytes:
    """A PDF of nothing but a cross-reference stream with so many entries."""
    entries = b"\x01\x05\x00" * count
    data, name = (zlib.compress(entries, 9), b"/Filter/FlateDecode") if compress else (entries, b"")
    head = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n"
    stream = b"2 0 obj\n<</Type/XRef/Size %d/W[1 1 1]/Root 1 0 R%s/Length %d>>\nstream\n" % (
        count,
        name,
        len(data),
    )
    return head + stream + data + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(head)


def object_of(content: bytes) -> bytes:
    """A PDF whose catalog holds this and nothing else."""
    catalog = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog" + content + b">>\nendobj\n"
    table = b"xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n"
    return catalog + table + b"trailer\n<</Size 2/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(catalog)


@pytest.mark.parametrize(
    ("pdf", "code"),
    [
        (table_of(4_000_000, compress=True), "damaged"),
        (table_of(4_000_000, compress=False), "damaged"),
        pytest.param(
            object_of(b"/AcroForm<</Fields[" + b"<</T(a)>>" * 100_000 + b"]>>"),
            "damaged",
            marks=pytest.mark.system,
        ),
        (object_of(b"/AcroForm<</Fields[" + b"<</T(a)>>" * 1_000 + b"]>>"), "too-many-parts"),
        (object_of(b"/AcroForm<</Fields[1 0 R]>>/Kids[1 0 R 1 0 R]"), "too-many-parts"),
        (object_of(b"/AF[" + b"1 0 R " * 1_000 + b"]"), "not-sealed"),
    ],
)
def test_pdf_that_explodes_is_refused_cheaply(pdf, code):
    """A table of millions of objects, compressed or not, an endless list and an endless tree cost little."""
    tracemalloc.start()
    try:
        with pytest.raises(EnvelopeError) as caught:
            PadesEnvelope().open(pdf)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [finding.code for finding in caught.value.findings] == [code]
    assert peak < 64 * 1024 * 1024


def appended(pdf: bytes) -> bytes:
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    writer.root["/Lang"] = generic.pdf_string("cs")
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def less_covered(pdf: bytes) -> bytes:
    """The byte range ends nine octets before the file does."""
    found = re.search(rb"(/ByteRange \[0 \d+ \d+ )(\d+)(\])", pdf)
    shorter = str(int(found[2]) - 9).encode().rjust(len(found[2]), b"0")
    return pdf[: found.start(2)] + shorter + pdf[found.end(2) :]


def wider_gap(pdf: bytes) -> bytes:
    """The byte range leaves out the nine octets before the signature too."""
    found = re.search(rb"(/ByteRange \[0 )(\d+)", pdf)
    shorter = str(int(found[2]) - 9).encode().rjust(len(found[2]), b"0")
    return pdf[: found.start(2)] + shorter + pdf[found.end(2) :]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (appended, "changed-after-seal"),
        (lambda pdf: pdf + b"\n", "changed-after-seal"),
        (lambda pdf: pdf.replace(b"20261122120000Z", b"20251122120000Z"), "digest-mismatch"),
        (lambda pdf: pdf.replace(b"ETSI.CAdES.detached", b"adbe.pkcs7.detached"), "not-pades"),
    ],
)
def test_changed_pdf_fails_integrity(sealed_pdf, change, code):
    """An update after the seal, octets at the end, another time and another kind of signature are each named."""
    assert code in integrity_codes(change(sealed_pdf))


@pytest.mark.parametrize(("change", "code"), [(less_covered, "changed-after-seal"), (wider_gap, "gap")])
def test_partly_covered_pdf_fails_integrity(parties, sealed_pdf, change, code):
    """A seal that its own owner made over less than the whole file fails, though its signature is good."""
    pdf = forged(sealed_pdf, parties.signer(), change=change)
    assert integrity_codes(pdf) == [code]


def test_forge_makes_good_seals(parties, sealed_pdf):
    """The forge of these tests changes nothing but what it is told to."""
    assert integrity_codes(forged(sealed_pdf, parties.signer())) == []


def with_unsigned_attribute(signed) -> bytes:
    from asn1crypto import cms as asn1

    info = asn1.ContentInfo.load(signed.dump())
    signer_info = info["content"]["signer_infos"][0]
    signer_info["unsigned_attrs"] = asn1.CMSAttributes(
        [{"type": "1.2.3.4", "values": [signer_info["signature"]]}]
    )
    return info.dump(force=True)


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (with_unsigned_attribute, "unsigned attributes"),
        (lambda signed: signed.dump() + b"\x01", "nothing but zeros"),
        (lambda signed: signed.dump().rstrip(b"\0")[:-1], "doesn't fit"),
        (lambda signed: b"\x30\x80" + signed.dump()[4:], "can't be read|written otherwise"),
        (lambda signed: attrs.evolve(signed, algorithm=cms.sequence_of(cms.DATA)).dump(), "isn't allowed"),
    ],
)
def test_signature_is_read_in_one_form_only(parties, sealed_pdf, contents, message):
    """Unsigned attributes, octets behind, other encodings and unknown algorithms are refused."""
    pdf = forged(sealed_pdf, parties.signer(), contents=contents)
    problems = pades.validate(pades.read(pdf), context=ValidationContext(NOW)).integrity
    (problem,) = [problem for problem in problems if problem.severity == "error"]
    assert re.search(message, str(problem))


def test_foreign_certificate_is_noticed(parties, sealed_pdf):
    """A certificate that doesn't belong to the chain fails integrity."""
    stranger = parties.certify("stranger", {"CN": "Cizí ď"}).der

    def add(signed) -> bytes:
        return attrs.evolve(signed, certificates=tuple(sorted((*signed.certificates, stranger)))).dump()

    assert integrity_codes(forged(sealed_pdf, parties.signer(), contents=add)) == [
        "foreign-certificates",
        "certificates-unnamed",
    ]


def test_another_certificate_of_the_same_key_is_noticed(parties, sealed_pdf):
    """The signed attributes bind the very certificate; another one with the same key and name won't do."""
    signer = parties.signer()
    other = parties.signer().identity.certificates[0]
    assert other != signer.identity.certificates[0]

    def swap(signed) -> bytes:
        return attrs.evolve(
            signed,
            certificates=tuple(sorted((other, *signer.identity.certificates[1:]))),
            signer=other,
        ).dump()

    assert integrity_codes(forged(sealed_pdf, signer, contents=swap)) == [
        "certificate-mismatch",
        "certificates-unnamed",
    ]


def without_root(signed, signer):
    root = signer.identity.certificates[-1]
    return attrs.evolve(signed, certificates=tuple(c for c in signed.certificates if c != root))


def high(signed, _):
    r, s = decode_dss_signature(signed.signature)
    return attrs.evolve(signed, signature=encode_dss_signature(r, ALGORITHMS["ES256"].order - s))


def with_null(signed, _):
    digest = next(octets for octets in reversed(cms.DIGESTS) if cms.DIGESTS[octets] == "sha256")
    assert digest != signed.digest
    return attrs.evolve(signed, digest=digest)


def replaced_contents(pdf: bytes, signer, change) -> bytes:
    """Write the seal of a PDF anew, as anybody could."""
    file = pades.read(pdf)
    start, end = file.byte_range[1:3]
    digits = change(cms.read(file.contents), signer).dump().hex().upper().encode()
    return pdf[: start + 1] + digits.ljust(end - start - 2, b"0") + pdf[end - 1 :]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (
            lambda signed, _: attrs.evolve(signed, certificates=signed.certificates[::-1]),
            "certificates-reordered",
        ),
        (without_root, "certificates-unnamed"),
        (high, "signature-high"),
        (with_null, "algorithms-spelled"),
    ],
    ids=["reordered", "left out", "n - s", "algorithm"],
)
def test_what_no_seal_covers_is_said_to_be_otherwise(parties, sealed_pdf, change, code):
    """What anybody can write anew around a seal leaves it intact, with a warning, and nobody claims more."""
    changed = replaced_contents(sealed_pdf, parties.signer(), change)
    assert changed != sealed_pdf
    envelope = PadesEnvelope()
    integrity, result = envelope.examine(
        envelope.open(changed), trust=Trust((parties.root.der,), revocation="if-available"), at=NOW
    )
    assert (integrity.outcome, result.outcome) == (Outcome.PASSED, Outcome.PASSED)
    assert [finding.code for finding in integrity.findings] == ["covered-unchanged", code]
    assert integrity.sentence == integrity.findings[0].message


def test_hexadecimal_in_lower_case_is_said_to_be_otherwise(sealed_pdf):
    """The whole seal in lower case is as good, and not as it is written here."""
    start, end = pades.read(sealed_pdf).byte_range[1:3]
    assert integrity_codes(sealed_pdf[:start] + sealed_pdf[start:end].lower() + sealed_pdf[end:]) == [
        "hexadecimal-lower"
    ]


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
@pytest.mark.parametrize("root", [True, False])
def test_a_signature_names_every_certificate_in_the_seal(parties, make_pdf, algorithm, root):
    """What is sealed here is in the one form, also where the root is left out."""
    pdf = parties.pades(make_pdf(("a.jsonld", b"{}")), by=parties.signer(algorithm, root=root))
    assert integrity_codes(pdf) == []


def test_hexadecimal_of_two_cases_is_noticed(sealed_pdf):
    """The signature stands there in one case; changing the case of a digit changes the file."""
    start = pades.read(sealed_pdf).byte_range[1]
    place = next(i for i in range(start, len(sealed_pdf)) if sealed_pdf[i : i + 1] in b"ABCDEF")
    changed = sealed_pdf[:place] + sealed_pdf[place : place + 1].lower() + sealed_pdf[place + 1 :]
    assert integrity_codes(changed) == ["gap"]


def places(pdf: bytes, *, every: bool) -> list[tuple[int, int]]:
    """Where bits are flipped, as octet and bit: in every octet of /Contents and of the end of the file, or in some."""
    file = pades.read(pdf)
    start, end = file.byte_range[1:3]
    chance = random.Random(20261122)
    used = start + 1 + 2 * len(file.contents.rstrip(b"\0"))
    areas = [range(start, used), range(used, end), range(end, len(pdf)), range(start)]
    chosen = [place for area in areas for place in chance.sample(area, 25)]
    if every:
        chosen = [*areas[0], *areas[1], *areas[2], *chance.sample(areas[3], 2000)]
    return [(place, chance.randrange(8)) for place in chosen]


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.long)])
def test_any_flipped_bit_is_noticed(parties, sealed_pdf, every):
    """No flipped bit, covered by the signature or not, leaves a PDF that opens and passes integrity."""
    envelope = PadesEnvelope()
    missed = []
    for place, bit in places(sealed_pdf, every=every):
        flipped = bytearray(sealed_pdf)
        flipped[place] ^= 1 << bit
        try:
            opened = envelope.open(bytes(flipped))
        except EnvelopeError:
            continue
        if envelope.examine(opened, trust=Trust(), at=NOW)[0].outcome is not Outcome.FAILED:
            missed.append((place, bit))
    assert missed == []


def test_a_sealed_pdf_that_was_changed_is_not_called_damaged(sealed_pdf):
    """Wherever a bit of the file inside is flipped, and where nothing is attached any longer, the seal says what is wrong."""
    envelope = PadesEnvelope()
    start = sealed_pdf.index(b"stream", sealed_pdf.index(b"/EmbeddedFile"))
    inside = range(start + 10, sealed_pdf.index(b"endstream", start) - 5)
    changed = [
        sealed_pdf[:place] + bytes([sealed_pdf[place] ^ 1 << place % 8]) + sealed_pdf[place + 1 :]
        for place in random.Random(20261129).sample(inside, 60)
    ]
    changed.append(sealed_pdf.replace(b"/EF", b"/EX"))
    assert sealed_pdf not in changed
    for pdf in changed:
        integrity = envelope.examine(envelope.open(pdf), trust=Trust(), at=NOW)[0]
        assert "digest-mismatch" in [finding.code for finding in integrity.findings]


def test_chain_without_root_needs_an_anchor(parties, make_pdf):
    """Where the root isn't embedded an anchor vouches for the last certificate; without one trust is undetermined."""
    pdf = parties.pades(make_pdf(("a.jsonld", b"{}")), by=parties.signer(root=False))
    for anchors in [(parties.root.der,), (parties.authority.der,)]:
        assert outcomes(pdf, Trust(anchors, revocation="if-available"))["trust"] is Outcome.PASSED
    assert outcomes(pdf, Trust()) == {"integrity": Outcome.PASSED, "trust": Outcome.UNDETERMINED}


def test_long_after_expiry_nothing_is_sure(parties, sealed_pdf):
    """Without a time-stamp an expired seal certificate makes trust undetermined, not failed."""
    later = NOW + timedelta(days=10_000)
    assert (
        outcomes(sealed_pdf, Trust((parties.root.der,), revocation="if-available"), at=later)["trust"]
        is Outcome.UNDETERMINED
    )
