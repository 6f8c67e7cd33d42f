"""What only the operator can say of the site, and what of it is missing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, Literal

import attrs
from mikrocert.api import Finding, LanguageMap, message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.api import Examination

    from mikrocert_portal.config import PortalConfig

__all__ = ["AccessibilityStatement", "Imprint", "examine_imprint"]

_A_YEAR: Final = timedelta(days=366)
_MAIL: Final = attrs.validators.optional(attrs.validators.matches_re(r"[^\s@<>\"]+@[^\s@<>\"]+"))
_WEB: Final = attrs.validators.optional(attrs.validators.matches_re(r"https?://[^\s<>\"]+"))


@attrs.frozen
class AccessibilityStatement:
    """What the operator states of how accessible the site is (Directive (EU) 2016/2102, Article 7; Implementing Decision (EU) 2018/1523).

    Args:
        conformance: with what the act demands: `full`, `partial`, or `none`.
        prepared: the day on which the statement was prepared.
        reviewed: the day on which it was last reviewed; none means not since.
        assessed_by: who found out: `operator`, by itself, or `others`, an assessment by somebody else.
        exceptions: what is not accessible and why, a text each; needed unless conformance is full.
        contact: e-mail address for who meets an obstacle; none means that of the operator.
        authority: who enforces the act: name and web; none means the authority that the rule set names.
    """

    conformance: Literal["full", "partial", "none"]
    prepared: date
    reviewed: date | None = None
    assessed_by: Literal["operator", "others"] = "operator"
    exceptions: tuple[LanguageMap, ...] = ()
    contact: str | None = attrs.field(default=None, validator=_MAIL)
    authority: LanguageMap | None = None

    def __attrs_post_init__(self) -> None:
        if (self.conformance == "full") == bool(self.exceptions):
            raise ValueError(
                message(
                    "conformance is full where there are no exceptions, and not full where there are some"
                )
            )
        if self.reviewed is not None and self.reviewed < self.prepared:
            raise ValueError(message("reviewed is a day before prepared"))

    @property
    def day(self) -> date:
        """The day as of which it holds."""
        return self.reviewed or self.prepared


@attrs.frozen
class Imprint:
    """What the help says of the operator beside its name; what isn't set isn't said.

    Args:
        address: postal address.
        phone: phone number, as people dial it.
        more: further ways to reach the operator, such as a data box, a text each.
        press: e-mail address for journalists.
        institutions: e-mail address for universities that want to take part.
        data_protection_officer: name and contact of the operator's data protection officer.
        privacy_notice: web address of what the operator tells of the processing of personal data (GDPR, Articles 13 and 14).
        accessibility: the accessibility statement.
    """

    address: LanguageMap | None = None
    phone: str | None = None
    more: tuple[LanguageMap, ...] = ()
    press: str | None = attrs.field(default=None, validator=_MAIL)
    institutions: str | None = attrs.field(default=None, validator=_MAIL)
    data_protection_officer: LanguageMap | None = None
    privacy_notice: str | None = attrs.field(default=None, validator=_WEB)
    accessibility: AccessibilityStatement | None = None


def examine_imprint(config: PortalConfig, examination: Examination) -> Iterator[Finding]:
    """Yield what the help can't say because the operator didn't; nothing in a sandbox.

    Args:
        config: of the portal.
        examination: the time, and whether this is a sandbox.
    """
    if examination.sandbox:
        return
    imprint, path = config.imprint, "imprint"
    if imprint.address is None:
        yield Finding.warning(
            "no-address", "the help does not say where the operator is", path=f"{path}.address"
        )
    if imprint.data_protection_officer is None:
        yield Finding.info(
            "no-officer",
            "the help names no data protection officer; if there is one, it should",
            path=f"{path}.data_protection_officer",
        )
    if imprint.privacy_notice is None:
        yield Finding.info(
            "no-notice",
            "the help links no privacy notice of the operator; if there is one, it should",
            path=f"{path}.privacy_notice",
        )
    statement = imprint.accessibility
    if statement is None:
        yield Finding.warning(
            "no-statement",
            "there is no accessibility statement; public bodies have to publish one",
            path=f"{path}.accessibility",
        )
    elif examination.at.date() - statement.day > _A_YEAR:
        yield Finding.warning(
            "old-statement",
            "the accessibility statement was last reviewed on {day}; see whether it still holds, and set reviewed",
            path=f"{path}.accessibility",
            day=statement.day,
        )
