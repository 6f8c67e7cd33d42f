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
    schemes = {known.scheme for read in classes for known in read.properties.values() if known.scheme}
    return "\n".join([*prefixes, *map(_class_shape, classes), *map(_scheme_shape, sorted(schemes)), ""])


def _class_shape(read: ClassProfile) -> str:
    properties = "".join(
        f" ;\n  sh:property [ {made} ]" for known in read.properties.values() for made in _made(known)
    )
    return f"<{_BASE}{read.term}> a sh:NodeShape ;\n  sh:targetClass {read.iri}{properties} ."


def _scheme_shape(scheme: str) -> str:
    return (
        f"<{_BASE}{scheme}> a sh:NodeShape ; sh:property [ sh:path skos:inScheme ; sh:hasValue <{scheme}> ] ."
    )


def _made(known: Property) -> Iterator[str]:
    path = f"sh:path {known.iri}"
    counts = [f"sh:minCount {known.least}"] if known.least else []
    counts += [f"sh:maxCount {known.most}"] if known.most else []
    yield " ; ".join([path, *counts, *_range(known)])
    if known.scheme:
        yield f"{path} ; sh:nodeKind sh:IRI ; sh:node <{_BASE}{known.scheme}>"
    if known.needs:
        yield f"{path} ; sh:node [ sh:property [ sh:path {known.needs} ; sh:minCount 1 ] ]"


def _range(known: Property) -> Iterator[str]:
    classes = [*(target.IRI for target in known.range), *known.also]
    if len(classes) > 1:
        yield f"sh:or ( {' '.join(f'[ sh:class {name} ]' for name in classes)} )"
    elif classes:
        yield f"sh:class {classes[0]}"
    elif known.datatype:
        yield f"sh:datatype {known.datatype}"
    else:
        yield "sh:nodeKind sh:Literal"
    if known.kind is Kind.TEXT and known.one_per_language:
        yield "sh:uniqueLang true"
