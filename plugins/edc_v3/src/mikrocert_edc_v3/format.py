"""European Digital Credentials v3 as a format of mikrocert."""

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Final, cast

import attrs
from mikrocert.api import Award, Credential, Finding, Format, Mandate, NoConfig, SealOwner, Severity, View
from mikrocert.errors import CodeListError, FormatError

from mikrocert_edc_v3 import model
from mikrocert_edc_v3.jsonld import documents
from mikrocert_edc_v3.mapping import building, completing, issuer, reading, viewing
from mikrocert_edc_v3.mapping.conventions import moment_of
from mikrocert_edc_v3.validation import validate

__all__ = ["NAME", "EdcFormat", "opened"]

NAME: Final = "edc-v3"
_SIGN: Final = re.compile(rb'"EuropeanDigitalCredential"')


@attrs.frozen
class _Reading:
    """The document as it stands, and what of it the model knows."""

    document: Mapping[str, object] = attrs.field(repr=False)
    credential: model.EuropeanDigitalCredential = attrs.field(repr=False)


class EdcFormat(Format):
    """Builds, completes, opens and examines European Digital Credentials v3; see `Format` for what each method does."""

    @property
    def suffix(self) -> str:
        """`.jsonld`."""
        return ".jsonld"

    def build(self, award: Award, *, identifier: str, link: str, mandate: Mandate) -> Credential:
        """Say the award in the words of ELM; issuer, dates of issuing and pictures are still missing.

        Raises:
            FormatError: if the award has a code that is in no list.
        """
        try:
            credential = building.build(award, identifier=identifier, link=link, mandate=mandate)
        except CodeListError as error:
            raise _unknown_code(error) from error
        return _opened(documents.unstructure(credential), credential)

    def complete(
        self,
        credential: Credential,
        *,
        owner: SealOwner,
        at: datetime,
        pictures: Mapping[str, tuple[bytes, ...]],
    ) -> bytes:
        """Fill in issuer, dates and pictures, number the nodes, validate, and return the octets.

        Raises:
            FormatError: with every fault, should the credential not conform.
        """
        try:
            whole = completing.complete(
                _reading(credential).credential, owner=owner, at=at, pictures=pictures
            )
        except CodeListError as error:
            raise _unknown_code(error) from error
        payload = documents.write(whole)
        faults = [
            found for found in validate.examine(documents.parse(payload)) if found.severity is Severity.ERROR
        ]
        if faults:
            raise FormatError(faults)
        return payload

    def recognises(self, payload: bytes) -> bool:
        """Say whether the octets look like JSON that names the type EuropeanDigitalCredential."""
        return payload.lstrip()[:1] == b"{" and _SIGN.search(payload) is not None

    def open(self, payload: bytes) -> Credential:
        """Parse the octets strictly (see `jsonld_subset`).

        Raises:
            FormatError: with every fault.
        """
        document = documents.parse(payload)
        return _opened(document, documents.structure(document))

    def examine(self, credential: Credential) -> tuple[Finding, ...]:
        """Return the findings of the check `format`, the summary first where nothing failed."""
        found = validate.examine(_reading(credential).document)
        if any(finding.severity is Severity.ERROR for finding in found):
            return found
        passed = Finding.info(
            "conforms",
            "Evropský digitální certifikát (EDC v3), struktura odpovídá předpisu.",
            "European Digital Credential (EDC v3); its structure conforms to the profile.",
        )
        return (passed, *found)

    def award(self, credential: Credential) -> Award:
        """Read the award back.

        Raises:
            FormatError: naming every element that an award must have and the credential lacks.
        """
        return reading.read(_reading(credential).credential)

    def view(self, credential: Credential) -> View:
        """Return what a person sees."""
        return viewing.view(_reading(credential).credential)


@contextmanager
def opened(_config: NoConfig) -> Generator[EdcFormat]:
    """Give the format; it holds nothing that would need closing."""
    yield EdcFormat()


def _opened(document: Mapping[str, object], credential: model.EuropeanDigitalCredential) -> Credential:
    ends = [moment_of(credential.valid_until), moment_of(credential.expiration_date)]
    return Credential(
        format=NAME,
        id=credential.id or "",
        document=_Reading(document, credential),
        identifier=reading.identifier(credential),
        issuer=issuer.claim(credential.issuer),
        issued=moment_of(credential.issued),
        valid_from=moment_of(credential.valid_from),
        valid_until=min((end for end in ends if end), default=None),
    )


def _reading(credential: Credential) -> _Reading:
    return cast("_Reading", credential.document)


def _unknown_code(error: CodeListError) -> FormatError:
    return FormatError([Finding.error("unknown-code", f"kód není v seznamu ({error})", str(error))])
