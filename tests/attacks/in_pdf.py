"""What can be done to a sealed PDF without its key: to the octets, to the signature (CMS), to the document around it."""
# pyright: basic

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import attrs
from asn1crypto import cms as asn1
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from mikrocert_seal_ades import pades
from mikrocert_seal_ades.pades import cms
from pyhanko.pdf_utils import embed, generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from .in_json import ORDER
from .stage import pdf_around

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from .stage import Stage

NAMES = (b"/Type", b"/Sig", b"/Contents", b"/ByteRange", b"/Filter", b"/SubFilter", b"/M", b"/EF", b"/F", b"/UF", b"/AF", b"/Names",
         b"/EmbeddedFiles", b"/AcroForm", b"/Fields", b"/V", b"/Kids", b"/Root", b"/Prev", b"/Size", b"/Pages", b"/Annots", b"/Length")  # fmt: skip
TOKENS = (
    *(b"%PDF-1.7\n", b" obj\n", b"endobj", b"stream\n", b"endstream", b"%%EOF\n", b"<<", b">>", b"[", b"]", b"(", b")", b"<00>"),
    *(b"/Contents <00>", b"/ByteRange [0 1 2 3]", b"startxref\n0\n", b"/Prev 0", b"0 R", b"null", b"-1", b"99999999999", b"xref\n0 1\n"),
)  # fmt: skip


def a_pdf(stage: Stage, chance: random.Random) -> bytes:
    return chance.choice(stage.files["operator"]["pdf"])


def gap_of(pdf: bytes) -> tuple[int, int]:
    """Return where the signature stands, its `<` and `>` included."""
    _, start, end, _ = pades.read(pdf).byte_range
    return start, end


def with_signature(pdf: bytes, contents: bytes) -> bytes:
    """Return a sealed PDF with another signature in the same place."""
    start, end = gap_of(pdf)
    digits = contents.hex().upper().encode()[: end - start - 2]
    return pdf[: start + 1] + digits.ljust(end - start - 2, b"0") + pdf[end - 1 :]


def signed_data_of(pdf: bytes) -> cms.SignedData:
    return cms.read(pades.read(pdf).contents)


# The octets


def flipped_bit(stage: Stage, chance: random.Random) -> bytes:
    data = bytearray(a_pdf(stage, chance))
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def flipped_bit_of_the_signature(stage: Stage, chance: random.Random) -> bytes:
    data = bytearray(a_pdf(stage, chance))
    data[chance.randrange(*gap_of(bytes(data)))] ^= 1 << chance.randrange(8)
    return bytes(data)


def exchanged_octets(stage: Stage, chance: random.Random) -> bytes:
    data = a_pdf(stage, chance)
    start, token = chance.randrange(len(data)), chance.choice(TOKENS)
    return data[:start] + token + data[start + chance.choice((0, len(token), 400)) :]


def cut_file(stage: Stage, chance: random.Random) -> bytes:
    data = a_pdf(stage, chance)
    return data[: chance.randrange(len(data))]


def something_around(stage: Stage, chance: random.Random) -> bytes:
    """Octets before the first or behind the last one."""
    data, junk = a_pdf(stage, chance), chance.choice((*TOKENS, b"\n", b" ", b"\0", chance.randbytes(20)))
    return chance.choice((junk + data, data + junk, data + data))


def other_name(stage: Stage, chance: random.Random) -> bytes:
    """A name somewhere in the document is another one of the same length, or another of those that matter."""
    data = a_pdf(stage, chance)
    places = [match for name in NAMES for match in re.finditer(re.escape(name) + rb"\b", data)]
    place = chance.choice(places)
    name = chance.choice((*NAMES, place[0][:-1] + b"~", place[0].lower()))
    return data[: place.start()] + name + data[place.end() :]


def other_number(stage: Stage, chance: random.Random) -> bytes:
    """A number somewhere in the document (offset, length, reference) is another one of as many digits."""
    data = a_pdf(stage, chance)
    place = chance.choice(list(re.finditer(rb"(?<=[ \n\[])[0-9]+(?=[ \n\]/>])", data)))
    size = place.end() - place.start()
    number = str(chance.choice((0, 1, chance.randrange(10**size), 10**size - 1))).zfill(size)
    return data[: place.start()] + number.encode()[:size] + data[place.end() :]


def other_byte_range(stage: Stage, chance: random.Random) -> bytes:
    """What the signature says that it covers is moved, shortened, lengthened, repeated or turned round."""
    data = a_pdf(stage, chance)
    place = next(re.finditer(rb"/ByteRange \[[0-9 ]+\]", data))
    start, end = gap_of(data)
    size = len(data)
    changed = chance.choice((
        (0, start, end, size - end - chance.randrange(1, 9)),
        (0, start - 1, end, size - end),
        (0, start, end + 1, size - end - 1),
        (1, start - 1, end, size - end),
        (0, 0, 0, size),
        (0, size, size, 0),
        (0, end, end, size - end),
        (end, size - end, 0, start),
        (0, start, end),
        (0, start, end, size - end, 0),
        (0, start, end, -1),
        (0, start, 10**12, 1),
    ))  # fmt: skip
    text = b"/ByteRange [" + b" ".join(str(number).encode() for number in changed) + b"]"
    return data[: place.start()] + text.ljust(place.end() - place.start()) + data[place.end() :]


# The signature


def other_signature(stage: Stage, chance: random.Random) -> bytes:
    """The signature of another genuine PDF, of the operator or of the stranger; or one of its values."""
    one = stage.files["operator"]["pdf"][0]
    other = chance.choice((stage.files["operator"]["pdf"][1], stage.files["stranger"]["pdf"][0]))
    ours, theirs = signed_data_of(one), signed_data_of(other)
    return with_signature(one, chance.choice((
        theirs.dump,
        lambda: attrs.evolve(ours, signature=theirs.signature).dump(),
        lambda: attrs.evolve(ours, signed_attributes=theirs.signed_attributes).dump(),
        lambda: attrs.evolve(theirs, signed_attributes=ours.signed_attributes).dump(),
        lambda: attrs.evolve(theirs, signature=ours.signature).dump(),
    ))())  # fmt: skip


def rewritten_cms(stage: Stage, chance: random.Random) -> bytes:
    """The wrapping of the signature: unsigned attributes, two signers, BER, something behind, another version."""
    pdf = a_pdf(stage, chance)
    octets = signed_data_of(pdf).dump()
    info: Any = asn1.ContentInfo.load(octets)
    signed = info["content"]
    match chance.randrange(7):
        case 0:
            signed["signer_infos"][0]["unsigned_attrs"] = asn1.CMSAttributes([
                {"type": "1.2.3.4", "values": [signed["signer_infos"][0]["signature"]]}
            ])  # fmt: skip
        case 1:
            signed["signer_infos"] = asn1.SignerInfos([signed["signer_infos"][0], signed["signer_infos"][0]])
        case 2:
            signed["signer_infos"] = asn1.SignerInfos([])
        case 3:
            signed["version"] = "v3"
        case 4:
            return with_signature(pdf, b"\x30\x80" + octets[4:] + b"\0\0")
        case 5:
            return with_signature(pdf, octets + chance.randbytes(3))
        case _:
            cut = chance.randrange(len(octets))
            return with_signature(pdf, octets[:cut])
    # Not by force: that writes a time stamp inside anew at every depth, and each time twice.
    return with_signature(pdf, info.dump())


def foreign_certificates(stage: Stage, chance: random.Random) -> bytes:
    """Certificates of the stranger in the seal, or his one instead of the signer's."""
    pdf = a_pdf(stage, chance)
    ours = signed_data_of(pdf)
    theirs = signed_data_of(stage.files["stranger"]["pdf"][0])
    return with_signature(pdf, chance.choice((
        attrs.evolve(ours, certificates=tuple(sorted((*ours.certificates, *theirs.certificates)))),
        attrs.evolve(ours, certificates=tuple(sorted((*ours.certificates, chance.choice(theirs.certificates))))),
        attrs.evolve(ours, certificates=theirs.certificates, signer=theirs.signer),
        attrs.evolve(ours, certificates=tuple(sorted((ours.signer, *theirs.certificates)))),
    )).dump())  # fmt: skip


def other_algorithm(stage: Stage, chance: random.Random) -> bytes:
    """Digest or signature algorithm is another one."""
    pdf = a_pdf(stage, chance)
    ours = signed_data_of(pdf)
    names = [octets for octets, digest in cms.DIGESTS.items() if digest != "sha256"]
    algorithms = [octets for (_, octets) in cms.SIGNATURES if octets != ours.algorithm]
    return with_signature(pdf, chance.choice((
        lambda: attrs.evolve(ours, digest=chance.choice(names)).dump(),
        lambda: attrs.evolve(ours, algorithm=chance.choice(algorithms)).dump(),
        lambda: attrs.evolve(ours, algorithm=b"\x30\x00").dump(),
    ))())  # fmt: skip


def reordered_certificates(stage: Stage, chance: random.Random) -> bytes:
    """The certificates in another order, or fewer of them."""
    pdf = a_pdf(stage, chance)
    ours = signed_data_of(pdf)
    shuffled = list(ours.certificates)
    while tuple(shuffled) == ours.certificates:
        chance.shuffle(shuffled)
    fewer = [one for one in ours.certificates if one == ours.signer or chance.random() < 0.5]
    certificates = chance.choice((shuffled, fewer if len(fewer) < len(shuffled) else [ours.signer]))
    return with_signature(pdf, attrs.evolve(ours, certificates=tuple(certificates)).dump())


def signature_high(stage: Stage, chance: random.Random) -> bytes:
    """The other of the two values of an ECDSA signature: n − s."""
    pdf = a_pdf(stage, chance)
    ours = signed_data_of(pdf)
    r, s = decode_dss_signature(ours.signature)
    return with_signature(pdf, attrs.evolve(ours, signature=encode_dss_signature(r, ORDER - s)).dump())


def algorithm_spelled_otherwise(stage: Stage, chance: random.Random) -> bytes:
    pdf = a_pdf(stage, chance)
    ours = signed_data_of(pdf)
    other = next(o for o, name in cms.DIGESTS.items() if name == "sha256" and o != ours.digest)
    return with_signature(pdf, attrs.evolve(ours, digest=other).dump())


def hexadecimal_in_lower_case(stage: Stage, chance: random.Random) -> bytes:
    pdf = a_pdf(stage, chance)
    start, end = gap_of(pdf)
    return pdf[:start] + pdf[start:end].lower() + pdf[end:]


def hexadecimal_in_two_cases(stage: Stage, chance: random.Random) -> bytes:
    """Some digits in the other case, white space between them, or fewer of them."""
    pdf = a_pdf(stage, chance)
    start, end = gap_of(pdf)
    place = chance.choice([at for at in range(start, end) if pdf[at : at + 1] in b"ABCDEF"])
    return chance.choice((
        pdf[:place] + pdf[place : place + 1].lower() + pdf[place + 1 :],
        pdf[: end - 3] + chance.choice((b" ", b"\n", b"\t")) * 2 + pdf[end - 1 :],
        pdf[: end - 2] + b">" + b" " + pdf[end:],
    ))  # fmt: skip


# The document


def appended(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], object]) -> bytes:
    """Return a PDF with one more revision."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def _page(writer: IncrementalPdfFileWriter) -> Any:
    return writer.root["/Pages"]["/Kids"][0].get_object()


def _other_text(writer: IncrementalPdfFileWriter) -> None:
    drawn = generic.StreamObject(stream_data=b"BT /F 12 Tf 20 20 Td (vyborne) Tj ET")
    _page(writer)[generic.pdf_name("/Contents")] = writer.add_object(drawn)
    writer.update_container(_page(writer))


def _note(writer: IncrementalPdfFileWriter) -> None:
    laid = generic.DictionaryObject({
        generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
        generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
        generic.pdf_name("/Contents"): generic.TextStringObject("výborně"),
        generic.pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 99, 99))),
    })  # fmt: skip
    _page(writer)[generic.pdf_name("/Annots")] = generic.ArrayObject([writer.add_object(laid)])
    writer.update_container(_page(writer))


def _attach(octets: bytes) -> Callable[[IncrementalPdfFileWriter], None]:
    def change(writer: IncrementalPdfFileWriter) -> None:
        embedded = embed.EmbeddedFileObject.from_file_data(writer, data=octets, compress=True)
        name = "ř.jsonld"
        embed.embed_file(
            writer, embed.FileSpec(file_spec_string=name, file_name=name, embedded_data=embedded)
        )

    return change


def _shadow(octets: bytes) -> Callable[[IncrementalPdfFileWriter], None]:
    """The one file inside gets other octets, under the number that it has."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
        stream = names[1].get_object()["/EF"]["/F"]
        stream.clear()
        stream._data, stream._encoded_data = octets, None
        writer.mark_update(names[1].get_object()["/EF"].raw_get("/F"))

    return change


def _script(writer: IncrementalPdfFileWriter) -> None:
    action = {"/S": generic.pdf_name("/JavaScript"), "/JS": generic.TextStringObject("app.alert(1)")}
    writer.root[generic.pdf_name("/OpenAction")] = generic.DictionaryObject({
        generic.pdf_name(name): value for name, value in action.items()
    })  # fmt: skip
    writer.update_root()


def _no_form(writer: IncrementalPdfFileWriter) -> None:
    writer.root.pop("/AcroForm", None)
    writer.update_root()


def _two_fields(writer: IncrementalPdfFileWriter) -> None:
    fields = writer.root["/AcroForm"]["/Fields"]
    fields.append(fields.raw_get(0))
    writer.update_container(fields)


def one_more_revision(stage: Stage, chance: random.Random) -> bytes:
    """An incremental update: other text, a note, another file, the same file with other octets, a script, other fields."""
    pdf, other = a_pdf(stage, chance), chance.choice(stage.files["stranger"]["json"])
    changes = (_other_text, _note, _attach(other), _shadow(other), _script, _no_form, _two_fields)
    # Without a form there is no field to be added.
    for change in sorted(chance.sample(changes, chance.choice((1, 1, 2))), key=lambda one: one is _no_form):
        pdf = appended(pdf, change)
    return pdf


def revisions_swapped(stage: Stage, chance: random.Random) -> bytes:
    """The pages of one genuine PDF with the seal of another, or without one."""
    one, other = chance.sample((*stage.files["operator"]["pdf"], stage.files["stranger"]["pdf"][0]), 2)
    first, second = (pdf.index(b"%%EOF") + 6 for pdf in (one, other))
    return chance.choice(
        (one[:first] + other[second:], one[:first], one + other[second:], one[:first] + other)
    )


def shadow_seal(stage: Stage, chance: random.Random) -> bytes:
    """A second place for a seal in front of, or behind, the genuine one, with or without it."""
    pdf = a_pdf(stage, chance)
    start, end = gap_of(pdf)
    seal = pdf[start:end]
    return chance.choice((
        pdf[:start] + seal + b"/Contents " + pdf[start:],
        pdf[:end] + b"/Contents " + seal + pdf[end:],
        pdf[:start] + b"<00>" + pdf[end:],
        pdf[:start] + b"null".ljust(end - start) + pdf[end:],
        pdf[:start] + b"(" + seal[1:-1] + b")" + pdf[end:],
    ))  # fmt: skip


# Under a seal of somebody else


def around_a_genuine_file(stage: Stage, chance: random.Random) -> bytes:
    """Any text around a genuine data file, sealed by the stranger or in the operator's name by nobody."""
    file = ("ř.jsonld", chance.choice(stage.files["operator"]["json"]))
    more = chance.choice(((), (("ď.jsonld", stage.files["stranger"]["json"][0]),), (("obraz.png", b"x"),)))
    files = [file, *more]
    chance.shuffle(files)
    return stage.sealed(pdf_around(*files, page=["vyborne"]), by=chance.choice(("stranger", "nobody")))


LIES: tuple[Callable[[Stage, random.Random], bytes], ...] = (
    *(flipped_bit, flipped_bit_of_the_signature, exchanged_octets, cut_file, something_around),
    *(other_name, other_number, other_byte_range),
    *(other_signature, rewritten_cms, foreign_certificates, other_algorithm, hexadecimal_in_two_cases),
    *(one_more_revision, revisions_swapped, shadow_seal, around_a_genuine_file),
)
FORMS: tuple[Callable[[Stage, random.Random], bytes], ...] = (
    reordered_certificates,
    signature_high,
    algorithm_spelled_otherwise,
    hexadecimal_in_lower_case,
)
