"""What people call the official lists of codes, whose IRIs end in a short name of their own."""

import re
from collections.abc import Mapping
from typing import Final

from mikrocert.api import Message, message

__all__ = ["code_name", "list_name"]

_VERSION: Final = re.compile(r"[0-9a-f]{7}")
_LONGEST_NAME: Final = 60

_NAMES: Final[Mapping[str, Message]] = {
    "accreditation": message("Accreditation types"),
    "assessment": message("Assessment types"),
    "atu": message("Administrative territorial units"),
    "claim-type": message("Claim types"),
    "country": message("Countries"),
    "credential": message("Credential types"),
    "currency": message("Currencies"),
    "education-credit": message("Credit systems"),
    "encoding": message("Encodings"),
    "entitlement-status": message("Entitlement statuses"),
    "eqf": message("EQF levels"),
    "evidence-type": message("Evidence types"),
    "file-type": message("File types"),
    "human-sex": message("Sexes"),
    "isced-f": message("Fields of education (ISCED-F)"),
    "language": message("Languages"),
    "learning-activity": message("Learning activity types"),
    "learning-assessment": message("Modes of learning and assessment"),
    "learning-opportunity": message("Learning opportunity types"),
    "learning-schedule": message("Learning schedules"),
    "learning-setting": message("Learning settings"),
    "note-subject": message("Subjects of notes"),
    "qf-ehea": message("QF-EHEA cycles"),
    "qdr": message("Levels of national qualifications frameworks"),
    "dcf": message("Digital competences (DigComp)"),
    "skills": message("ESCO skills"),
    "skill-reuse-level": message("Skill reuse levels"),
    "skill-type": message("Skill types"),
    "supervision-verification": message("Supervision and identity verification"),
    "target-group": message("Target groups"),
    "verification": message("Verification types"),
    "verification-status": message("Verification statuses"),
}
"""Short name of a list → what people call it."""


def list_name(iri: str) -> Message | None:
    """Return what people call a list; none where we don't know it."""
    return _NAMES.get(code_name(iri))


def code_name(iri: str) -> str:
    """Return what a code is called: the last part of its IRI that is no number of a version."""
    parts = [part for part in re.split("[/:#]", iri) if part and not _VERSION.fullmatch(part)]
    return parts[-1][:_LONGEST_NAME] if parts else "–"
