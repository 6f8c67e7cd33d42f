"""The signature of a list: is it one of those who may, and what does it cover (TS 119 612, 5.7; EN 319 132-1)?"""

import importlib
import re
from base64 import b64decode
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from xml.etree.ElementTree import Element, fromstring
from xml.parsers import expat

import attrs
from cryptography.x509 import load_der_x509_certificate

from mikrocert_seal_ades.pki.errors import ListError
from mikrocert_seal_ades.pki.problems import problem, reason_of
from mikrocert_seal_ades.pki.x509 import organisation

__all__ = ["LARGEST", "Outline", "SignedContent", "date_time", "outline_of", "signed_content"]

LARGEST: Final = 32 * 1024 * 1024
"""The most octets of a list; the largest in use have some three million."""
DEEPEST: Final = 64
"""How deep elements may be nested; in lists that are in use it is some twenty."""
MOST_ELEMENTS: Final = 1_000_000
"""The most elements of a list; the largest in use have some twenty thousand."""

_SIGNATURE_NAMESPACE: Final = "http://www.w3.org/2000/09/xmldsig#"
_LIST_NAMESPACE: Final = "http://uri.etsi.org/02231/v2#"
_ROOT: Final = f"{_LIST_NAMESPACE} TrustServiceStatusList"
_SIGNATURE: Final = f"{_SIGNATURE_NAMESPACE} Signature"
_CERTIFICATE: Final = f"{_SIGNATURE_NAMESPACE} X509Certificate"
_REFERENCE: Final = f"{_SIGNATURE_NAMESPACE} Reference"
_MOST_REFERENCES: Final = 3
"""One to the list, one to the signed properties, perhaps one to the certificate; each costs a copy of the list."""
_SCHEME: Final = f"{_LIST_NAMESPACE} SchemeInformation"
_ISSUED: Final = f"{_LIST_NAMESPACE} ListIssueDateTime"
_INFORMATION: Final = f"{_LIST_NAMESPACE} SchemeInformationURI"
_URI: Final = f"{_LIST_NAMESPACE} URI"
_DATE_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_METHODS: Final = ("RSA_SHA", "ECDSA_SHA", "SHA")
_DIGESTS: Final = ("256", "384", "512")


@attrs.frozen
class SignedContent:
    """What a signature covers, and by whom it is.

    Args:
        root: the list without its signature.
        signer: certificate of who signed, DER.
    """

    root: Element = attrs.field(repr=False, eq=False)
    signer: bytes = attrs.field(repr=False)


def signed_content(
    octets: bytes, *, signers: Sequence[bytes], at: datetime | None, where: str
) -> SignedContent:
    """Return what the signature of a list covers; nothing else of the list may be used.

    The list has exactly one signature, directly in its root, over the whole and over the signed properties. It is signed with
    one of the certificates given, which is trusted as it stands and valid at that moment.

    Args:
        octets: the list, as it was published.
        signers: certificates one of which it has to be signed with, DER.
        at: the moment, aware; none means when the list says that it was issued, which only serves for archived ones.
        where: what to call the list in errors.

    Raises:
        ListError: if it is no list, is made to harm, or is not signed so.
    """
    outline = outline_of(octets, where=where)
    if len(outline.references) > _MOST_REFERENCES or outline.references.count("") != 1:
        raise ListError(problem("list-signature-scope", where=where))
    signer = _signer(outline, signers=signers, where=where)
    moment = at or date_time(outline.issued)
    if moment is None:
        raise ListError(problem("list-incomplete", where=where, name="ListIssueDateTime"))
    try:
        certificate = load_der_x509_certificate(signer)
        start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except ValueError as fault:
        raise ListError(problem("list-signer-unreadable", where=where)) from fault
    if not start <= moment <= end:
        raise ListError(
            problem(
                "list-signer-expired",
                where=where,
                name=organisation(signer),
                time=moment,
                start=start,
                end=end,
            )
        )
    content = _verified(octets, certificate=certificate, moment=moment, where=where)
    root = fromstring(content)  # noqa: S314  canonical and signed: no document type is left in it
    if at is None and _text(root, "ListIssueDateTime") != outline.issued:
        raise ListError(problem("list-signature-scope", where=where))
    return SignedContent(root, signer)


def date_time(text: str) -> datetime | None:
    """Return an xs:dateTime with a time zone, or none where it isn't one (TS 119 612, 5.1.4)."""
    if _DATE_TIME.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _text(root: Element, name: str) -> str:
    return root.findtext(f"{{{_LIST_NAMESPACE}}}SchemeInformation/{{{_LIST_NAMESPACE}}}{name}", "").strip()


@attrs.frozen
class Outline:
    """What is seen of a list before its signature is verified, and what nobody has to believe.

    Args:
        issued: when it says that it was issued, as text.
        information: addresses that describe its scheme, in order.
        references: what its signature refers to.
        certificates: what its signature names as certificates, in base64.
    """

    issued: str
    information: tuple[str, ...]
    references: tuple[str, ...]
    certificates: tuple[str, ...]


def outline_of(octets: bytes, *, where: str) -> Outline:
    """Return what is seen of a list before its signature is verified, in one pass and within bounds.

    Nothing is made of entities, nothing is fetched, and nothing is kept of what isn't asked for.

    Args:
        octets: the list, as it was published.
        where: what to call the list in errors.

    Raises:
        ListError: if it is no list, is made to harm, or doesn't have exactly one signature, directly in its root.
    """
    if len(octets) > LARGEST:
        raise ListError(problem("list-too-large", where=where, size=len(octets), limit=LARGEST))
    listener = _Listener(where)
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.StartElementHandler = listener.start
    parser.EndElementHandler = listener.end
    parser.CharacterDataHandler = listener.data
    parser.StartDoctypeDeclHandler = listener.doctype
    try:
        parser.Parse(octets, True)  # noqa: FBT003  the last piece
    except expat.ExpatError as fault:
        raise ListError(
            problem("list-not-xml", where=where, line=fault.lineno, column=fault.offset + 1)
        ) from fault
    if listener.signatures != 1:
        raise ListError(problem("list-signature-count", where=where, count=listener.signatures))
    return Outline(
        listener.issued, tuple(listener.information), tuple(listener.references), tuple(listener.certificates)
    )


@attrs.define
class _Listener:
    """Listens to the parser."""

    where: str
    path: list[str] = attrs.field(factory=list[str])
    elements: int = 0
    signatures: int = 0
    references: list[str] = attrs.field(factory=list[str])
    issued: str = ""
    information: list[str] = attrs.field(factory=list[str])
    certificates: list[str] = attrs.field(factory=list[str])
    pieces: list[str] = attrs.field(factory=list[str])

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        if len(self.path) >= DEEPEST or self.elements > MOST_ELEMENTS:
            raise ListError(problem("list-too-much", where=self.where, depth=DEEPEST, count=MOST_ELEMENTS))
        if not self.path and name != _ROOT:
            raise ListError(problem("list-wrong-root", where=self.where))
        if name == _SIGNATURE:
            self.signatures += 1
            if self.path != [_ROOT]:
                raise ListError(problem("list-signature-misplaced", where=self.where))
        if name == _REFERENCE and self.path[1:2] == [_SIGNATURE]:
            self.references.append(attributes.get("URI", ""))
        self.path.append(name)
        self.pieces.clear()

    def data(self, text: str) -> None:
        if self.path[-1] in {_CERTIFICATE, _ISSUED, _URI}:
            self.pieces.append(text)

    def end(self, name: str) -> None:
        outer, text = self.path[1:-1], "".join(self.pieces)
        if name == _CERTIFICATE and outer[:1] == [_SIGNATURE]:
            self.certificates.append("".join(text.split()))
        elif name == _ISSUED and outer == [_SCHEME]:
            self.issued = text.strip()
        elif name == _URI and outer == [_SCHEME, _INFORMATION]:
            self.information.append(text.strip())
        self.path.pop()
        self.pieces.clear()

    def doctype(self, *_: object) -> None:
        raise ListError(problem("list-doctype", where=self.where))


def _signer(outline: Outline, *, signers: Sequence[bytes], where: str) -> bytes:
    try:
        carried = [b64decode(text, validate=True) for text in outline.certificates]
    except ValueError as fault:
        raise ListError(problem("list-signer-unnamed", where=where)) from fault
    if not carried:
        raise ListError(problem("list-signer-unnamed", where=where))
    found = [certificate for certificate in carried if certificate in signers]
    if len(found) != 1:
        raise ListError(problem("list-signer-unknown", where=where))
    return found[0]


def _verified(octets: bytes, *, certificate: object, moment: datetime, where: str) -> bytes:
    """Return the octets of the list that the signature covers, canonical."""
    signxml: Any = importlib.import_module("signxml.xades")
    algorithms: Any = importlib.import_module("signxml.algorithms")
    methods = frozenset(
        method
        for method in algorithms.SignatureMethod
        if method.name.startswith(_METHODS) and any(digest in method.name for digest in _DIGESTS)
    )
    digests = frozenset(digest for digest in algorithms.DigestAlgorithm if digest.name.endswith(_DIGESTS))
    configuration = signxml.XAdESSignatureConfiguration(
        location="./",
        expect_references=True,
        signature_methods=methods,
        digest_algorithms=digests,
        verification_time=moment,
    )
    try:
        results = signxml.XAdESVerifier().verify(octets, x509_cert=certificate, expect_config=configuration)
        covered = [
            result.signed_data
            for result in results
            if result.signed_xml is not None and result.signed_xml.tag == "{{{}}}{}".format(*_ROOT.split())
        ]
    except Exception as fault:
        raise ListError(problem("list-signature-wrong", where=where, reason=reason_of(fault))) from fault
    if len(covered) != 1:
        raise ListError(problem("list-signature-scope", where=where))
    content: bytes = covered[0]
    return content
