"""The public catalogue: institutions, the types that they publish, and what the register says of them.

Public is an institution whose account is approved and not suspended; in a sandbox every account that is not suspended. Public of its types
are those that say so themselves (see `mikrocert.catalogue.offering`) and are not ended; the page of an ended one stays, and says so.
"""

from __future__ import annotations

from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Final, cast

import attrs

from mikrocert.accounts import Stage
from mikrocert.award import Organisation, QualityAssurance
from mikrocert.award.common import Common
from mikrocert.award.partial import part_of
from mikrocert.catalogue.published import PublishedTypes, is_published
from mikrocert.catalogue.register import Register, RegisterEntry, RegisterFile
from mikrocert.errors import MikrocertError, UnknownType
from mikrocert.parsing.structuring import unstructured
from mikrocert.service.verifying.viewing import view_of
from mikrocert.texts import ENGLISH, Message, message
from mikrocert.texts.alphabets import alphabetical

if TYPE_CHECKING:
    from mikrocert.accounts import Account
    from mikrocert.award.partial import PartialAward
    from mikrocert.catalogue import KeptType
    from mikrocert.catalogue.published import PublishedType, TypeQuery
    from mikrocert.report import View
    from mikrocert.service.system import System

__all__ = ["PublicCatalogue", "PublicInstitution", "RegisterLookup", "view_of_type"]

_SCHEME: Final = "deqar"
_NEWEST: Final = 50
_ASK_AGAIN_SECONDS: Final = 60.0


@attrs.frozen
class PublicInstitution:
    """An institution as the public sees it.

    Args:
        name: name of its offer.
        organisation: names, identifiers, seat.
        quality_assurance: what it says that underpins all its awards.
    """

    name: str
    organisation: Organisation
    quality_assurance: tuple[QualityAssurance, ...] = ()


@attrs.frozen
class RegisterLookup:
    """What was found about an institution in the snapshot of the register.

    Args:
        identifier: the id that the institution gives, or none; then nothing is looked up.
        register: the snapshot; none where there is none that could be read.
        entry: the entry of this id, or none.
    """

    identifier: str | None = None
    register: Register | None = None
    entry: RegisterEntry | None = None


def view_of_type(kept: KeptType, institution: PublicInstitution) -> View:
    """Return what a person sees of a type: what its awards would say, each element under the label that it has there.

    Args:
        kept: the type.
        institution: whose it is; its quality assurance stands where the type names none, as in awards.
    """
    document = unstructured(kept.content)
    document.pop("valid_months", None)
    if not kept.content.quality_assurance and institution.quality_assurance:
        document["quality_assurance"] = [unstructured(one) for one in institution.quality_assurance]
    document["awarding_body"] = unstructured(institution.organisation)
    part = cast("PartialAward", part_of(document, ()))
    unsaid = {field.name for field in attrs.fields(Common)} - document.keys()
    return view_of(part.award, instead=dict.fromkeys(part.missing | unsaid))


class PublicCatalogue:
    """What the public may see of the catalogue; safe to use from several threads.

    Args:
        system: of which it is.

    Raises:
        NoArchiveError: if the settings name no archive.
    """

    def __init__(self, system: System) -> None:
        self._system = system
        self._types = PublishedTypes(system.the_archive().database)
        name = system.settings.catalogue.register
        self._register = None if name is None else RegisterFile(system.settings.path(name))
        self._lock = Lock()
        self._institutions: dict[str, PublicInstitution] = {}
        self._failed: dict[str, float] = {}

    def institutions(self, *, language: str) -> tuple[PublicInstitution, ...]:
        """Return the public institutions, by what they are called in a language.

        Raises:
            ArchiveError: if there is no archive, or it fails.
        """
        accounts = self._system.the_accounts().accounts()
        found = [self._institution(one.institution) for one in accounts if self._is_public(one)]
        there = [one for one in found if one is not None]
        return tuple(
            sorted(
                there,
                key=lambda one: (
                    alphabetical(one.organisation.legal_name.best(language), language),
                    one.name,
                ),
            )
        )

    def institution(self, name: str) -> PublicInstitution | None:
        """Return a public institution, or none.

        Raises:
            ArchiveError: if there is no archive, or it fails.
        """
        return next((one for one in self.institutions(language=ENGLISH) if one.name == name), None)

    def search(self, query: TypeQuery, *, language: str) -> list[PublishedType]:
        """Return the types of public institutions that somebody looks for, by title.

        Raises:
            ArchiveError: if there is no archive, or it fails.
        """
        names = [one.name for one in self.institutions(language=language)]
        return self._types.search(query, language=language, among=names)

    def published(self) -> tuple[PublishedType, ...]:
        """Return all types of public institutions, by institution and id.

        Raises:
            ArchiveError: if there is no archive, or it fails.
        """
        names = {one.name for one in self.institutions(language=ENGLISH)}
        return tuple(one for one in self._types.all() if one.institution in names)

    def newest(self) -> tuple[PublishedType, ...]:
        """Return those that were published last, the newest first.

        Raises:
            ArchiveError: if there is no archive, or it fails.
        """
        found = sorted(self.published(), key=lambda one: (one.since, one.institution, one.id), reverse=True)
        return tuple(found[:_NEWEST])

    def type(self, institution: str, type_id: str) -> KeptType | None:
        """Return the newest version of a type, ended or not; none where the public sees none of this id.

        Raises:
            ArchiveError: if there is no archive, or it fails.
        """
        catalogue = self._system.catalogue
        if catalogue is None or self.institution(institution) is None:
            return None
        try:
            kept = catalogue.type(institution, type_id)
        except UnknownType:
            return None
        return kept if is_published(kept) else None

    def look_up(self, organisation: Organisation) -> RegisterLookup:
        """Return what the register says of an institution."""
        return self.look_up_id(organisation.identifier(_SCHEME))

    def look_up_id(self, identifier: str | None) -> RegisterLookup:
        """Return what the register says under an id that an institution gives, or of one that gives none."""
        register = self.register
        if identifier is None or isinstance(register, Message):
            return RegisterLookup(identifier, register if isinstance(register, Register) else None)
        return RegisterLookup(identifier, register, register.entry(identifier))

    @property
    def register(self) -> Register | Message:
        """The snapshot of the register, or why there is none."""
        return message("the settings name none") if self._register is None else self._register.read()

    def _is_public(self, account: Account) -> bool:
        approved = account.stage is Stage.APPROVED or self._system.settings.sandbox
        return approved and account.suspended_at is None

    def _institution(self, name: str) -> PublicInstitution | None:
        """Return what an institution says of itself; none where its plugin can't be used, which `mikrocert doctor` tells.

        What failed is asked again after a while: it may have been a moment's want of memory or of a file.
        """
        with self._lock:
            if name not in self._institutions and monotonic() >= self._failed.get(name, 0.0):
                asked = self._asked(name)
                if asked is None:
                    self._failed[name] = monotonic() + _ASK_AGAIN_SECONDS
                else:
                    self._institutions[name] = asked
            return self._institutions.get(name)

    def _asked(self, name: str) -> PublicInstitution | None:
        settings = self._system.settings
        try:
            with self._system.plugins.institutions.choose(name, settings) as institution:
                profile = institution.profile
        except MikrocertError:
            return None
        return PublicInstitution(name, profile.organisation, profile.quality_assurance)
