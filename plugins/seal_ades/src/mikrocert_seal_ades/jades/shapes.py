"""The containers that JAdES shares between its headers: time-stamps, certificates, revocation data.

Shapes only (ETSI TS 119 182-1, 5.3 and 5.4, and its JSON schema): nothing in here judges what the octets mean.
"""

from collections.abc import Mapping
from typing import Final

import attrs

from mikrocert_seal_ades.jades.encoding import from_base64
from mikrocert_seal_ades.jades.strict_json import Json, child
from mikrocert_seal_ades.pki.problems import Problem, phrase, problem

DER: Final = "http://uri.etsi.org/01903/v1.2.2#DER"
"""How the octets of a pkiOb are encoded, if it says so (5.4.2)."""


@attrs.frozen
class Values:
    """What an entry carries to validate with, as paths and DER: certificates, certificate lists, OCSP responses."""

    certificates: tuple[tuple[str, bytes], ...] = ()
    lists: tuple[tuple[str, bytes], ...] = ()
    responses: tuple[tuple[str, bytes], ...] = ()


def timestamp_tokens(
    value: Json, *, where: str, canonicalised: bool
) -> tuple[tuple[bytes, ...], list[Problem]]:
    """Return the DER tokens of a tstContainer (5.4.3.3) and what is wrong with its shape.

    `canonicalised` says whether this container may name a `canonAlg`.
    """
    problems: list[Problem] = []
    members = as_object(
        value,
        where=where,
        required=("tstTokens",),
        optional=("canonAlg",) if canonicalised else (),
        problems=problems,
    )
    if "tstTokens" not in members:
        return (), problems
    where = child(where, "tstTokens")
    tokens = [
        octets
        for i, item in enumerate(as_array(members["tstTokens"], where=where, problems=problems))
        if (octets := _encoded(item, where=child(where, i), extra=("type",), problems=problems))
    ]
    return tuple(tokens), problems


def certificate_values(value: Json, *, where: str, problems: list[Problem]) -> Values:
    """Return the certificates of an array like `xVals` (5.3.5.1)."""
    found: list[tuple[str, bytes]] = []
    for index, item in enumerate(as_array(value, where=where, problems=problems)):
        here = child(where, index)
        entry = as_object(
            item, where=here, required=(), optional=("x509Cert", "otherCert"), problems=problems
        )
        if len(entry) > 1:
            problems.append(problem("wrong-type", where=here, right=phrase("exactly one certificate")))
        if "x509Cert" in entry:
            here = child(here, "x509Cert")
            octets = _encoded(entry["x509Cert"], where=here, extra=(), problems=problems)
            found.extend(((here, octets),) if octets else ())
        if "otherCert" in entry:
            problems.append(problem("values-not-judged", where=child(here, "otherCert")))
    return Values(certificates=tuple(found))


def revocation_values(value: Json, *, where: str, problems: list[Problem]) -> Values:
    """Return the revocation data of an object like `rVals` (5.3.5.2)."""
    members = as_object(
        value, where=where, required=(), optional=("crlVals", "ocspVals", "otherVals"), problems=problems
    )
    found: dict[str, list[tuple[str, bytes]]] = {"crlVals": [], "ocspVals": []}
    for name, items in members.items():
        here = child(where, name)
        if name == "otherVals":
            problems.append(problem("values-not-judged", where=here))
        for index, item in enumerate(as_array(items, where=here, problems=problems)):
            place = child(here, index)
            if name != "otherVals" and (octets := _encoded(item, where=place, extra=(), problems=problems)):
                found[name].append((place, octets))
    return Values(lists=tuple(found["crlVals"]), responses=tuple(found["ocspVals"]))


def validation_data(value: Json, *, where: str, problems: list[Problem]) -> Values:
    """Return what is in an object like `tstVD` (5.3.6.1): certificates and revocation data."""
    members = as_object(value, where=where, required=(), optional=("xVals", "rVals"), problems=problems)
    values = Values()
    if "xVals" in members:
        values = certificate_values(members["xVals"], where=child(where, "xVals"), problems=problems)
    if "rVals" in members:
        more = revocation_values(members["rVals"], where=child(where, "rVals"), problems=problems)
        values = attrs.evolve(values, lists=more.lists, responses=more.responses)
    return values


def as_object(
    value: Json, *, where: str, required: tuple[str, ...], optional: tuple[str, ...], problems: list[Problem]
) -> Mapping[str, Json]:
    """Return the members of an object that is not empty, has all `required` members and none but the `optional` besides."""
    if not isinstance(value, dict) or not value:
        problems.append(problem("wrong-type", where=where, right=phrase("an object that is not empty")))
        return {}
    problems.extend(
        problem("member-missing", where=where, name=name) for name in required if name not in value
    )
    problems.extend(
        problem("member-unexpected", where=child(where, name), name=name)
        for name in value
        if name not in required + optional
    )
    return {name: item for name, item in value.items() if name in required + optional}


def as_array(value: Json, *, where: str, problems: list[Problem]) -> list[Json]:
    """Return the items of an array that is not empty."""
    if isinstance(value, list) and value:
        return value
    problems.append(problem("wrong-type", where=where, right=phrase("an array that is not empty")))
    return []


def _encoded(value: Json, *, where: str, extra: tuple[str, ...], problems: list[Problem]) -> bytes | None:
    """Return the octets of a pkiOb or of a time-stamp token: `{val, encoding?, specRef?}`."""
    members = as_object(
        value, where=where, required=("val",), optional=("encoding", "specRef", *extra), problems=problems
    )
    problems.extend(
        problem("wrong-type", where=child(where, name), right=phrase("a string"))
        for name, item in members.items()
        if not isinstance(item, str)
    )
    if members.get("encoding", DER) != DER:
        problems.append(problem("encoding-unsupported", where=child(where, "encoding")))
    val = members.get("val")
    octets = from_base64(val) if isinstance(val, str) else None
    if not octets and isinstance(val, str):
        problems.append(problem("not-base64", where=child(where, "val")))
    return octets
