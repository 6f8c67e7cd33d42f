"""Examples that the OpenAPI document shows; tests hold them against their schemas."""

from __future__ import annotations

from typing import Any, Final

__all__ = [
    "ACCESS",
    "AWARD",
    "BATCH",
    "CREDENTIAL",
    "HISTORY",
    "HOLDER_LINK",
    "HOLDER_LINKS",
    "IDENTIFIER",
    "KEPT_TYPE",
    "MADE_SHARE",
    "MANY",
    "PROOFS",
    "RECEIPT",
    "REPORT",
    "RESULTS",
    "SHARE",
    "STATUS",
    "TOKEN_ANSWER",
    "TOKEN_REQUEST",
    "TYPE",
]

IDENTIFIER: Final = "K7mQx4Rt9bHz"

_BASE: Final = "https://mikrocert.example"
_ADDRESS: Final = f"{_BASE}/api/v1/credentials/{IDENTIFIER}"
_AT: Final = "2026-11-22T09:00:00+00:00"
_FILES: Final = {"credential": f"{_ADDRESS}/credential", "certificate": f"{_ADDRESS}/certificate"}
_MOMENT: Final = {"kind": "issued", "at": _AT, "reason": None, "successor": None}

AWARD: Final[dict[str, Any]] = {
    "evidence_number": "UŘ/2026/0042",
    "learner": {"given_name": "Kateřina", "family_name": "Hůrková", "birth_date": "1994-03-14"},
    "title": {"cs": "Analýza dat v jazyce Python", "en": "Data Analysis in Python"},
    "awarded_on": "2026-06-22",
    "outcomes": [{"title": {"cs": "Načte, vyčistí a propojí data.", "en": "Loads, cleans and links data."}}],
    "workload": {"ects": 2.5, "hours": 65},
    "level": {"eqf": 7},
    "assessments": [{"type": "written-examination"}],
    "participation": {"mode": "blended"},
    "thematic_areas": ["0613"],
    "languages": ["cs"],
}

RECEIPT: Final[dict[str, Any]] = {
    "identifier": IDENTIFIER,
    "link": f"{_BASE}/verify/{IDENTIFIER}",
    "evidence_number": "UŘ/2026/0042",
    "issued_at": _AT,
    "files": _FILES,
    "holder_link": f"{_BASE}/h/7tGv2kXq9RmHc4LzWb8nYpKd3s",
}

HOLDER_LINK: Final[dict[str, Any]] = {
    "identifier": IDENTIFIER,
    "holder_link": f"{_BASE}/h/7tGv2kXq9RmHc4LzWb8nYpKd3s",
}

HOLDER_LINKS: Final[dict[str, Any]] = {
    "holder_links": [{**HOLDER_LINK, "evidence_number": "UŘ/2026/0042"}],
    "next": None,
}

SHARE: Final[dict[str, Any]] = {
    "number": 1,
    "scope": "without-grade",
    "until": "2027-03-31T22:00:00+00:00",
    "most": 5,
    "note": None,
    "made_by": "institution",
    "made_at": _AT,
    "opened": 2,
    "openings": {"2026-11-23": 2},
    "ended": None,
    "ended_on": None,
}

MADE_SHARE: Final[dict[str, Any]] = {
    **SHARE,
    "opened": 0,
    "openings": {},
    "link": f"{_BASE}/s/hT5wN8cVb2ZrQm6XkLy4GdJp9f",
}

ACCESS: Final[dict[str, Any]] = {"access": "summary"}

CREDENTIAL: Final[dict[str, Any]] = {
    "identifier": IDENTIFIER,
    "link": f"{_BASE}/verify/{IDENTIFIER}",
    "institution": "ripska",
    "evidence_number": "UŘ/2026/0042",
    "formats": ["my-format"],
    "issued_at": _AT,
    "state": "live",
    "since": _AT,
    "reason": None,
    "successor": None,
    "replaces": None,
    "erased_at": None,
    "erased_for": None,
    "learner": "Kateřina Hůrková",
    "files": _FILES,
    "status": f"{_ADDRESS}/status",
    "history": f"{_ADDRESS}/history",
    "proofs": f"{_ADDRESS}/proofs",
}

_BATCH: Final = f"{_BASE}/api/v1/batches/b-4x4Rt9bHzK"

BATCH: Final[dict[str, Any]] = {
    "batch": "b-4x4Rt9bHzK",
    "state": "working",
    "dry_run": False,
    "accepted_at": _AT,
    "ended_at": None,
    "forgotten_at": None,
    "total": 500,
    "done": 120,
    "issued": 118,
    "repeated": 0,
    "passed": 0,
    "refused": 2,
    "findings": [],
    "address": _BATCH,
    "results": f"{_BATCH}/results",
    "files": f"{_BATCH}/files",
}

PROPOSAL: Final[dict[str, Any]] = {
    "proposal": "p-4x4Rt9bHzK",
    "deed": "revoke",
    "subject": IDENTIFIER,
    "state": "waiting",
    "actor": f"key {IDENTIFIER}",
    "made_at": _AT,
    "expires_at": "2026-12-06T08:40:00+01:00",
    "decided_at": None,
    "decided_by": None,
    "address": f"{_BASE}/api/v1/proposals/p-4x4Rt9bHzK",
}

RESULTS: Final[dict[str, Any]] = {
    "results": [
        {
            "number": 1,
            "row": None,
            "line": 1,
            "evidence_number": "UŘ/2026/0042",
            "refused": False,
            "created": True,
            "identifier": IDENTIFIER,
            "link": f"{_BASE}/verify/{IDENTIFIER}",
            "credential": _ADDRESS,
            "findings": [],
        }
    ],
    "next": None,
}

TOKEN_REQUEST: Final[dict[str, Any]] = {
    "grant_type": "client_credentials",
    "scope": "issue read",
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    "client_assertion": "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJLN21ReDRSdDliSHoifQ.c2lnbmVk",
}

TOKEN_ANSWER: Final[dict[str, Any]] = {
    "access_token": f"mikrocert_{IDENTIFIER}_…",
    "token_type": "Bearer",
    "expires_in": 600,
    "scope": "issue read",
}

STATUS: Final[dict[str, Any]] = {
    "identifier": IDENTIFIER,
    "state": "live",
    "since": _AT,
    "reason": None,
    "erased_at": None,
    "erased_for": None,
}

HISTORY: Final[dict[str, Any]] = {"identifier": IDENTIFIER, "history": [_MOMENT]}

PROOFS: Final[dict[str, Any]] = {
    "proofs": [
        {
            "name": f"{IDENTIFIER}.tlog-proof",
            "address": f"{_ADDRESS}/proofs/{IDENTIFIER}.tlog-proof",
        }
    ]
}

REPORT: Final[dict[str, Any]] = {
    "verdict": "valid",
    "test_seal": False,
    "identifier": IDENTIFIER,
    "format": "my-format",
    "checks": [
        {
            "check": "integrity",
            "outcome": "passed",
            "findings": [
                {
                    "code": "intact",
                    "severity": "info",
                    "path": "",
                    "message": {
                        "cs": "Od zapečetění se nezměnil ani znak.",
                        "en": "Not a single character has changed since it was sealed.",
                    },
                }
            ],
        }
    ],
    "unusable": [],
    "verified_at": "2026-11-22T09:00:05+00:00",
    "envelopes": ["jades"],
    "seals": [],
    "status": {"state": "live", "since": _AT, "reason": None, "successor": None},
    "failures": [],
    "data": None,
    "unverified_data": None,
}

MANY: Final[dict[str, Any]] = {
    "verified_at": "2026-11-22T09:00:06+00:00",
    "counts": {"valid": 1, "other": 0, "unverified": 1},
    "files": [
        {
            "name": "hurkova.pdf",
            "octets": 214_512,
            "sha256": "9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a",
            "verdict": "valid",
            "headline": "This micro-credential is valid",
            "advice": ["The content has not changed since it was sealed, and the seal is trusted."],
            "title": "Data Analysis in Python",
            "holder": "Kateřina Hůrková",
            "awarding_institution": "University of Říp",
            "awarded_on": "2026-06-22",
            "identifier": IDENTIFIER,
            "sealed_by": "Sealed by University of Říp.",
            "fault": None,
            "report": REPORT,
        },
        {
            "name": "empty.pdf",
            "octets": None,
            "sha256": None,
            "verdict": None,
            "headline": "This file was not verified",
            "advice": ["The file is empty."],
            "title": None,
            "holder": None,
            "awarding_institution": None,
            "awarded_on": None,
            "identifier": None,
            "sealed_by": None,
            "fault": {
                "path": "",
                "code": "empty-file",
                "severity": "error",
                "message": "The file is empty.",
            },
            "report": None,
        },
    ],
}

TYPE: Final[dict[str, Any]] = {
    "id": "DATA1",
    "title": {"cs": "Práce s daty", "en": "Working with Data"},
    "outcomes": [{"title": {"cs": "Vyčistí data.", "en": "Cleans data."}}],
    "workload": {"ects": 3, "hours": 75},
    "level": {"eqf": 6},
    "thematic_areas": ["0613"],
    "languages": ["cs"],
    "participation": {"mode": "blended"},
    "assessments": [{"type": "project-work"}],
    "stackability": {"kind": "stackable"},
    "valid_months": 36,
}
KEPT_TYPE: Final[dict[str, Any]] = {
    "type": TYPE,
    "version": 1,
    "at": _AT,
    "ended_at": None,
    "address": f"{_BASE}/api/v1/types/DATA1",
    "versions": f"{_BASE}/api/v1/types/DATA1/versions",
}
