"""One thing of every kind, right but for its deeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mikrocert.api import Check, CheckResult, Finding, Observer, Outcome
from outside_card.card import Card
from outside_school.school import CrashingIntake, School
from outside_sheet.sheet import Sheet

from outside_rogue.deeds import act, do

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mikrocert.api import Certificate, CheckContext, Report

__all__ = ["RogueCard", "RogueCheck", "RogueIntake", "RogueObserver", "RogueSchool", "RogueSheet"]


class RogueCheck(Check):
    """Passes whatever it sees."""

    def examine(self, context: CheckContext, **_: Any) -> Any:
        """Return that it passes."""
        if do("check"):
            return True
        name = "integrity" if do("check-name") else "rogue"
        return CheckResult(name, Outcome.PASSED, (Finding.info("passes", "It passes."),))


class RogueSchool(School):
    """The university of the school."""

    @property
    def profile(self) -> Any:
        """What it says of itself."""
        return "Univerzita Řípská" if do("profile") else super().profile

    @property
    def intake(self) -> Any:
        """The canonical one."""
        return b"json" if do("intake-name") else super().intake


class RogueIntake(CrashingIntake):
    """The intake of the school."""

    def read(self, *arguments: Any, **options: Any) -> Any:
        """Read awards one by one."""
        return 7 if do("intake") else super().read(*arguments, **options)


class RogueSheet(Sheet):
    """The renderer of the sheet; a title that begins with "ROGUE" names a deed."""

    @property
    def document_type(self) -> Any:
        """What the documents are."""
        return "PDF" if do("document-type") else super().document_type

    def document(self, certificates: Sequence[Certificate], **options: Any) -> Any:
        """Return the attachment."""
        word, _, deed = certificates[0].front.title.lead.text.partition(" ")
        if word == "ROGUE":
            act(deed)
        return "text" if do("document") else super().document(certificates, **options)

    def pages(self, *arguments: Any, **options: Any) -> Any:
        """Return the pixel."""
        return () if do("pages") else super().pages(*arguments, **options)


class RogueObserver(Observer):
    """Reads what happens."""

    def verified(self, report: Report) -> None:
        """Read it."""
        do("observer")


class RogueCard(Card):
    """The card."""

    @property
    def identity(self) -> Any:
        """Who signs."""
        return "Řípská" if do("identity") else super().identity

    def sign_many(self, to_be_signed: Any) -> Any:
        """Sign everything at once."""
        return ("text",) if do("sign") else super().sign_many(to_be_signed)
