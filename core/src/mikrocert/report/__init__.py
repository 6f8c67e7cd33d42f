"""Findings, results, verdict and view: what a verification says, and to whom."""

from mikrocert.report.differing import Difference, differences
from mikrocert.report.disclosing import (
    Access,
    Disclosed,
    EndReason,
    ShareEnd,
    ShareScope,
    disclosed_by_link,
    disclosed_by_share,
    initials,
)
from mikrocert.report.findings import Finding, Severity
from mikrocert.report.headlines import Headline, advice_of, headline_of, sealer_of, tone_of
from mikrocert.report.receipt import File, FileKind, Receipt, Registration
from mikrocert.report.report import Report, Verdict
from mikrocert.report.results import CheckResult, Outcome, bounded, merged
from mikrocert.report.seals import SealInfo, SealOwner, SealQuality
from mikrocert.report.status import CredentialStatus, StatusValue
from mikrocert.report.view import Figure, Item, Section, View
from mikrocert.report.words import CHECK_MEANINGS, CHECK_NAMES, OUTCOME_WORDS, SEVERITY_WORDS

__all__ = [
    "CHECK_MEANINGS",
    "CHECK_NAMES",
    "OUTCOME_WORDS",
    "SEVERITY_WORDS",
    "Access",
    "CheckResult",
    "CredentialStatus",
    "Difference",
    "Disclosed",
    "EndReason",
    "Figure",
    "File",
    "FileKind",
    "Finding",
    "Headline",
    "Item",
    "Outcome",
    "Receipt",
    "Registration",
    "Report",
    "SealInfo",
    "SealOwner",
    "SealQuality",
    "Section",
    "Severity",
    "ShareEnd",
    "ShareScope",
    "StatusValue",
    "Verdict",
    "View",
    "advice_of",
    "bounded",
    "differences",
    "disclosed_by_link",
    "disclosed_by_share",
    "headline_of",
    "initials",
    "merged",
    "sealer_of",
    "tone_of",
]
