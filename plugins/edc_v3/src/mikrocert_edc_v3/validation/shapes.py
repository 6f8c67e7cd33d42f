"""The SHACL shapes, derived from the profile and written in Turtle."""

from collections.abc import Iterator

from mikrocert_edc_v3.model import profile
from mikrocert_edc_v3.model.profile import PREFIXES, ClassProfile, Kind, Property

__all__ = ["shapes"]

_BASE = "urn:mikrocert:shape:"


def shapes() -> str:
    """Return the shapes graph in Turtle: one node shape per class, one per concept scheme."""
    prefixes = [f"@prefix {prefix}: <{iri}> ." for prefix, iri in sorted(PREFIXES.items())]
    classes = profile().classes.values()
    schemes = {
        property_.scheme for class_ in classes for property_ in class_.properties.values() if property_.scheme
    }
    return "\n".join([*prefixes, *map(_class_shape, classes), *map(_scheme_shape, sorted(schemes)), ""])


def _class_shape(class_: ClassProfile) -> str:
    properties = "".join(
        f" ;\n  sh:property [ {shape} ]"
        for property_ in class_.properties.values()
        for shape in _property_shapes(property_)
    )
    return f"<{_BASE}{class_.term}> a sh:NodeShape ;\n  sh:targetClass {class_.iri}{properties} ."


def _scheme_shape(scheme: str) -> str:
    return (
        f"<{_BASE}{scheme}> a sh:NodeShape ; sh:property [ sh:path skos:inScheme ; sh:hasValue <{scheme}> ] ."
    )


def _property_shapes(property_: Property) -> Iterator[str]:
    path = f"sh:path {property_.iri}"
    counts = [f"sh:minCount {property_.min_count}"] if property_.min_count else []
    counts += [f"sh:maxCount {property_.max_count}"] if property_.max_count else []
    yield " ; ".join([path, *counts, *_range(property_)])
    if property_.scheme:
        yield f"{path} ; sh:nodeKind sh:IRI ; sh:node <{_BASE}{property_.scheme}>"
    if property_.needs:
        yield f"{path} ; sh:node [ sh:property [ sh:path {property_.needs} ; sh:minCount 1 ] ]"


def _range(property_: Property) -> Iterator[str]:
    classes = [*(target.IRI for target in property_.range), *property_.also]
    if len(classes) > 1:
        yield f"sh:or ( {' '.join(f'[ sh:class {name} ]' for name in classes)} )"
    elif classes:
        yield f"sh:class {classes[0]}"
    elif property_.datatype:
        yield f"sh:datatype {property_.datatype}"
    else:
        yield "sh:nodeKind sh:Literal"
    if property_.kind is Kind.TEXT and property_.one_per_language:
        yield "sh:uniqueLang true"
