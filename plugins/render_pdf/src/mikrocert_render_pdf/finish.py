"""The last hand on a PDF before it is written: its second conformance mark, and no trace of the clock."""

from __future__ import annotations

from struct import pack_into, unpack_from
from typing import Any

__all__ = ["finish"]

_WORD = 0xFFFFFFFF
_HEAD = (("L", 8), ("Q", 20), ("Q", 28))
"""Where `head` has checkSumAdjustment, created and modified."""
_PDF_UA = b"""\
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">\
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">\
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>\
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">\
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>\
<pdfaProperty:category>internal</pdfaProperty:category>\
<pdfaProperty:description>Part of ISO 14289 to which the file conforms</pdfaProperty:description>\
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""


def finish(document: Any, pdf: Any) -> None:  # noqa: ANN401, ARG001 - the signature that WeasyPrint calls
    """Mark a PDF/A-3a as PDF/UA-1 too, and make it the same whenever it is made.

    WeasyPrint takes one variant, and PDF/A allows the mark of the other (ISO 14289-1, 5) only together with
    the schema that describes it (ISO 19005-3, 6.6.2.3). It also names the enclosed file twice and stamps each
    embedded font with the time.
    """
    metadata = pdf.objects[int(pdf.catalog["Metadata"].split()[0])]
    metadata.stream = [part.replace(b"</rdf:RDF>", _PDF_UA + b"</rdf:RDF>") for part in metadata.stream]
    enclosed = pdf.catalog["AF"]
    enclosed[:] = dict.fromkeys(enclosed)
    for thing in pdf.objects:
        if isinstance(getattr(thing, "stream", None), list) and "Length1" in thing.extra:
            thing.stream = [_undated(thing.stream[0])]


def _undated(font: bytes) -> bytes:
    """Return a TrueType font that says it was last modified when it was created (OpenType, table `head`)."""
    undated = bytearray(font)
    for entry in range(12, 12 + 16 * unpack_from(">H", font, 4)[0], 16):
        tag, checksum, offset = unpack_from(">4sLL", font, entry)
        if tag == b"head":
            adjustment, created, modified = (unpack_from(f">{f}", font, offset + at)[0] for f, at in _HEAD)
            change = (created >> 32) + (created & _WORD) - (modified >> 32) - (modified & _WORD)
            pack_into(">Q", undated, offset + 28, created)
            pack_into(">L", undated, entry + 4, (checksum + change) & _WORD)
            pack_into(">L", undated, offset + 8, (adjustment - 2 * change) & _WORD)
    return bytes(undated)
