"""The issuer that a credential claims to have."""

from mikrocert.api import IssuerClaim, country

from mikrocert_edc_v3 import model
from mikrocert_edc_v3.model.concepts import code

__all__ = ["claim"]


def claim(issuer: model.Organisation | None) -> IssuerClaim | None:
    """Return the claim of the issuer node, or none if there is no such node.

    The eIDAS identifier decides; the others on the node (registration, VAT, tax) are only mentioned.
    """
    if issuer is None:
        return None
    legal = issuer.e_idas_identifier
    others = {
        "registration": issuer.registration,
        "vat": next(iter(issuer.vat_identifier), None),
        "tax": next(iter(issuer.tax_identifier), None),
    }
    its_country = code("country", legal.spatial) if legal else None
    return IssuerClaim(
        legal_name=issuer.legal_name.first,
        eidas_identifier=legal.notation if legal else None,
        country=country(its_country).extra["alpha2"] if its_country else None,
        other_identifiers={
            scheme: identifier.notation
            for scheme, identifier in others.items()
            if identifier is not None and identifier.notation
        },
        more_names=tuple(
            name for language, name in issuer.legal_name.literals if name != issuer.legal_name.first[language]
        ),
    )
