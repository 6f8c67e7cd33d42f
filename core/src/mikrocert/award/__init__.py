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
    Workload,
)

__all__ = [
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
    "Workload",
]
