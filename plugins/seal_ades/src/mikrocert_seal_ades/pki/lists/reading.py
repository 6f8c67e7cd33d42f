"""From the XML of a list that was verified to a value (ETSI TS 119 612, 5)."""

import re
from base64 import b64decode
from collections.abc import Iterator
from typing import Final, cast
from xml.etree.ElementTree import Element

from mikrocert_seal_ades.pki import der
from mikrocert_seal_ades.pki.criteria import (
    KEY_USAGES,
    Assertion,
    CriteriaList,
    Criterion,
    KeyUsages,
    Policies,
    Purposes,
    SubjectAttributes,
    UnknownCriterion,
)
from mikrocert_seal_ades.pki.errors import ListError
from mikrocert_seal_ades.pki.lists.model import Pointer, TrustedList
from mikrocert_seal_ades.pki.lists.signed import SignedContent, date_time
from mikrocert_seal_ades.pki.problems import problem
from mikrocert_seal_ades.pki.services import Qualifiers, ServiceStatus, TrustService

__all__ = ["read_list"]

_T: Final = "{http://uri.etsi.org/02231/v2#}"
_A: Final = "{http://uri.etsi.org/02231/v2/additionaltypes#}"
_S: Final = "{http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#}"
_X: Final = "{http://uri.etsi.org/01903/v1.3.2#}"
_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_ENGLISH: Final = "en"
_INFORMATIVE: Final = frozenset({f"{_A}TakenOverBy", f"{_T}TakenOverBy", f"{_T}ExpiredCertsRevocationInfo"})
"""Extensions that may be critical and say nothing of whether a certificate is qualified (5.5.9.1 and 5.5.9.3)."""
_ASSERTIONS: Final = frozenset({"all", "atLeastOne", "none"})
_TRUE, _FALSE = frozenset({"true", "1"}), frozenset({"false", "0"})
_OID: Final = re.compile(r"(?:urn:oid:)?([0-2](?:\.\d{1,40}){1,50})", re.ASCII | re.IGNORECASE)
_NUMBER: Final = re.compile(r"\d{1,9}", re.ASCII)


def read_list(content: SignedContent, *, where: str) -> TrustedList:
    """Return what a list says.

    A service that can't be read is left out and named in `unreadable`; what lacks of the list itself is an error.

    Args:
        content: what its signature covers.
        where: what to call the list in errors.

    Raises:
        ListError: if it lacks something that every list has.
    """
    scheme = content.root.find(f"{_T}SchemeInformation")
    if scheme is None:
        raise ListError(problem("list-incomplete", where=where, name="SchemeInformation"))
    next_update = scheme.find(f"{_T}NextUpdate")
    if next_update is None:
        raise ListError(problem("list-incomplete", where=where, name="NextUpdate"))
    due = _text(next_update, f"{_T}dateTime")
    until = date_time(due)
    issued = date_time(_text(scheme, f"{_T}ListIssueDateTime"))
    version = _number(scheme, "TSLVersionIdentifier")
    sequence = _number(scheme, "TSLSequenceNumber")
    if issued is None or version is None or sequence is None or (due and until is None):
        missing = {
            "TSLVersionIdentifier": version,
            "TSLSequenceNumber": sequence,
            "ListIssueDateTime": issued,
            "NextUpdate": until,
        }
        name = next(name for name, value in missing.items() if value is None)
        raise ListError(problem("list-incomplete", where=where, name=name))
    territory = _text(scheme, f"{_T}SchemeTerritory")
    services, unreadable = _services(content.root, territory=territory)
    return TrustedList(
        version=version,
        sequence=sequence,
        list_type=_text(scheme, f"{_T}TSLType"),
        territory=territory,
        operator=_named(scheme.find(f"{_T}SchemeOperatorName")),
        issued=issued,
        next_update=until,
        information=tuple(
            (uri.text or "").strip() for uri in scheme.iterfind(f"{_T}SchemeInformationURI/{_T}URI")
        ),
        pointers=tuple(map(_pointer, scheme.iterfind(f"{_T}PointersToOtherTSL/{_T}OtherTSLPointer"))),
        services=services,
        unreadable=unreadable,
        signer=content.signer,
    )


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _number(scheme: Element, name: str) -> int | None:
    text = _text(scheme, f"{_T}{name}")
    return int(text) if _NUMBER.fullmatch(text) else None


def _named(element: Element | None) -> str:
    """Return the name in English, else the first one."""
    names = [] if element is None else element.findall(f"{_T}Name")
    english = [name for name in names if name.get(_LANGUAGE) == _ENGLISH]
    return " ".join(((english or names)[0].text or "").split()) if names else ""


def _pointer(element: Element) -> Pointer:
    information = f"{_T}AdditionalInformation/{_T}OtherInformation"
    return Pointer(
        location=_text(element, f"{_T}TSLLocation"),
        territory=_text(element, f"{information}/{_T}SchemeTerritory"),
        signers=tuple(_certificates(element)),
        list_type=_text(element, f"{information}/{_T}TSLType"),
        rules=frozenset(
            (uri.text or "").strip()
            for uri in element.iterfind(f"{information}/{_T}SchemeTypeCommunityRules/{_T}URI")
        ),
        mime_type=_text(element, f"{information}/{_A}MimeType"),
    )


def _certificates(element: Element) -> Iterator[bytes]:
    """Yield the certificates in an element that can be read; one that can't identifies nobody."""
    for found in element.iter(f"{_T}X509Certificate"):
        try:
            octets = b64decode("".join((found.text or "").split()), validate=True)
            der.name_and_key(octets)
        except ValueError:
            continue
        yield octets


def _services(root: Element, *, territory: str) -> tuple[tuple[TrustService, ...], tuple[str, ...]]:
    services: list[TrustService] = []
    unreadable: list[str] = []
    for provider in root.iterfind(f"{_T}TrustServiceProviderList/{_T}TrustServiceProvider"):
        name = _named(provider.find(f"{_T}TSPInformation/{_T}TSPName"))
        for element in provider.iterfind(f"{_T}TSPServices/{_T}TSPService"):
            service = _service(element, provider=name, territory=territory)
            if service is None:
                unreadable.append(_named(element.find(f"{_T}ServiceInformation/{_T}ServiceName")))
            else:
                services.append(service)
    return tuple(services), tuple(unreadable)


def _service(element: Element, *, provider: str, territory: str) -> TrustService | None:
    """Return a service with its history, or none where a time can't be read: then nobody can tell what it was when."""
    now = element.find(f"{_T}ServiceInformation")
    if now is None:
        return None
    past = element.iterfind(f"{_T}ServiceHistory/{_T}ServiceHistoryInstance")
    history: list[ServiceStatus] = []
    for entry in (now, *past):
        since = date_time(_text(entry, f"{_T}StatusStartingTime"))
        if since is None:
            return None
        qualifiers, additional, not_understood = _extensions(entry)
        history.append(
            ServiceStatus(
                since=since,
                status=_text(entry, f"{_T}ServiceStatus"),
                service_type=_text(entry, f"{_T}ServiceTypeIdentifier"),
                additional=additional,
                qualifiers=qualifiers,
                not_understood=not_understood,
            )
        )
    return TrustService(
        certificates=tuple(dict.fromkeys(_certificates(element))),
        # Of two statuses of the same moment the one that stands first is the newer one; sorting keeps that.
        history=tuple(sorted(history, key=lambda status: status.since, reverse=True)),
        name=_named(now.find(f"{_T}ServiceName")),
        provider=provider,
        territory=territory,
    )


def _extensions(entry: Element) -> tuple[tuple[Qualifiers, ...], frozenset[str], tuple[str, ...]]:
    qualifiers: list[Qualifiers] = []
    additional: set[str] = set()
    not_understood: list[str] = []
    for extension in entry.iterfind(f"{_T}ServiceInformationExtensions/{_T}Extension"):
        critical = extension.get("Critical", "true") not in _FALSE
        for content in extension:
            if content.tag == f"{_S}Qualifications":
                qualifiers += map(_qualifiers, content.iterfind(f"{_S}QualificationElement"))
            elif content.tag == f"{_T}AdditionalServiceInformation":
                additional.add(_text(content, f"{_T}URI"))
            elif critical and content.tag not in _INFORMATIVE:
                not_understood.append(_local(content))
    return tuple(qualifiers), frozenset(additional), tuple(not_understood)


def _qualifiers(element: Element) -> Qualifiers:
    uris = frozenset(q.get("uri", "").strip() for q in element.iterfind(f"{_S}Qualifiers/{_S}Qualifier"))
    criteria = element.find(f"{_S}CriteriaList")
    return Qualifiers(uris, CriteriaList("all", ()) if criteria is None else _criteria(criteria))


def _criteria(element: Element) -> CriteriaList:
    assertion = element.get("assert", "")
    criteria = tuple(
        found for part in element if part.tag != f"{_S}Description" for found in _criterion(part)
    )
    if assertion not in _ASSERTIONS:
        return CriteriaList("all", (UnknownCriterion(assertion),))
    return CriteriaList(cast("Assertion", assertion), criteria)


def _criterion(element: Element) -> Iterator[Criterion]:
    if element.tag == f"{_S}KeyUsage":
        yield _key_usages(element)
    elif element.tag == f"{_S}PolicySet":
        policies = _identifiers(element, f"{_S}PolicyIdentifier")
        yield Policies(policies) if policies else UnknownCriterion(_local(element))
    elif element.tag == f"{_S}CriteriaList":
        yield _criteria(element)
    elif element.tag == f"{_S}otherCriteriaList":
        for other in element:
            purposes = _identifiers(other, f"{_A}KeyPurposeId")
            attributes = _identifiers(other, f"{_A}AttributeOID")
            if other.tag == f"{_A}ExtendedKeyUsage" and purposes:
                yield Purposes(purposes)
            elif other.tag == f"{_A}CertSubjectDNAttribute" and attributes:
                yield SubjectAttributes(attributes)
            else:
                yield UnknownCriterion(_local(other))
    else:
        yield UnknownCriterion(_local(element))


def _key_usages(element: Element) -> Criterion:
    present: set[str] = set()
    absent: set[str] = set()
    for bit in element.iterfind(f"{_S}KeyUsageBit"):
        name, value = KEY_USAGES.get(bit.get("name", "")), (bit.text or "").strip()
        if name is None or value not in _TRUE | _FALSE:
            return UnknownCriterion(bit.get("name", ""))
        (present if value in _TRUE else absent).add(name)
    if not present | absent:
        return UnknownCriterion(_local(element))
    return KeyUsages(frozenset(present), frozenset(absent))


def _identifiers(element: Element, path: str) -> frozenset[str]:
    """Return the object identifiers in an element, dotted; none where one of them can't be read."""
    found = [_OID.fullmatch(_text(each, f"{_X}Identifier")) for each in element.iterfind(path)]
    return frozenset(match[1] for match in found if match) if all(found) else frozenset()


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]
