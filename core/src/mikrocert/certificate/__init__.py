"""The certificate in words: what stands on it and its supplement, whoever draws them."""

from mikrocert.certificate.building import LARGEST, LONGEST_TEXT, certificate_of, certificates_of, front_of
from mikrocert.certificate.marks import LARGEST_MARK, media_type_of
from mikrocert.certificate.model import (
    Certificate,
    Copy,
    Fact,
    Front,
    Line,
    Note,
    Pair,
    Plain,
    Row,
    SealWords,
    Signatory,
    Supplement,
    Table,
    Verification,
    VerifyAt,
)
from mikrocert.certificate.paper import Paper, PaperRow, PaperSection
from mikrocert.certificate.qr import qr_png, qr_svg
from mikrocert.certificate.rosette import rosette

__all__ = [
    "LARGEST",
    "LARGEST_MARK",
    "LONGEST_TEXT",
    "Certificate",
    "Copy",
    "Fact",
    "Front",
    "Line",
    "Note",
    "Pair",
    "Paper",
    "PaperRow",
    "PaperSection",
    "Plain",
    "Row",
    "SealWords",
    "Signatory",
    "Supplement",
    "Table",
    "Verification",
    "VerifyAt",
    "certificate_of",
    "certificates_of",
    "front_of",
    "media_type_of",
    "qr_png",
    "qr_svg",
    "rosette",
]
