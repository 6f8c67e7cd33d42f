"""The format: an award in its canonical form, with who issued it and when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, cast

import attrs
from mikrocert.api import (
    Award,
    Credential,
    Draft,
    Figure,
    Finding,
    Format,
    FormatError,
    IntakeError,
    IssuerClaim,
    Item,
    LanguageMap,
    Message,
    Packaging,
    Section,
    View,
    award_from_json,
    award_to_json,
    strict_json,
    structured,
)

if TYPE_CHECKING:
    from mikrocert.api import Identity, Mandate

__all__ = ["Badge"]

_MARK = b'{"badge": "1"'


@attrs.frozen
class _Document:
    """What a badge says.

    Args:
        badge: version of the format.
        identifier: the 12 characters.
        link: the verification link.
        mandate: number of the agreement under which the operator seals.
        issuer: name of who sealed it.
        issuer_id: identifier of who sealed it.
        issuer_country: country of who sealed it.
        issued: the moment of issuing.
    """

    badge: str
    identifier: str
    link: str
    mandate: str
    issuer: str
    issuer_id: str
    issuer_country: str
    issued: str


@attrs.frozen
class _Badge:
    """A badge, read: what it says, and the award in it in its canonical form."""

    document: _Document
    award: Mapping[str, object] = attrs.field(hash=False)


class Badge(Format):
    """Says an award as a badge."""

    @property
    def packaging(self) -> Packaging:
        """What a sealed badge is, as a file."""
        return Packaging("application/vnd.toy+json", ".badge.json", "detached")

    def build(self, award: Award, *, identifier: str, link: str, mandate: Mandate) -> Draft:
        """Return the members of a badge that are known before it is sealed."""
        public = attrs.evolve(award, learner=attrs.evolve(award.learner, email=None))
        members = {"badge": "1", "identifier": identifier, "link": link, "mandate": mandate.number}
        return Draft({**members, "award": award_to_json(public)})

    def complete(
        self, draft: Draft, *, identity: Identity, at: datetime, pictures: Mapping[str, tuple[bytes, ...]]
    ) -> bytes:
        """Add issuer and time; a badge has no pictures."""
        owner = identity.owner
        if owner is None or pictures or not isinstance(draft.document, dict):
            raise FormatError(
                [Finding.error("no-issuer", "a badge needs an owner of its key, and no pictures")]
            )
        issuer = {
            "issuer": owner.legal_name,
            "issuer_id": owner.organization_identifier,
            "issuer_country": owner.country,
        }
        return strict_json.dumps({**draft.document, **issuer, "issued": at.isoformat()}).encode()

    def recognises(self, payload: bytes) -> bool:
        """Return whether it begins as a badge does."""
        return payload.startswith(_MARK)

    def open(self, payload: bytes) -> Credential:
        """Read a badge strictly."""
        document = strict_json.loads(payload, refuse=FormatError)
        members = cast("dict[str, object]", document) if isinstance(document, dict) else {}
        award = members.pop("award", None)
        if not isinstance(award, dict):
            raise FormatError([Finding.error("no-badge", "a badge is an object with an award")])
        badge = structured(members, _Document, refuse=FormatError)
        try:
            issued = datetime.fromisoformat(badge.issued)
        except ValueError as error:
            raise FormatError([Finding.error("no-time", "this is no time", path="issued")]) from error
        return Credential(
            format="toy-badge",
            id=f"urn:toy:{badge.identifier}",
            document=_Badge(badge, cast("dict[str, object]", award)),
            identifier=badge.identifier,
            issuer=IssuerClaim({"cs": badge.issuer}, badge.issuer_id, badge.issuer_country),
            issued=issued,
            valid_from=issued,
            link=badge.link,
        )

    def examine(self, credential: Credential) -> tuple[Finding, ...]:
        """Return nothing: what could be opened conforms."""
        return ()

    def award(self, credential: Credential) -> Award:
        """Read the award back."""
        try:
            return award_from_json(_of(credential).award)
        except IntakeError as error:
            raise FormatError(error.findings) from error

    def sections(self, credential: Credential) -> tuple[Section, ...]:
        """Return what kind of badge it is."""
        items = (Item("badge", Message("Kind of badge"), (Message("Toy"),)),)
        return (Section("badge", Message("Badge"), items),)

    def foreign_view(self, credential: Credential) -> View:
        """Return the title of a badge whose award can't be read."""
        title = _of(credential).award.get("title")
        texts = {str(code): str(text) for code, text in title.items()} if isinstance(title, dict) else {}
        shown = LanguageMap(texts or {"en": "?"})
        figures: tuple[Figure, ...] = ()
        return View(title=shown, holder=None, birth=None, awarding_body=shown, figures=figures, sections=())


def _of(credential: Credential) -> _Badge:
    if not isinstance(credential.document, _Badge):
        raise FormatError([Finding.error("no-badge", "this credential is no badge")])
    return credential.document
