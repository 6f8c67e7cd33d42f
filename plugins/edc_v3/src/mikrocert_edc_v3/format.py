"""European Digital Credentials v3 as a format of mikrocert."""

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Final, cast

import attrs
from mikrocert.api import (
    Award,
    CodeListError,
    Credential,
    Draft,
    Finding,
    Format,
    FormatError,
    Identity,
    Mandate,
    NoConfig,
    Packaging,
    PartialAward,
    Section,
    Severity,
    View,
)

from mikrocert_edc_v3 import model
from mikrocert_edc_v3.jsonld import documents
from mikrocert_edc_v3.jsonld.jsonld_subset import Graph
from mikrocert_edc_v3.mapping import building, completing, issuer, reading, viewing
from mikrocert_edc_v3.mapping.conventions import moment_of
from mikrocert_edc_v3.mapping.unshown import unshown
from mikrocert_edc_v3.validation import validate

__all__ = ["NAME", "PACKAGING", "EdcFormat", "opened"]

NAME: Final = "edc-v3"
PACKAGING: Final = Packaging("application/ld+json", ".jsonld", "jades", pictures=True, document=True)
_SIGN: Final = re.compile(rb'"EuropeanDigitalCredential"')


@attrs.frozen
class _Reading:
    """A document as it stands, and its content as far as the model has it."""

    graph: Graph = attrs.field(repr=False)
    credential: model.EuropeanDigitalCredential = attrs.field(repr=False)

    @cached_property
    def partly(self) -> reading.Partly:
        """What can be read of an award in it."""
        return reading.read_partly(self.credential)


class EdcFormat(Format):
    """Builds, completes, opens and examines European Digital Credentials v3; see `Format` for what each method does."""

    @property
    def packaging(self) -> Packaging:
        """A `.jsonld` file in a JAdES envelope, with pictures inside and a certificate beside it."""
        return PACKAGING

    def build(self, award: Award, *, identifier: str, link: str, mandate: Mandate) -> Draft:
        """Return the award in the words of ELM; issuer, dates of issuing and pictures are still missing.

        Raises:
            FormatError: if the award has a code that is in no list.
        """
        try:
            return Draft(building.build(award, identifier=identifier, link=link, mandate=mandate))
        except CodeListError as error:
            raise _unknown_code(error) from error

    def complete(
        self,
        draft: Draft,
        *,
        identity: Identity,
        at: datetime,
        pictures: Mapping[str, tuple[bytes, ...]],
    ) -> bytes:
        """Fill in issuer, dates and pictures, number the nodes, validate, and return the octets.

        Raises:
            FormatError: with every fault, should the credential not conform; or if no seal certificate names the
                signer, because only a legal person with an eIDAS identifier issues such credentials.
        """
        if identity.owner is None:
            fault = Finding.error(
                "no-owner",
                "only the owner of a seal certificate can issue this format; the signer has a key and no certificate",
            )
            raise FormatError([fault])
        try:
            whole = completing.complete(
                cast("model.EuropeanDigitalCredential", draft.document),
                owner=identity.owner,
                at=at,
                pictures=pictures,
            )
        except CodeListError as error:
            raise _unknown_code(error) from error
        payload = documents.write(whole)
        graph = documents.parse(payload)
        findings = validate.examine(graph)
        faults = [*graph.strange, *(finding for finding in findings if finding.severity is Severity.ERROR)]
        if faults:
            raise FormatError(faults)
        return payload

    def recognises(self, payload: bytes) -> bool:
        """Return whether the octets look like JSON that names the type EuropeanDigitalCredential."""
        return payload.lstrip()[:1] == b"{" and _SIGN.search(payload) is not None

    def open(self, payload: bytes) -> Credential:
        """Parse the octets strictly (see `jsonld_subset`).

        Raises:
            FormatError: with every fault.
        """
        graph = documents.parse(payload)
        credential = documents.structure(graph)
        ends = [moment_of(credential.valid_until), moment_of(credential.expiration_date)]
        return Credential(
            format=NAME,
            id=credential.id or "",
            document=_Reading(graph, credential),
            identifier=reading.identifier(credential),
            issuer=issuer.claim(credential.issuer),
            issued=moment_of(credential.issued),
            valid_from=moment_of(credential.valid_from),
            valid_until=min((end for end in ends if end), default=None),
            link=reading.link(credential),
        )

    def examine(self, credential: Credential) -> tuple[Finding, ...]:
        """Return the findings of the check `format`, the summary first where nothing failed."""
        graph = _reading(credential).graph
        findings = (*validate.examine(graph), *unshown(graph))
        if any(finding.severity is Severity.ERROR for finding in findings):
            return findings
        passed = Finding.info(
            "conforms", "European Digital Credential (EDC v3); its structure conforms to the profile."
        )
        return (passed, *findings)

    def award(self, credential: Credential) -> Award:
        """Read the award back.

        Raises:
            FormatError: naming every element that an award must have and the credential lacks.
        """
        return reading.read(_reading(credential).credential)

    def partial_award(self, credential: Credential) -> PartialAward:
        """Return what can be read of an award."""
        award, instead = _reading(credential).partly
        return PartialAward(award, frozenset(re.sub(r"\[\d+\]", "", path) for path in instead))

    def texts(self, credential: Credential) -> tuple[str, ...]:
        """Return every text and address in the document, in terms that nobody knows too."""
        return tuple(dict.fromkeys(documents.texts(_reading(credential).graph)))

    def sections(self, credential: Credential) -> tuple[Section, ...]:
        """Return what the credential says besides its award."""
        return viewing.sections(_reading(credential).credential)

    def foreign_view(self, credential: Credential) -> View:
        """Return what a person sees of a credential from which no award can be read."""
        read = _reading(credential)
        return viewing.foreign_view(read.credential, read.partly)


@contextmanager
def opened(_config: NoConfig) -> Generator[EdcFormat]:
    """Yield the format; it holds nothing that would need closing."""
    yield EdcFormat()


def _reading(credential: Credential) -> _Reading:
    return cast("_Reading", credential.document)


def _unknown_code(error: CodeListError) -> FormatError:
    return FormatError([Finding.error("unknown-code", "a code is in no list: {error}", error=error)])
