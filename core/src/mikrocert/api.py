"""What a plugin writes against: every name here keeps its meaning within a major version."""

from mikrocert.award import (
    Address,
    Assessment,
    Award,
    Component,
    Grade,
    Identifier,
    Learner,
    LearningOutcome,
    Level,
    Organisation,
    Participation,
    QualityAssurance,
    Skill,
    Stackability,
    Workload,
)
from mikrocert.checks import Check, Subject
from mikrocert.codelists import CodeList, Concept, codelist
from mikrocert.envelopes import Envelope, Opened, Trust
from mikrocert.formats import Credential, Format, IssuerClaim
from mikrocert.hookspecs import hookimpl
from mikrocert.institutions import Institution, Look, Mandate, Profile
from mikrocert.intakes import Intake, Record
from mikrocert.offers import NoConfig, Offer, offer
from mikrocert.renderers import Attachment, Renderer
from mikrocert.report import Answer, Finding, Outcome, Report, Severity, Standing, State, Verdict
from mikrocert.seals import Seal, SealNote, SealOwner, SealQuality
from mikrocert.text import LanguageMap, Message
from mikrocert.view import Figure, Item, Section, View

__all__ = [
    "Address",
    "Answer",
    "Assessment",
    "Attachment",
    "Award",
    "Check",
    "CodeList",
    "Component",
    "Concept",
    "Credential",
    "Envelope",
    "Figure",
    "Finding",
    "Format",
    "Grade",
    "Identifier",
    "Institution",
    "Intake",
    "IssuerClaim",
    "Item",
    "LanguageMap",
    "Learner",
    "LearningOutcome",
    "Level",
    "Look",
    "Mandate",
    "Message",
    "NoConfig",
    "Offer",
    "Opened",
    "Organisation",
    "Outcome",
    "Participation",
    "Profile",
    "QualityAssurance",
    "Record",
    "Renderer",
    "Report",
    "Seal",
    "SealNote",
    "SealOwner",
    "SealQuality",
    "Section",
    "Severity",
    "Skill",
    "Stackability",
    "Standing",
    "State",
    "Subject",
    "Trust",
    "Verdict",
    "View",
    "Workload",
    "codelist",
    "hookimpl",
    "offer",
]
