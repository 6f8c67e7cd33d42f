"""The printed reference of the profile, derived from the model."""

from collections.abc import Iterator

from mikrocert_edc_v3.model import profile
from mikrocert_edc_v3.model.profile import ClassProfile, Property

__all__ = ["page"]

_INTRODUCTION = (
    "Derived from the model; `edc-generic-full` 1.1.0. *How many* is least..most; *scheme* is the concept scheme that "
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
            *(line for read in profile().classes.values() for line in _class(read)),
        ]
    )


def _class(read: ClassProfile) -> Iterator[str]:
    yield f"## {read.term}"
    yield ""
    yield f"`{read.iri}`. {(read.python.__doc__ or '').strip()}"
    yield ""
    if read.properties:
        yield "| term | property | how many | value | scheme |"
        yield "|---|---|---|---|---|"
        yield from (_property(known) for known in read.properties.values())
        yield ""


def _property(known: Property) -> str:
    number = f"{known.least}..{known.most or '*'}"
    number += ", one per language" if known.one_per_language else ""
    classes = [target.__name__ for target in known.range]
    value = (
        " or ".join(f"[{name}](#{name.lower()})" for name in classes) or f"`{known.datatype or 'literal'}`"
    )
    return f"| `{known.term}` | `{known.iri}` | {number} | {value} | {known.scheme or ''} |"
