"""Admission: what only issuing knows about an award, beside the rules that judge what it says.

Whose award it is, whether the agreement covers it, whether it has expired, and whether the micro-credentials of ours that
were stacked into it still hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.award.identifiers import LENGTH
from mikrocert.errors import UnknownIdentifier
from mikrocert.report import Finding, Severity, StatusValue
from mikrocert.service.verifying.lookalikes import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from mikrocert.archive import Archived
    from mikrocert.award import Award
    from mikrocert.kinds.institution import Profile

__all__ = ["Admission"]

_LEGAL: Final = frozenset({"ico", "vat"})


@attrs.frozen
class Admission:
    """Judges awards by what is known here and now.

    Args:
        institution: name of the institution's offer.
        profile: what the institution says of itself.
        today: the day in the framework's zone.
        link: makes the verification link of an identifier.
        leads_here: whether a link leads to a page of ours, however it is written.
        find: returns the credential of an identifier, as `Archive.find` does.
        replaces: identifier of the credential that is corrected, or none.
    """

    institution: str
    profile: Profile
    today: date
    link: Callable[[str], str]
    leads_here: Callable[[str], bool]
    find: Callable[[str], Archived]
    replaces: str | None = None

    def findings(self, award: Award) -> tuple[Finding, ...]:
        """Return everything that speaks against an award; errors refuse it."""
        return (
            *self._institution(award),
            *self._mandate(award),
            *self._expiry(award),
            *self._components(award),
        )

    def renaming(self, award: Award, holder: str | None) -> tuple[Finding, ...]:
        """Return what speaks against a correction that gives a credential to somebody of another name.

        Args:
            award: the correction.
            holder: name on the credential that it corrects; none once erased.
        """
        learner, name = award.learner, award.learner.name
        if holder is None or name == holder:
            return ()
        # Not the full name: people share their titles.
        own = {*words(learner.given_name or ""), *words(learner.family_name or "")}
        if own & set(words(holder)):
            return (
                Finding.warning(
                    "correction-renames",
                    "the corrected credential is that of {holder}, the correction that of {name}; a correction is of the same person",
                    path="learner",
                    holder=holder,
                    name=name,
                ),
            )
        return (
            Finding.error(
                "other-person",
                "the credential to be replaced is that of {holder}, not of {name}; a correction is of the same person, and another "
                "person's award has a record number of its own",
                path="learner",
                holder=holder,
                name=name,
            ),
        )

    def is_over(self, award: Award) -> bool:
        """Return whether an award has expired already."""
        return award.valid_until is not None and award.valid_until < self.today

    def _institution(self, award: Award) -> Iterator[Finding]:
        own = {(i.scheme, i.value) for i in self.profile.organisation.identifiers if i.scheme in _LEGAL}
        named = {(i.scheme, i.value) for i in award.awarding_body.identifiers if i.scheme in _LEGAL}
        if not own & named or any(
            scheme in dict(own) and (scheme, value) not in own for scheme, value in named
        ):
            yield Finding.error(
                "other-institution",
                "the awarding institution is not institution {institution}; an institution sends only its own awards",
                path="awarding_body.identifiers",
                institution=self.institution,
            )

    def _mandate(self, award: Award) -> Iterator[Finding]:
        mandate = self.profile.mandate
        if not mandate.holds_on(self.today):
            yield Finding.error(
                "no-mandate",
                "the agreement with the operator ({number}) does not hold today",
                number=mandate.number,
            )
        elif award.awarded_on < mandate.agreed_on:
            # Nothing forbids to seal now what was awarded before; the date may be a slip.
            yield Finding.warning(
                "awarded-before-mandate",
                "the awarding date {awarded} is before the day from which the agreement with the operator ({number}) holds, "
                "{start}",
                path="awarded_on",
                awarded=award.awarded_on,
                number=mandate.number,
                start=mandate.agreed_on,
            )

    def _expiry(self, award: Award) -> Iterator[Finding]:
        if self.is_over(award):
            finding = Finding.error(
                "expired",
                "validity ended on {day}, today is {today}; what has expired is issued only as a correction",
                path="valid_until",
                day=award.valid_until,
                today=self.today,
            )
            yield finding if self.replaces is None else attrs.evolve(finding, severity=Severity.WARNING)

    def _components(self, award: Award) -> Iterator[Finding]:
        for number, component in enumerate(award.components):
            if component.link is None or not self.leads_here(component.link):
                continue
            identifier = component.link[-LENGTH:]
            canonical = component.link == self.link(identifier)
            fault = self._fault(identifier) if canonical else _OTHERWISE
            if fault is not None:
                yield attrs.evolve(fault, path=f"components[{number}].link")

    def _fault(self, identifier: str) -> Finding | None:
        if identifier == self.replaces:
            return _ITSELF
        try:
            archived = self.find(identifier)
        except UnknownIdentifier:
            return _UNKNOWN
        return _ERASED if archived.erased_at is not None else _NOT_LIVE.get(archived.status.value)


_ITSELF: Final = Finding.error(
    "component-itself", "a micro-credential can't be a component of the one that replaces it"
)
_OTHERWISE: Final = Finding.error(
    "component-link-form",
    "this link leads to this system, but it is not written as it is on the certificate; copy it from there",
)
_ERASED: Final = Finding.error(
    "component-erased", "the content of the micro-credential with this link was erased; leave the link out"
)
_UNKNOWN: Final = Finding.error(
    "component-unknown",
    "the archive has no micro-credential with this link; correct the link or leave it out",
)
_NOT_LIVE: Final = {
    StatusValue.REVOKED: Finding.error(
        "component-revoked",
        "the micro-credential with this link was revoked, so that it can't be a component",
    ),
    StatusValue.REPLACED: Finding.error(
        "component-replaced", "the micro-credential with this link was replaced; give the link of the new one"
    ),
}
