"""Validates a document over RDF, as the Europass reference implementation does: JSON-LD, then SHACL.

Slow and independent of `validate`; the tests hold the two equal. Context and shapes are the derived ones and lie in memory:
nothing is ever fetched. Needs the extra `mikrocert-edc-v3[reference]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import attrs
from mikrocert.api import strict_json

from mikrocert_edc_v3.jsonld import context
from mikrocert_edc_v3.validation.shapes import shapes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rdflib import Graph

__all__ = ["Reference", "Result", "to_graph"]


@attrs.frozen
class Result:
    """One validation result of a SHACL processor.

    Args:
        focus: IRI of the node.
        path: full IRI of the property.
        component: name of the constraint component without its namespace, such as `MinCountConstraintComponent`.
    """

    focus: str
    path: str
    component: str


def to_graph(
    document: Mapping[str, object], *, contexts: Mapping[str, Mapping[str, object]] | None = None
) -> Graph:
    """Return the RDF graph of a document.

    Args:
        document: a document of the strict subset.
        contexts: address → context document; the derived ones if none are given.
    """
    import json  # noqa: PLC0415

    from pyld import jsonld  # noqa: PLC0415
    from rdflib import Graph  # noqa: PLC0415

    context_documents = contexts or {
        context.W3C_CONTEXT: context.w3c_context(),
        context.EDC_CONTEXT: context.edc_context(),
    }

    def load(url: str, _options: object) -> dict[str, object]:
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": context_documents[url],
        }

    plain = json.loads(strict_json.dumps(document))
    quads = cast("Any", jsonld).to_rdf(plain, {"format": "application/n-quads", "documentLoader": load})
    return Graph().parse(data=quads, format="nt")


class Reference:
    """A SHACL validator with its shapes parsed once.

    Args:
        turtle: shapes graph in Turtle; the derived one if none is given.
    """

    def __init__(self, turtle: str | None = None) -> None:
        from rdflib import Graph  # noqa: PLC0415

        self._shapes = Graph().parse(data=turtle or shapes(), format="turtle")

    def results(self, graph: Graph) -> frozenset[Result]:
        """Return all validation results; nothing if the graph conforms."""
        import pyshacl  # noqa: PLC0415
        from rdflib.namespace import SH  # noqa: PLC0415

        report: Graph = cast("Any", pyshacl).validate(graph, shacl_graph=self._shapes, inference="none")[1]
        return frozenset(
            Result(
                str(report.value(result, SH.focusNode)),
                str(report.value(result, SH.resultPath)),
                str(report.value(result, SH.sourceConstraintComponent)).rpartition("#")[2],
            )
            for result in report.objects(None, SH.result)
        )
