"""The award: what a university tells us, its canonical form and its identifier."""

from mikrocert.award.model import (
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
    TypeReference,
    Workload,
)
from mikrocert.award.withheld import WITHHELD, Withheld, withheld_at

__all__ = [
    "WITHHELD",
    "Address",
    "Assessment",
    "Award",
    "Component",
    "Grade",
    "Identifier",
    "Learner",
    "LearningOutcome",
    "Level",
    "Organisation",
    "Participation",
    "QualityAssurance",
    "Skill",
    "Stackability",
    "TypeReference",
    "Withheld",
    "Workload",
    "withheld_at",
]
