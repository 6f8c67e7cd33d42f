"""Small trusted lists, made and signed anew for each run, and the real ones where they are at hand."""

import gzip
import hashlib
import os
import sys
from base64 import b64encode
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
BASE = "http://uri.etsi.org/TrstSvc"
STATUS = f"{BASE}/TrustedList/Svcstatus"
INFO = f"{BASE}/TrustedList/SvcInfoExt"
CA_QC, QTST = f"{BASE}/Svctype/CA/QC", f"{BASE}/Svctype/TSA/QTST"
OF_LISTS, NATIONAL = f"{BASE}/TrustedList/TSLType/EUlistofthelists", f"{BASE}/TrustedList/TSLType/EUgeneric"
MIME_TYPE = "application/vnd.etsi.tsl+xml"
LOTL = "https://listy.example/eu-lotl.xml"
GAZETTE = "https://eur-lex.europa.eu/eli/C/2026/1944/oj"
NAMESPACES = (
    'xmlns="http://uri.etsi.org/02231/v2#" xmlns:a="http://uri.etsi.org/02231/v2/additionaltypes#" '
    'xmlns:s="http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#" '
    'xmlns:x="http://uri.etsi.org/01903/v1.3.2#"'
)


def stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def identity(*certificates: bytes) -> str:
    each = "".join(
        f"<DigitalId><X509Certificate>{b64encode(one).decode()}</X509Certificate></DigitalId>"
        for one in certificates
    )
    return f"<ServiceDigitalIdentity>{each}</ServiceDigitalIdentity>"


def extension(content: str, *, critical: bool = True) -> str:
    return f'<Extension Critical="{str(critical).lower()}">{content}</Extension>'


def additional(name: str) -> str:
    return extension(
        f'<AdditionalServiceInformation><URI xml:lang="en">{INFO}/{name}</URI></AdditionalServiceInformation>'
    )


def oid(name: str, identifier: str) -> str:
    return f'<{name}><x:Identifier Qualifier="OIDAsURN">urn:oid:{identifier}</x:Identifier></{name}>'


def policies(*identifiers: str) -> str:
    each = "".join(oid("s:PolicyIdentifier", one) for one in identifiers)
    return f"<s:PolicySet>{each}</s:PolicySet>"


def bits(**usages: bool) -> str:
    each = "".join(f'<s:KeyUsageBit name="{n}">{str(v).lower()}</s:KeyUsageBit>' for n, v in usages.items())
    return f"<s:KeyUsage>{each}</s:KeyUsage>"


def others(content: str) -> str:
    return f"<s:otherCriteriaList>{content}</s:otherCriteriaList>"


def criteria(*content: str, assertion: str = "all") -> str:
    return f'<s:CriteriaList assert="{assertion}">{"".join(content)}</s:CriteriaList>'


ANY = criteria(bits(nonRepudiation=True))
"""Criteria that every seal certificate of the tests meets."""
NONE = criteria(bits(keyCertSign=True))
"""Criteria that no seal certificate meets."""


def qualifiers(*names: str, when: str = ANY) -> str:
    each = "".join(f'<s:Qualifier uri="{INFO}/{name}"/>' for name in names)
    element = f"<s:QualificationElement><s:Qualifiers>{each}</s:Qualifiers>{when}</s:QualificationElement>"
    return extension(f"<s:Qualifications>{element}</s:Qualifications>")


@attrs.frozen
class Entry:
    """What a service is from a moment on."""

    since: datetime
    status: str = "granted"
    kind: str = CA_QC
    extensions: tuple[str, ...] = (additional("ForeSeals"),)

    def xml(self, *, name: str, certificates: Sequence[bytes] = ()) -> str:
        extensions = (
            f"<ServiceInformationExtensions>{''.join(self.extensions)}</ServiceInformationExtensions>"
        )
        return (
            f"<ServiceTypeIdentifier>{self.kind}</ServiceTypeIdentifier>"
            f'<ServiceName><Name xml:lang="cs">{name}</Name></ServiceName>{identity(*certificates)}'
            f"<ServiceStatus>{STATUS}/{self.status}</ServiceStatus>"
            f"<StatusStartingTime>{stamp(self.since)}</StatusStartingTime>"
            f"{extensions if self.extensions else ''}"
        )


def service(certificates: Sequence[bytes], *entries: Entry, name: str = "Služba ř") -> str:
    """Return a service with its history, the newest entry first."""
    now, *past = entries
    history = "".join(f"<ServiceHistoryInstance>{e.xml(name=name)}</ServiceHistoryInstance>" for e in past)
    return (
        f"<TSPService><ServiceInformation>{now.xml(name=name, certificates=certificates)}</ServiceInformation>"
        f"<ServiceHistory>{history}</ServiceHistory></TSPService>"
    )


def pointer(
    location: str,
    territory: str,
    *signers: bytes,
    list_type: str = NATIONAL,
    rules: str = "EUcommon",
    mime_type: str = MIME_TYPE,
) -> str:
    """Return a pointer to another list."""
    parts = (
        f"<TSLType>{list_type}</TSLType>",
        f"<SchemeTerritory>{territory}</SchemeTerritory>",
        f"<a:MimeType>{mime_type}</a:MimeType>",
        f'<SchemeTypeCommunityRules><URI xml:lang="en">{BASE}/TrustedList/schemerules/{rules}</URI></SchemeTypeCommunityRules>',
    )
    information = "".join(f"<OtherInformation>{part}</OtherInformation>" for part in parts)
    return (
        f"<OtherTSLPointer><ServiceDigitalIdentities>{identity(*signers)}</ServiceDigitalIdentities>"
        f"<TSLLocation>{location}</TSLLocation><AdditionalInformation>{information}</AdditionalInformation></OtherTSLPointer>"
    )


def own_pointer(*signers: bytes) -> str:
    """Return the pointer of a list of lists to itself."""
    return pointer(LOTL, "EU", *signers, list_type=OF_LISTS, rules="EUlistofthelists")


def unsigned(  # the members of a list in their order
    *,
    territory: str = "CZ",
    version: int = 6,
    sequence: int = 5,
    list_type: str = NATIONAL,
    issued: datetime = NOW - DAY,
    next_update: datetime | None = NOW + 100 * DAY,
    information: Iterable[str] = (),
    pointers: Iterable[str] = (),
    services: Iterable[str] = (),
) -> str:
    due = f"<dateTime>{stamp(next_update)}</dateTime>" if next_update else ""
    uris = "".join(f'<URI xml:lang="en">{one}</URI>' for one in information)
    return (
        f"<TrustServiceStatusList {NAMESPACES}><SchemeInformation>"
        f"<TSLVersionIdentifier>{version}</TSLVersionIdentifier><TSLSequenceNumber>{sequence}</TSLSequenceNumber>"
        f"<TSLType>{list_type}</TSLType>"
        f'<SchemeOperatorName><Name xml:lang="cs">Úřad pro řůď</Name><Name xml:lang="en">Office</Name></SchemeOperatorName>'
        f"<SchemeInformationURI>{uris}</SchemeInformationURI><SchemeTerritory>{territory}</SchemeTerritory>"
        f"<PointersToOtherTSL>{''.join(pointers)}</PointersToOtherTSL>"
        f"<ListIssueDateTime>{stamp(issued)}</ListIssueDateTime><NextUpdate>{due}</NextUpdate></SchemeInformation>"
        f"<TrustServiceProviderList><TrustServiceProvider><TSPInformation>"
        f'<TSPName><Name xml:lang="en">Provider</Name></TSPName></TSPInformation>'
        f"<TSPServices>{''.join(services)}</TSPServices></TrustServiceProvider></TrustServiceProviderList>"
        f"</TrustServiceStatusList>"
    )


XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SIGNATURE = """<ds:Signature xmlns:ds="{XMLDSIG}"><ds:SignedInfo>\
<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>\
<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/>\
<ds:Reference URI="{scope}"><ds:Transforms><ds:Transform Algorithm="{XMLDSIG}enveloped-signature"/>\
<ds:Transform Algorithm="{EXCLUSIVE}"/></ds:Transforms><ds:DigestMethod Algorithm="{SHA256}"/>\
<ds:DigestValue/></ds:Reference>\
<ds:Reference URI="#vlastnosti" Type="http://uri.etsi.org/01903#SignedProperties"><ds:Transforms>\
<ds:Transform Algorithm="{EXCLUSIVE}"/></ds:Transforms><ds:DigestMethod Algorithm="{SHA256}"/>\
<ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/>\
<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>\
<ds:Object><xades:QualifyingProperties xmlns:xades="{XADES}" Target="#podpis">\
<xades:SignedProperties Id="vlastnosti"><xades:SignedSignatureProperties>\
<xades:SigningTime>2026-11-21T12:00:00Z</xades:SigningTime><xades:{reference}><xades:Cert><xades:CertDigest>\
<ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue>{digest}</ds:DigestValue></xades:CertDigest>{serial}</xades:Cert>\
</xades:{reference}></xades:SignedSignatureProperties></xades:SignedProperties></xades:QualifyingProperties>\
</ds:Object></ds:Signature>"""


def signed(xml: str, *, by: Any, version: int = 6, scope: str = "") -> bytes:
    """Return a list, signed as those of its version are: SigningCertificate in 5, SigningCertificateV2 in 6.

    `scope` is what the signature refers to; empty stands for the whole.
    """
    from lxml import etree

    def digest(element: Any) -> str:
        octets = etree.tostring(element, method="c14n", exclusive=True)
        return b64encode(hashlib.sha256(octets).digest()).decode()

    root = etree.fromstring(xml)
    covered = root.find(f".//*[@Id='{scope[1:]}']") if scope else root
    # A tail is no part of an element, but lxml writes it.
    whole = digest(etree.fromstring(etree.tostring(covered, with_tail=False)))
    name = by.certificate.issuer.rfc4514_string()
    serial = (
        f"<xades:IssuerSerial><ds:X509IssuerName>{name}</ds:X509IssuerName>"
        f"<ds:X509SerialNumber>{by.certificate.serial_number}</ds:X509SerialNumber></xades:IssuerSerial>"
    )
    signature = etree.fromstring(
        SIGNATURE.format(
            XMLDSIG=XMLDSIG,
            XADES=XADES,
            EXCLUSIVE=EXCLUSIVE,
            SHA256=SHA256,
            scope=scope,
            certificate=b64encode(by.der).decode(),
            digest=b64encode(hashlib.sha256(by.der).digest()).decode(),
            reference="SigningCertificate" if version == 5 else "SigningCertificateV2",
            serial=serial if version == 5 else "",
        )
    )
    root.append(signature)
    values = [*signature.iter(f"{{{XMLDSIG}}}DigestValue")]
    values[0].text = whole
    values[1].text = digest(next(signature.iter(f"{{{XADES}}}SignedProperties")))
    information = signature.find(f"{{{XMLDSIG}}}SignedInfo")
    octets = etree.tostring(information, method="c14n", exclusive=True)
    r, s = decode_dss_signature(by.key.sign(octets, ec.ECDSA(hashes.SHA256())))
    value = b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).decode()
    signature.find(f"{{{XMLDSIG}}}SignatureValue").text = value
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


class Lists:
    """Makes lists, signed by offices that are made once a run."""

    def __init__(self, parties: Any) -> None:
        self.parties = parties
        self.pinned = self.office("EU", "pinned")
        self.czech = self.office("CZ", "office")

    def office(self, country: str, name: str, **validity: datetime) -> Any:
        return self.parties.certify(
            name, {"C": country, "O": "Úřad", "CN": f"Podpis seznamu {name}"}, **validity
        )

    def national(self, *, by: Any = None, version: int = 6, **members: Any) -> bytes:
        return signed(unsigned(version=version, **members), by=by or self.czech, version=version)

    def of_lists(
        self,
        *,
        by: Any = None,
        pointers: Iterable[str] | None = None,
        version: int = 6,
        sequence: int = 300,
        information: Iterable[str] = (GAZETTE,),
        **members: Any,
    ) -> bytes:
        if pointers is None:
            pointers = (
                own_pointer(self.pinned.der),
                pointer("https://listy.example/cz.xml", "CZ", self.czech.der),
            )
        xml = unsigned(
            territory="EU",
            version=version,
            sequence=sequence,
            list_type=OF_LISTS,
            information=information,
            pointers=pointers,
            **members,
        )
        return signed(xml, by=by or self.pinned, version=version)


@pytest.fixture(scope="session")
def lists(parties: Any) -> Lists:
    """Return the maker of lists."""
    return Lists(parties)


@pytest.fixture(scope="session")
def real() -> Any:
    """Return a function from the name of a real list to its octets."""
    shared = Path(os.environ.get("MIKROCERT_SHARED") or Path(__file__).resolve().parents[5] / "shared")
    folder = shared / "tsl"
    if not folder.is_dir():
        pytest.skip("there are no real trusted lists (../shared/tsl) beside the checkout")

    def read(name: str) -> bytes:
        packed = folder / f"{name}.xml.gz"
        return gzip.decompress(packed.read_bytes()) if packed.exists() else (folder / name).read_bytes()

    return read


@pytest.fixture(scope="session")
def made() -> Any:
    """Return what lists are made of: the functions and values of this module."""
    return sys.modules[__name__]
