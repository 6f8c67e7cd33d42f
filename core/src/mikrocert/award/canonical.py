"""The canonical form of an award: JSON with the names of `mikrocert.award`, its schema, and the octets that tell sameness."""

from __future__ import annotations

import json
import types
from datetime import date
from decimal import Decimal
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs

from mikrocert.award import Award
from mikrocert.award.common import Common
from mikrocert.errors import IntakeError
from mikrocert.parsing import strict_json
from mikrocert.parsing.docstrings import described
from mikrocert.parsing.structuring import structured, unstructured
from mikrocert.texts import LanguageMap

__all__ = ["award_from_json", "award_to_json", "awards_schema", "canonical_octets", "schema_of"]


def award_to_json(award: Award) -> dict[str, Any]:
    """Return the award in its canonical form; members at their default are left out."""
    return unstructured(award)


def award_from_json(document: object) -> Award:
    """Return the award that a canonical form describes.

    Args:
        document: mappings, lists and scalars, as `strict_json.loads` gives them.

    Raises:
        IntakeError: with a finding for every member that is missing, unknown or of a wrong kind.
    """
    return structured(document, Award, refuse=IntakeError)


def canonical_octets(award: Award) -> bytes:
    """Return the octets that tell whether two awards are the same.

    The e-mail is for contact only and is left out, and so is the type: what was taken from it stands in the award. Members are
    ordered by name, numbers lose trailing zeros.
    """
    learner = attrs.evolve(award.learner, email=None)
    plain = award_to_json(attrs.evolve(award, learner=learner, type=None))
    return json.dumps(json.loads(strict_json.dumps(plain)), sort_keys=True, ensure_ascii=False).encode()


def schema_of(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - a type annotation
    """Return the JSON Schema of a type that the award model uses.

    Args:
        kind: the type, as an annotation names it.
        definitions: takes the schemas of the classes that are in it, by their names.
    """
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        inner = [member for member in get_args(kind) if member is not type(None)]
        return {"anyOf": [schema_of(inner[0], definitions), {"type": "null"}]}
    if origin is tuple:
        return {"type": "array", "items": schema_of(get_args(kind)[0], definitions)}
    scalars: dict[Any, dict[str, Any]] = {
        str: {"type": "string"},
        bool: {"type": "boolean"},
        int: {"type": "integer"},
        Decimal: {"type": "number"},
        date: {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    }
    if kind in scalars:
        return dict(scalars[kind])
    if kind.__name__ not in definitions:
        definitions[kind.__name__] = {}
        definitions[kind.__name__] = _definition(kind, definitions)
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _definition(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    if kind is LanguageMap:
        return {
            "description": "One text by language; Czech is asked for, English wanted.",
            "type": "object",
            "patternProperties": {"^[a-z]{2,3}$": {"type": "string", "pattern": "\\S"}},
            "additionalProperties": False,
            "minProperties": 1,
        }
    description = described(kind)
    hints = get_type_hints(kind)
    properties: dict[str, Any] = {}
    required: list[str] = []
    for field in attrs.fields(kind):
        about = schema_of(hints[field.name], definitions)
        if field.name in description.arguments:
            about["description"] = description.arguments[field.name].replace("`", "")
        properties[field.name] = about
        if field.default is attrs.NOTHING:
            required.append(field.name)
    return {
        "description": description.summary,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def awards_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the canonical intake, derived from the award model.

    The rules say more than the schema: code lists, ranges, dates. The members that an institution's profile
    supplies are optional here, and those that a type has are where the award names one.
    """
    definitions: dict[str, Any] = {}
    schema_of(Award, definitions)
    award = definitions["Award"]
    required = [name for name in award["required"] if name not in {"awarding_body", "quality_assurance"}]
    of_type = {field.name for field in attrs.fields(Common)}
    award["required"] = [name for name in required if name not in of_type]
    award["anyOf"] = [{"required": ["type"]}, {"required": [name for name in required if name in of_type]}]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "mikrocert: awards",
        "type": "object",
        "properties": {"awards": {"type": "array", "items": {"$ref": "#/$defs/Award"}}},
        "required": ["awards"],
        "additionalProperties": False,
        "$defs": definitions,
    }
