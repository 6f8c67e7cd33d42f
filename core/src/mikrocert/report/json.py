"""The report as JSON: the contract for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mikrocert.report import Finding, Report, View
    from mikrocert.texts import Texts

__all__ = ["finding_to_json", "report_to_json", "view_to_json"]


def finding_to_json(finding: Finding, *, texts: Texts) -> dict[str, Any]:
    """Return a finding as `{"code", "severity", "path", "message"}`, the message by language, and `"sub_indication"` if it has one."""
    found: dict[str, Any] = {
        "code": finding.code,
        "severity": finding.severity.value,
        "path": finding.path,
        "message": texts.all(finding.message),
    }
    return found | ({"sub_indication": finding.sub_indication} if finding.sub_indication else {})


def view_to_json(view: View, *, texts: Texts) -> dict[str, Any]:
    """Return a view as sections of items, each with label and values by language."""
    return {
        "title": texts.all(view.title),
        "holder": view.holder,
        "awarding_body": texts.all(view.awarding_body),
        "awarded_on": view.awarded_on.isoformat() if view.awarded_on else None,
        "evidence_number": view.evidence_number,
        "link": view.link,
        "sections": [
            {
                "section": section.key,
                "heading": texts.all(section.heading),
                "items": [
                    {
                        "item": item.key,
                        "label": texts.all(item.label),
                        "values": [texts.all(value) for value in item.values],
                    }
                    for item in section.items
                ],
            }
            for section in view.sections
        ],
    }


def report_to_json(report: Report, *, texts: Texts, birth: bool = False) -> dict[str, Any]:
    """Return the report as one object, its sentences in every language that is installed.

    The first members are a contract: `verdict`, `test_seal`, `identifier`, `format`, `checks`. `data` is there only
    where the content is proven, because nothing else may be shown as fact; what the file claims otherwise stands in
    `unverified_data`. Neither has birth date and place, unless their holder shares them.

    Args:
        report: the report.
        texts: catalogues.
        birth: whether whoever reads it may see birth date and place.
    """
    status, view = report.status, None
    if report.view is not None:
        view = view_to_json(report.view if birth else report.view.without_birth(), texts=texts)
    return {
        "verdict": report.verdict.value,
        "test_seal": report.test_seal,
        "identifier": report.identifier,
        "format": report.format,
        "checks": [
            {
                "check": result.check,
                "outcome": result.outcome.value,
                "findings": [finding_to_json(finding, texts=texts) for finding in result.findings],
            }
            for result in report.results
        ],
        "unusable": [finding_to_json(finding, texts=texts) for finding in report.unusable],
        "verified_at": report.at.isoformat(timespec="seconds"),
        "envelopes": list(report.envelopes),
        "seals": [
            {
                "kind": note.kind,
                "level": note.level,
                "quality": note.quality.value if note.quality else None,
                "claimed_at": note.claimed_at.isoformat(timespec="seconds") if note.claimed_at else None,
                "proven_at": note.proven_at.isoformat(timespec="seconds") if note.proven_at else None,
                "owner": None
                if note.owner is None
                else {
                    "legal_name": note.owner.legal_name,
                    "common_name": note.owner.common_name,
                    "organization_identifier": note.owner.organization_identifier,
                    "country": note.owner.country,
                },
            }
            for note in report.seals
        ],
        "status": None
        if status is None
        else {
            "state": status.value.value,
            "since": status.since.isoformat(timespec="seconds"),
            "reason": status.reason,
            "successor": status.successor,
            **({} if status.as_of is None else {"as_of": status.as_of.isoformat(timespec="seconds")}),
        },
        "failures": [finding_to_json(finding, texts=texts) for finding in report.failures],
        "data": view if report.proven else None,
        "unverified_data": None if report.proven else view,
    }
