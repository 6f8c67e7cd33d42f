"""A signature is read at once and yet as pyHanko reads it, digit by digit."""

import io
from typing import Any

import pytest
from mikrocert_seal_ades.pades.documents import Document
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodeLimits
from pyhanko.pdf_utils.reader import PdfFileReader

SIGNATURES: dict[str, bytes] = {
    "digits first": b"<< /Contents <30AF00> /ByteRange [0 1 2 3]   /Type /Sig /M (D:2026) >>",
    "digits last": b"<</Type/Sig/ByteRange[0 1 2 3]/M (D\\0722026)/Contents<30aF00>>>",
    "one digit less": b"<< /Type /Sig /Contents <30A> >>",
    "digits with spaces": b"<< /Type /Sig /Contents <30 A0\n> >>",
    "no digits": b"<< /Type /Sig /Contents <> >>",
    "a string": b"<< /Type /Sig /Contents (30A0) >>",
    "digits in a string": b"<< /Reason (/Contents <30A0>) /Contents <31> >>",
    "digits in a string with brackets": b"<< /Reason (() /Contents <30A0>) /Contents <31> >>",
    "another dictionary inside": b"<< /Prop << /Contents <30A0> >> /Contents <31> >>",
    "digits twice": b"<< /Contents <30A0> /Contents <31> >>",
    "digits twice, spelled otherwise": b"<< /Contents <30A0> /#43ontents <31> >>",
    "a comment": b"<< /Type /Sig % /Contents <30A0>\n /Contents <31> >>",
    "text in the digits": b"<< /Contents <FEFF0041> /Type /Sig >>",
    "a stream": b"<< /Contents <30A0> /Type /Sig >> stream\nendstream",
    "not ended": b"<< /Contents <30A0> /Type /Sig",
}


def pdf_with(octets: bytes, *, number: bytes = b"2 0 obj\n") -> bytes:
    head = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
    body = head + number + octets + b"\nendobj\n"
    rows = b"".join(b"%010d 00000 n \n" % place for place in (9, len(head)))
    table = b"xref\n0 3\n0000000000 65535 f \n" + rows + b"trailer\n<< /Size 3 /Root 1 0 R >>\n"
    return body + table + b"startxref\n%d\n%%%%EOF\n" % len(body)


def read(reader: Any) -> Any:
    """Return what the object is, or that it can't be read."""
    try:
        found = reader.get_object(generic.Reference(2, 0, reader))
        out = {str(name): (type(value), _written(value)) for name, value in found.items()}
    except Exception:  # noqa: BLE001 - pyHanko answers with almost any exception
        return "unreadable"
    return type(found), out


def _written(value: Any) -> bytes:
    out = io.BytesIO()
    value.write_to_stream(out, None)
    return out.getvalue()


@pytest.mark.parametrize("number", [b"2 0 obj\n", b"2 0 obj", b"3 0 obj\n", b" 2 0 obj\n"])
@pytest.mark.parametrize("name", SIGNATURES)
def test_a_signature_is_read_as_pyhanko_reads_it(name: str, number: bytes) -> None:
    """However a signature is written, what is read is the same, or neither can read it."""
    pdf = pdf_with(SIGNATURES[name], number=number)
    ours = Document(pdf, stream=io.BytesIO(pdf), limits=DecodeLimits())
    assert read(ours) == read(PdfFileReader(io.BytesIO(pdf)))


def test_the_digits_of_a_seal_are_read_at_once(lta: bytes) -> None:
    """A file of level B-LTA is read in fewer pieces than its seal has digits."""
    pieces = 0

    class Counted(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            nonlocal pieces
            pieces += 1
            return super().read(size)

    document = Document(lta, stream=Counted(lta), limits=DecodeLimits())
    contents = document.root["/AcroForm"]["/Fields"][0]["/V"]["/Contents"].original_bytes
    assert pieces < len(contents)
