"""Findings, results, verdict and view: what a verification says, and to whom."""

from mikrocert.report.findings import Finding, Severity
from mikrocert.report.receipt import File, FileKind, Receipt, Registration
from mikrocert.report.report import Report, Verdict
from mikrocert.report.results import CheckResult, Outcome, merged
from mikrocert.report.seals import SealInfo, SealOwner, SealQuality
from mikrocert.report.status import CredentialStatus, StatusValue
from mikrocert.report.view import Figure, Item, Section, View

__all__ = [
    "CheckResult",
    "CredentialStatus",
    "Figure",
    "File",
    "FileKind",
    "Finding",
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
    "StatusValue",
    "Verdict",
    "View",
    "merged",
]
