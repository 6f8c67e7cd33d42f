"""Completes a credential with what comes only with sealing: issuer, moment, pictures."""

import base64
from collections.abc import Iterator, Mapping
from datetime import datetime

import attrs
from mikrocert.api import SealOwner, country

from mikrocert_edc_v3 import model
from mikrocert_edc_v3.mapping.conventions import moment, moment_of
from mikrocert_edc_v3.mapping.numbering import numbered
from mikrocert_edc_v3.model.concepts import concept
from mikrocert_edc_v3.model.profile import Notation, PositiveInteger, Text

__all__ = ["complete"]


def complete(
    credential: model.EuropeanDigitalCredential,
    *,
    owner: SealOwner,
    at: datetime,
    pictures: Mapping[str, tuple[bytes, ...]],
) -> model.EuropeanDigitalCredential:
    """Return the whole credential, every node numbered.

    The issuer node is what live EDC files have: names, eIDAS identifier and country of the seal certificate, nothing else.

    Args:
        credential: what `building.build` returned.
        owner: the identity in the seal certificate.
        at: the moment of issuing (aware).
        pictures: language → PNG pages in order; the first language is the primary one.

    Raises:
        CodeListError: if the seal certificate names a country or a picture a language that is in no list.
    """
    valid_from = moment_of(credential.valid_from)
    late = valid_from is not None and valid_from > at
    issued = moment(at)
    whole = attrs.evolve(
        credential,
        issuer=_issuer(owner),
        issued=issued,
        issuance_date=issued,
        # Just after midnight in Prague the day of awarding has not begun in UTC.
        valid_from=issued if late else credential.valid_from,
        display_parameter=_display(credential.display_parameter or model.DisplayParameter(), pictures),
    )
    return numbered(whole, profile=model.profile())


def _issuer(owner: SealOwner) -> model.Organisation:
    entry = country(owner.country)
    spatial = concept("country", entry.code)
    return model.Organisation(
        legal_name=Text.of({"cs": owner.legal_name}),
        alt_label=Text.of({"cs": owner.common_name}),
        e_idas_identifier=model.LegalIdentifier(
            notation=Notation(owner.organization_identifier), spatial=spatial
        ),
        location=(model.Location(address=(model.Address(country_code=spatial),)),),
    )


def _display(
    parameter: model.DisplayParameter, pictures: Mapping[str, tuple[bytes, ...]]
) -> model.DisplayParameter:
    languages = {language: concept("language", language) for language in pictures}
    return attrs.evolve(
        parameter,
        language=tuple(languages.values()),
        primary_language=next(iter(languages.values()), None),
        individual_display=tuple(
            model.IndividualDisplay(language=languages[language], display_detail=tuple(_pages(pages)))
            for language, pages in pictures.items()
        ),
    )


def _pages(pages: tuple[bytes, ...]) -> Iterator[model.DisplayDetail]:
    for page, picture in enumerate(pages, start=1):
        yield model.DisplayDetail(
            image=model.MediaObject(
                content=base64.b64encode(picture).decode("ascii"),
                content_encoding=concept("encoding", "base64"),
                content_type=concept("file-type", "PNG"),
            ),
            page=PositiveInteger(page),
        )
