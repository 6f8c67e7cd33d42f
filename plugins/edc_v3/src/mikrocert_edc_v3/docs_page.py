"""The printed reference of the profile, derived from the model."""

from collections.abc import Iterator

from mikrocert_edc_v3.model import profile
from mikrocert_edc_v3.model.profile import ClassProfile, Property

__all__ = ["page"]

_INTRODUCTION = (
    "Derived from the model; `edc-generic-full` 1.1.0. *How many* is min..max; *scheme* is the concept scheme that "
    "a value must be in."
)


def page() -> str:
    """Return the reference page in Markdown: one table per class, one line per property."""
    return "\n".join(
        [
            "# EDC v3: the modelled part of the application profile",
            "",
            _INTRODUCTION,
            "",
            *(line for class_ in profile().classes.values() for line in _class(class_)),
        ]
    )


def _class(class_: ClassProfile) -> Iterator[str]:
    yield f"## {class_.term}"
    yield ""
    yield f"`{class_.iri}`. {(class_.python.__doc__ or '').strip()}"
    yield ""
    if class_.properties:
        yield "| term | property | how many | value | scheme |"
        yield "|---|---|---|---|---|"
        yield from (_property(property_) for property_ in class_.properties.values())
        yield ""


def _property(property_: Property) -> str:
    number = f"{property_.min_count}..{property_.max_count or '*'}"
    number += ", one per language" if property_.one_per_language else ""
    classes = [target.__name__ for target in property_.range]
    value = (
        " or ".join(f"[{name}](#{name.lower()})" for name in classes)
        or f"`{property_.datatype or 'literal'}`"
    )
    return f"| `{property_.term}` | `{property_.iri}` | {number} | {value} | {property_.scheme or ''} |"
