"""The containers that JAdES shares between its headers: time-stamps, certificates, revocation data.

Shapes only (ETSI TS 119 182-1, 5.3 and 5.4, and its JSON schema): nothing in here judges what the octets mean.
"""

from collections.abc import Mapping

from mikrocert_seal_ades.jades.encoding import from_base64
from mikrocert_seal_ades.jades.strict_json import Json, child
from mikrocert_seal_ades.pki.problems import Problem, phrase, problem


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


def certificate_values(value: Json, *, where: str, problems: list[Problem]) -> tuple[bytes, ...]:
    """Return the DER certificates of an array like `xVals` (5.3.5.1)."""
    found: list[bytes] = []
    for index, item in enumerate(as_array(value, where=where, problems=problems)):
        here = child(where, index)
        entry = as_object(
            item, where=here, required=(), optional=("x509Cert", "otherCert"), problems=problems
        )
        if len(entry) > 1:
            problems.append(problem("wrong-type", where=here, right=phrase("exactly one certificate")))
        if "x509Cert" in entry:
            octets = _encoded(entry["x509Cert"], where=child(here, "x509Cert"), extra=(), problems=problems)
            found.extend((octets,) if octets else ())
    return tuple(found)


def revocation_values(value: Json, *, where: str, problems: list[Problem]) -> None:
    """Check the shape of an object like `rVals` (5.3.5.2)."""
    members = as_object(
        value, where=where, required=(), optional=("crlVals", "ocspVals", "otherVals"), problems=problems
    )
    for name, items in members.items():
        here = child(where, name)
        for index, item in enumerate(as_array(items, where=here, problems=problems)):
            if name != "otherVals":
                _encoded(item, where=child(here, index), extra=(), problems=problems)


def validation_data(value: Json, *, where: str, problems: list[Problem]) -> tuple[bytes, ...]:
    """Return the DER certificates of an object like `tstVD` (5.3.6.1): certificates and revocation data."""
    members = as_object(value, where=where, required=(), optional=("xVals", "rVals"), problems=problems)
    if "rVals" in members:
        revocation_values(members["rVals"], where=child(where, "rVals"), problems=problems)
    if "xVals" in members:
        return certificate_values(members["xVals"], where=child(where, "xVals"), problems=problems)
    return ()


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
    """The octets of a pkiOb or of a time-stamp token: `{val, encoding?, specRef?}`."""
    members = as_object(
        value, where=where, required=("val",), optional=("encoding", "specRef", *extra), problems=problems
    )
    problems.extend(
        problem("wrong-type", where=child(where, name), right=phrase("a string"))
        for name, item in members.items()
        if not isinstance(item, str)
    )
    val = members.get("val")
    octets = from_base64(val) if isinstance(val, str) else None
    if not octets and isinstance(val, str):
        problems.append(problem("not-base64", where=child(where, "val")))
    return octets
