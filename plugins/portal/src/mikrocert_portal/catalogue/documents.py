"""The catalogue as JSON: what is kept, under the names of the award."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mikrocert.api import unstructured

if TYPE_CHECKING:
    from mikrocert.api import KeptType, PublicInstitution, PublishedType, RegisterLookup

__all__ = ["institution_to_json", "published_to_json", "type_to_json"]


def institution_to_json(one: PublicInstitution, *, base: str) -> dict[str, Any]:
    """Return an institution.

    Args:
        one: the institution.
        base: address of the catalogue.
    """
    return {
        "id": one.name,
        "address": f"{base}/{one.name}",
        "organisation": unstructured(one.organisation),
        "quality_assurance": [unstructured(each) for each in one.quality_assurance],
    }


def register_to_json(found: RegisterLookup) -> dict[str, Any]:
    """Return what the register says: `found`, `not-found`, or `not-looked-up`."""
    if found.register is None or found.identifier is None:
        return {"result": "not-looked-up", "id": found.identifier}
    taken = {"register": found.register.name, "taken_on": found.register.taken_on.isoformat()}
    if found.entry is None:
        return {"result": "not-found", "id": found.identifier, **taken}
    return {"result": "found", **taken, "entry": unstructured(found.entry)}


def published_to_json(one: PublishedType, *, base: str) -> dict[str, Any]:
    """Return a type as lists show it.

    Args:
        one: the type.
        base: address of the catalogue.
    """
    run = None if one.run is None else unstructured(one.run)
    return {
        "institution": one.institution,
        "id": one.id,
        "address": f"{base}/{one.institution}/{one.id}",
        "title": dict(one.title.texts),
        "version": one.version,
        "published_since": one.since.isoformat(),
        "at": one.changed_at.isoformat(),
        "ects": one.ects,
        "hours": one.hours,
        "eqf": one.eqf,
        "thematic_areas": list(one.areas),
        "languages": list(one.languages),
        "mode": one.mode,
        "run": run,
    }


def type_to_json(kept: KeptType, *, base: str) -> dict[str, Any]:
    """Return a type as a whole.

    Args:
        kept: the type.
        base: address of the catalogue.
    """
    address = f"{base}/{kept.institution}/{kept.id}"
    return {**kept.to_json(), "institution": kept.institution, "address": address}
