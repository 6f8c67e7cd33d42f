"""Who a credential says issued it."""

from functools import cache
from importlib import resources

from mikrocert.api import IssuerClaim

from mikrocert_edc_v3 import model
from mikrocert_edc_v3.model.concepts import code

__all__ = ["claim"]


def claim(issuer: model.Organisation | None) -> IssuerClaim | None:
    """Return the claim of the issuer node, or none if there is no such node.

    The eIDAS identifier decides, the others on the node (registration, VAT, tax) are only told.
    """
    if issuer is None:
        return None
    legal = issuer.e_idas_identifier
    others = {"registration": issuer.registration}
    others |= {"vat": next(iter(issuer.vat_identifier), None), "tax": next(iter(issuer.tax_identifier), None)}
    return IssuerClaim(
        legal_name=issuer.legal_name.first,
        eidas_identifier=legal.notation if legal else None,
        country=_alpha2().get(code("country", legal.spatial) or "") if legal else None,
        other_identifiers={
            scheme: known.notation for scheme, known in others.items() if known is not None and known.notation
        },
    )


@cache
def _alpha2() -> dict[str, str]:
    table = (resources.files("mikrocert.codelists") / "country.tsv").read_text(encoding="utf-8")
    header, *lines = (line.split("\t") for line in table.splitlines()[1:])
    column = header.index("alpha2")
    return {line[0]: line[column] for line in lines}
