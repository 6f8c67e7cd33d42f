"""The university, its intake and an observer."""

from __future__ import annotations

import os
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

from mikrocert.api import (
    Address,
    Identifier,
    Institution,
    Intake,
    IntakeError,
    IntakeRecord,
    LanguageMap,
    Mandate,
    Observer,
    Organisation,
    Profile,
    award_from_json,
    strict_json,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.api import Award, CredentialStatus, Receipt, Registration, Report

__all__ = ["CrashingIntake", "Leaver", "School"]


class School(Institution):
    """A university that exists in tests."""

    @property
    def profile(self) -> Profile:
        """What it says of itself."""
        return Profile(
            organisation=Organisation(
                LanguageMap.of("Univerzita Řípská", "University of Říp"),
                Address("CZE", "CZE_KRJ_ULN", "Pod Řípem 7", "413\u00a001", "Roudnice nad Labem"),
                (Identifier("ico", "12345679"),),
                "https://ripska.example",
            ),
            mandate=Mandate("SML-2026/ř-1", date(2026, 1, 1)),
        )

    @property
    def intake(self) -> str:
        """The canonical one."""
        return "json"


class CrashingIntake(Intake):
    """Reads canonical JSON; an evidence number that names a crash makes it crash there."""

    def read(self, data: bytes, *, profile: Profile, encoding: str | None = None) -> Iterator[IntakeRecord]:
        """Read awards one by one."""
        document: Any = strict_json.loads(data, refuse=IntakeError)
        return _Records([award_from_json(award) for award in document["awards"]])


class _Records:
    """An iterator that goes on after a crash."""

    def __init__(self, awards: list[Award]) -> None:
        self._awards = awards
        self._number = 0

    def __iter__(self) -> Iterator[IntakeRecord]:
        return self

    def __next__(self) -> Any:
        if self._number == len(self._awards):
            raise StopIteration
        award = self._awards[self._number]
        self._number += 1
        match award.evidence_number:
            case "raise":
                raise ZeroDivisionError(award.evidence_number)
            case "exit":
                sys.exit(0)
            case "nothing":
                return None
        return IntakeRecord(self._number, award, evidence_number=award.evidence_number)


class Leaver(Observer):
    """Ends the program whatever it is told, where the environment says so."""

    def issued(self, receipt: Receipt) -> None:
        """End the program."""
        _leave()

    def revoked(self, registration: Registration, status: CredentialStatus) -> None:
        """End the program."""
        _leave()

    def replaced(self, registration: Registration, status: CredentialStatus) -> None:
        """End the program."""
        _leave()

    def verified(self, report: Report) -> None:
        """End the program."""
        _leave()


def _leave() -> None:
    if "SCHOOL_LEAVES" in os.environ:
        sys.exit(0)
