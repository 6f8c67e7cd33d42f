"""What was issued, refused and archived as JSON: the contract for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mikrocert.archive import ListedState
from mikrocert.report.json import finding_to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mikrocert.archive import Archived, Event
    from mikrocert.errors import FindingsError
    from mikrocert.service.issuing.issuing import IssueResult
    from mikrocert.texts import Texts

__all__ = ["archived_to_json", "listed_to_json", "result_to_json", "status_to_json", "unusable_to_json"]


def result_to_json(result: IssueResult, *, files: Sequence[str], texts: Texts) -> dict[str, Any]:
    """Return what became of one record: what was issued, or `refused` with every fault.

    Args:
        result: what became of it.
        files: where its files were put, in the order of the receipt.
        texts: catalogues.
    """
    record: dict[str, Any] = {
        "number": result.record.number,
        "row": result.record.row,
        "line": result.record.line,
        "evidence_number": result.record.evidence_number,
        "unread": result.record.unread,
    }
    findings = [finding_to_json(finding, texts=texts) for finding in result.findings]
    if result.refused:
        return {"record": record, "refused": findings}
    receipt = result.receipt
    if receipt is None:
        return {"record": record, "identifier": None, "drawn": result.drawn, "findings": findings}
    return {
        "record": record,
        "identifier": receipt.registration.identifier,
        "link": receipt.link,
        "holder_link": receipt.holder_link,
        "files": list(files),
        "created": receipt.created,
        "state": receipt.status.value.value,
        "findings": findings,
    }


def unusable_to_json(error: FindingsError, *, texts: Texts) -> dict[str, Any]:
    """Return why a file can't be read at all."""
    return {"unusable": [finding_to_json(finding, texts=texts) for finding in error.findings]}


def status_to_json(archived: Archived) -> dict[str, Any]:
    """Return the status of a credential, and when and why its content was erased."""
    return {
        "identifier": archived.registration.identifier,
        "state": archived.status.value.value,
        "since": archived.status.since.isoformat(timespec="seconds"),
        "reason": archived.status.reason,
        "erased_at": archived.erased_at.isoformat(timespec="seconds") if archived.erased_at else None,
        "erased_for": archived.erased_for.value if archived.erased_for else None,
    }


def listed_to_json(archived: Archived, *, link: str) -> dict[str, Any]:
    """Return what a list says of a credential: its state is that of `mikrocert list`, and its holder is none once erased."""
    registration = archived.registration
    return {
        "identifier": registration.identifier,
        "link": link,
        "institution": registration.institution,
        "evidence_number": registration.evidence_number,
        "version": archived.version,
        "issued_at": registration.issued_at.isoformat(timespec="seconds"),
        "state": ListedState.of(archived).value,
        "holder": archived.holder,
        "replaces": archived.replaces,
        "successor": archived.status.successor,
    }


def archived_to_json(archived: Archived, *, history: Iterable[Event], link: str) -> dict[str, Any]:
    """Return what the archive knows of a credential, with its history."""
    registration = archived.registration
    return {
        "identifier": registration.identifier,
        "link": link,
        "institution": registration.institution,
        "evidence_number": registration.evidence_number,
        "formats": list(archived.formats),
        "issued_at": registration.issued_at.isoformat(timespec="seconds"),
        "state": archived.status.value.value,
        "replaces": archived.replaces,
        "erased_at": archived.erased_at.isoformat(timespec="seconds") if archived.erased_at else None,
        "erased_for": archived.erased_for.value if archived.erased_for else None,
        "history": [
            {
                "kind": event.kind.value,
                "at": event.at.isoformat(timespec="seconds"),
                "reason": event.reason,
                "successor": event.successor,
            }
            for event in history
        ],
    }
