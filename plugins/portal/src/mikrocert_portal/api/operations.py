"""All that there is in the API, as a table: routes, parameters and the OpenAPI document come from here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mikrocert.api import LENGTH, LINES, Scope, message

from mikrocert_portal.api.describing import Body, Content, Operation, Parameter, Success
from mikrocert_portal.api.examples import (
    AWARD,
    BATCH,
    CREDENTIAL,
    HISTORY,
    IDENTIFIER,
    PROOFS,
    PROPOSAL,
    RECEIPT,
    REPORT,
    RESULTS,
    STATUS,
    TOKEN_ANSWER,
    TOKEN_REQUEST,
)
from mikrocert_portal.api.problems import ApiProblem
from mikrocert_portal.api.sharing import sharing_operations
from mikrocert_portal.api.tokens import ASSERTION_TYPE, GRANT_TYPE, TOKEN
from mikrocert_portal.api.types import type_operations
from mikrocert_portal.api.verifying_many import many_operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mikrocert.api import Message

__all__ = ["OWN_EXPORT", "OWN_RECORD", "operations"]

OWN_RECORD = "application/vnd.mikrocert.record"
"""Media type of a record in the institution's own layout."""

OWN_EXPORT = "application/vnd.mikrocert.export"
"""Media type of an export in the institution's own layout."""

_PLAIN = "^[^\\u0000-\\u001f\\u007f]+$"
_JSON = "application/json"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OCTETS = "application/octet-stream"

_DOCUMENTATION = message("Documentation")
_VERIFYING = message("Verification, for everybody")
_TOKENS = message("Tokens, for clients of institutions")
_ISSUING = message("Issuing, for institutions")
_BATCHES = message("Batches, for institutions")
_CREDENTIALS = message("Issued credentials, for institutions")
_PROPOSALS = message("What waits for a second pair of eyes, for institutions")


def operations(files: Mapping[str, None]) -> tuple[Operation, ...]:
    """Return all operations.

    Args:
        files: media types that the files of credentials may have, the certificate's among them.
    """
    return (
        *_documentation(),
        *_verifying(),
        many_operation(_VERIFYING),
        *_tokens(),
        *_issuing(),
        *_batches(),
        *_credentials(dict.fromkeys(files)),
        *sharing_operations(_identifier(), _batch(), _limit()),
        *_proposals(),
        *type_operations(),
    )


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(name: str, example: Any) -> dict[str, Content]:  # noqa: ANN401 - any JSON
    return {_JSON: Content(_ref(name), example)}


def _or_proposal(name: str, example: Any) -> dict[str, Content]:  # noqa: ANN401 - any JSON
    return {_JSON: Content({"anyOf": [_ref(name), _ref("Proposal")]}, example)}


def _identifier() -> Parameter:
    return Parameter(
        "identifier",
        message("Identifier of the credential: 12 characters, letter case matters."),
        {"type": "string", "minLength": LENGTH, "maxLength": LENGTH, "pattern": "^[1-9A-HJ-NP-Za-km-z]+$"},
        IDENTIFIER,
        where="path",
    )


def _dry_run() -> Parameter:
    return Parameter(
        "dry_run",
        message("Whether to try everything and to seal and record nothing."),
        {"type": "boolean", "default": False},
        "true",
    )


def _intake() -> Parameter:
    return Parameter(
        "intake",
        message(
            "Name of the intake that reads the export, one of those of the institution; without it the media type says whether it is in the "
            "canonical form or in the layout of the institution's own intake."
        ),
        {"type": "string", "minLength": 1, "maxLength": 60, "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
        "json",
    )


def _day(name: str, about: Any) -> Parameter:  # noqa: ANN401 - a message
    schema = {
        "type": "string",
        "format": "date",
        "minLength": 10,
        "maxLength": 10,
        "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    }
    return Parameter(name, about, schema, "2026-11-22")


def _documentation() -> tuple[Operation, ...]:
    return (
        Operation(
            "openApiDocument",
            "GET",
            "/openapi.json",
            _DOCUMENTATION,
            message("This document"),
            message("The OpenAPI document of this interface, in the language asked for."),
            answers=(
                Success(200, message("The document."), {_JSON: Content({"type": "object"})}, ("ETag",)),
            ),
        ),
        Operation(
            "documentation",
            "GET",
            "/docs",
            _DOCUMENTATION,
            message("This document as a page"),
            message("The same document for people to read, without scripts."),
            answers=(
                Success(200, message("The page."), {"text/html": Content({"type": "string"})}, ("ETag",)),
            ),
        ),
        Operation(
            "reportSchema",
            "GET",
            "/report.schema.json",
            _DOCUMENTATION,
            message("JSON Schema of the report"),
            message("The JSON Schema (2020-12) of what verification answers."),
            answers=(
                Success(
                    200,
                    message("The schema."),
                    {"application/schema+json": Content({"type": "object"})},
                    ("ETag",),
                ),
            ),
        ),
        Operation(
            "awardSchema",
            "GET",
            "/awards.schema.json",
            _DOCUMENTATION,
            message("JSON Schema of awards"),
            message(
                "The JSON Schema (2020-12) of an export of awards. What is sent to be issued alone is one of its awards."
            ),
            answers=(
                Success(
                    200,
                    message("The schema."),
                    {"application/schema+json": Content({"type": "object"})},
                    ("ETag",),
                ),
            ),
        ),
    )


def _verifying() -> tuple[Operation, ...]:
    report = _json("Report", REPORT)
    return (
        Operation(
            "verifyFile",
            "POST",
            "/verify",
            _VERIFYING,
            message("Verify a file"),
            message(
                "Takes the octets of a sealed file or a certificate and answers the report, whatever the verdict is. The file is kept nowhere."
            ),
            body=Body(
                message(
                    "The octets of the file, whatever media type they are said to have; not a form with a file in it."
                ),
                dict.fromkeys(
                    (_OCTETS, "application/*", "text/*"),
                    Content({"type": "string", "format": "binary", "minLength": 1}),
                ),
                largest="upload_octets",
            ),
            answers=(Success(200, message("The report; its verdict says whether it is valid."), report),),
            problems=(ApiProblem.REFUSED,),
        ),
        Operation(
            "verifyIdentifier",
            "GET",
            "/verify/{identifier}",
            _VERIFYING,
            message("Verify by identifier"),
            message(
                "Verifies what the archive has under an identifier and answers the report, whatever the verdict is; of its data what the holder lets "
                "the permanent link show."
            ),
            parameters=(_identifier(),),
            answers=(Success(200, message("The report; its verdict says whether it is valid."), report),),
            problems=(ApiProblem.ERASED, ApiProblem.ACCESS_CLOSED),
        ),
    )


def _tokens() -> tuple[Operation, ...]:
    text = {"type": "string"}
    request = {
        "type": "object",
        "properties": {
            "grant_type": {"const": GRANT_TYPE},
            "scope": {
                **text,
                "description": "Separated by spaces: " + ", ".join(scope.value for scope in Scope),
            },
            "client_id": text,
            "client_assertion_type": {"const": ASSERTION_TYPE},
            "client_assertion": text,
        },
        "required": ["grant_type"],
        "dependentRequired": {
            "client_assertion": ["client_assertion_type"],
            "client_assertion_type": ["client_assertion"],
        },
    }
    return (
        Operation(
            "getToken",
            "POST",
            TOKEN,
            _TOKENS,
            message("Get a token"),
            message(
                "Gives a client of OAuth 2.0 a token for some minutes (RFC 6749, 4.4), which goes where a key goes. The client proves who it is by "
                "an assertion that it signed (“private_key_jwt”, RFC 7523), whose audience is this address or that of the instance, or by the "
                "certificate of its TLS connection and “client_id” (RFC 8705); then the token is good with this certificate only. What is refused "
                "is answered as OAuth 2.0 has it: “error” for programs, “error_uri” for people."
            ),
            body=Body(
                message("What is asked for, and the proof; without “scope”, all that the client may."),
                {"application/x-www-form-urlencoded": Content(request, TOKEN_REQUEST)},
                largest="token_octets",
            ),
            answers=(Success(200, message("The token."), _json("Token", TOKEN_ANSWER)),),
            problems=(
                ApiProblem.INVALID_REQUEST,
                ApiProblem.UNSUPPORTED_GRANT,
                ApiProblem.INVALID_SCOPE,
                ApiProblem.INVALID_CLIENT,
                ApiProblem.TOO_MANY,
                ApiProblem.NO_ARCHIVE,
            ),
            oauth=True,
        ),
    )


def _issuing() -> tuple[Operation, ...]:
    receipts = (
        Success(201, message("It was issued just now."), _json("Receipt", RECEIPT), ("Location",)),
        Success(
            200,
            message("It was issued before: the same receipt. Or, of a dry run, what its sender should know."),
            {_JSON: Content({"anyOf": [_ref("Receipt"), _ref("DryRun")]}, RECEIPT)},
        ),
        Success(
            202,
            message(
                "It takes longer, or waits for a second pair of eyes; “Location” says where to ask what became of it."
            ),
            _or_proposal("Batch", {**BATCH, "total": 1, "done": 0, "issued": 0, "refused": 0}),
            ("Location", "Retry-After"),
        ),
    )
    return (
        Operation(
            "issueAward",
            "POST",
            "/awards",
            _ISSUING,
            message("Issue an award"),
            message(
                "Takes one award and answers its receipt: identifier, link, where its files are, and once the holder's link, which belongs to the learner "
                "alone. Whoever sends the same award again gets the same receipt without the holder's link, so what failed on the way can be sent again. "
                "All faults are told at once, and nothing is half issued."
            ),
            idempotent=True,
            scopes=("issue",),
            parameters=(_dry_run(),),
            body=Body(
                message(
                    "One award in the canonical form, or one record as the institution's own intake reads it ({own}).",
                    own=OWN_RECORD,
                ),
                {
                    _JSON: Content(_ref("Award"), AWARD),
                    OWN_RECORD: Content({"type": "string", "format": "binary"}),
                },
            ),
            answers=receipts,
            problems=(
                ApiProblem.CANCELLED,
                ApiProblem.CHANGED,
                ApiProblem.ERASED,
                ApiProblem.REFUSED,
                ApiProblem.NOT_ISSUING,
            ),
        ),
        Operation(
            "replaceCredential",
            "POST",
            "/credentials/{identifier}/replace",
            _ISSUING,
            message("Correct a credential"),
            message(
                "Issues a corrected award in place of a credential. An issued credential never changes: the earlier one says that it was "
                "replaced, by which one and why. The corrected award keeps the record number."
            ),
            idempotent=True,
            scopes=("issue", "revoke"),
            parameters=(_identifier(), _dry_run()),
            body=Body(
                message("The reason, which verifiers read, and the corrected award."),
                _json("Replacement", {"reason": "oprava jména", "award": AWARD}),
            ),
            answers=receipts,
            problems=(
                ApiProblem.CANCELLED,
                ApiProblem.CHANGED,
                ApiProblem.ERASED,
                ApiProblem.REFUSED,
                ApiProblem.NOT_ISSUING,
            ),
        ),
    )


def _batch() -> Parameter:
    return Parameter(
        "batch",
        message("Identifier of the batch."),
        {"type": "string", "minLength": 12, "maxLength": 12, "pattern": "^[A-Za-z0-9-]+$"},
        "b-4x4Rt9bHzK",
        where="path",
    )


def _limit() -> Parameter:
    return Parameter(
        "limit",
        message("How many at most."),
        {"type": "integer", "minimum": 1, "maximum": 100, "default": 100},
        "50",
    )


def _before(example: str) -> Parameter:
    return Parameter(
        "before",
        message("Where to go on: “next” of the page before."),
        {"type": "string", "minLength": 12, "maxLength": 12, "pattern": "^[A-Za-z0-9-]+$"},
        example,
    )


def _batches() -> tuple[Operation, ...]:
    octets = Content({"type": "string", "format": "binary"})
    return (
        Operation(
            "sendBatch",
            "POST",
            "/batches",
            _BATCHES,
            message("Send a batch"),
            message(
                "Takes an export and answers at once; what became of each record is told as it comes. Whoever sends the same export while "
                "it is being worked through gets the same batch. What was issued before is not issued again."
            ),
            idempotent=True,
            scopes=("issue",),
            parameters=(_dry_run(), _intake()),
            body=Body(
                message(
                    "An export in the canonical form; awards in the canonical form, one a line; or an export as the institution's own intake "
                    "reads it ({own}, a table with its own media type).",
                    own=OWN_EXPORT,
                ),
                {
                    _JSON: Content(_ref("Export"), {"awards": [AWARD]}),
                    **dict.fromkeys(sorted(LINES), Content({"type": "string"})),
                    **dict.fromkeys((OWN_EXPORT, "text/csv", _SHEET, "application/xml"), octets),
                },
                largest="batch_octets",
            ),
            answers=(
                Success(
                    202,
                    message("It is there; where a second pair of eyes is wanted, it waits for them."),
                    _or_proposal("Batch", BATCH),
                    ("Location", "Retry-After"),
                ),
            ),
            problems=(ApiProblem.REFUSED, ApiProblem.NOT_ISSUING),
        ),
        Operation(
            "listBatches",
            "GET",
            "/batches",
            _BATCHES,
            message("List batches"),
            message("Answers the batches of the institution, the newest first."),
            scopes=("read",),
            parameters=(
                _limit(),
                _before("b-4x4Rt9bHzK"),
            ),
            answers=(Success(200, message("A page."), _json("Batches", {"batches": [BATCH], "next": None})),),
            problems=(ApiProblem.UNKNOWN,),
        ),
        Operation(
            "getBatch",
            "GET",
            "/batches/{batch}",
            _BATCHES,
            message("Watch a batch"),
            message("Answers how far a batch is."),
            scopes=("issue",),
            parameters=(
                _batch(),
                Parameter(
                    "wait",
                    message("How many seconds to wait for its end before the answer."),
                    {"type": "integer", "minimum": 0, "maximum": 30, "default": 0},
                    "10",
                ),
            ),
            answers=(Success(200, message("The batch."), _json("Batch", BATCH)),),
        ),
        Operation(
            "listResults",
            "GET",
            "/batches/{batch}/results",
            _BATCHES,
            message("List results"),
            message(
                "Answers what became of records so far. “next” is where to go on, now or later; it is null once nothing more comes."
            ),
            scopes=("issue",),
            parameters=(
                _batch(),
                Parameter(
                    "after",
                    message("Number of the record after which to begin: “next” of the page before."),
                    {"type": "integer", "minimum": 0, "maximum": 999_999_999, "default": 0},
                    "100",
                ),
                _limit(),
                Parameter(
                    "refused",
                    message("Whether only refused records are wanted, or only others."),
                    {"type": "boolean"},
                    "true",
                ),
            ),
            answers=(Success(200, message("Results."), _json("Results", RESULTS)),),
        ),
        Operation(
            "getFiles",
            "GET",
            "/batches/{batch}/files",
            _BATCHES,
            message("Download all files"),
            message("Answers the files of everything that came of a batch so far, as a ZIP."),
            scopes=("read",),
            parameters=(_batch(),),
            answers=(Success(200, message("The files."), {"application/zip": octets}),),
        ),
        Operation(
            "cancelBatch",
            "DELETE",
            "/batches/{batch}",
            _BATCHES,
            message("Cancel a batch"),
            message("Has nothing more done of a batch; what was issued stays issued."),
            scopes=("issue",),
            parameters=(_batch(),),
            answers=(Success(200, message("The batch."), _json("Batch", {**BATCH, "state": "cancelled"})),),
        ),
    )


def _of_credential(
    name: str,
    path: str,
    summary: Message,
    about: Message,
    *,
    answer: Success,
    parameters: tuple[Parameter, ...] = (),
    problems: tuple[ApiProblem, ...] = (),
) -> Operation:
    """Return the operation that reads something of one credential."""
    return Operation(
        name,
        "GET",
        f"/credentials/{{identifier}}{path}",
        _CREDENTIALS,
        summary,
        about,
        scopes=("read",),
        parameters=(_identifier(), *parameters),
        answers=(answer,),
        problems=problems,
    )


def _credentials(files: dict[str, None]) -> tuple[Operation, ...]:
    binary = Content({"type": "string", "format": "binary"})
    format_ = Parameter(
        "format",
        message("Name of the format; without it, the one that was issued first."),
        {"type": "string", "minLength": 1, "maxLength": 60, "pattern": "^[a-z0-9-]+$"},
        "my-format",
    )
    return (
        Operation(
            "listCredentials",
            "GET",
            "/credentials",
            _CREDENTIALS,
            message("List credentials"),
            message(
                "Answers what the institution had issued, in the order of issuing, page by page. A page may have fewer credentials than asked "
                "for, even none; it is the last one only where “next” is null."
            ),
            scopes=("read",),
            parameters=(
                Parameter(
                    "evidence_number",
                    message("Only those of this record number, the newest first."),
                    {"type": "string", "minLength": 1, "maxLength": 200, "pattern": _PLAIN},
                    "UŘ/2026/0042",
                ),
                Parameter(
                    "learner",
                    message(
                        "Only those of learners whose name has these words, in any order, with or without marks, in the order of identifiers; not together with the record number."
                    ),
                    {"type": "string", "minLength": 1, "maxLength": 200, "pattern": _PLAIN},
                    "Hůrková Kateřina",
                ),
                _day("since", message("Only those issued on this day or later, in Prague.")),
                _day("until", message("Only those issued on this day or earlier, in Prague.")),
                Parameter(
                    "state",
                    message("Only those in this state."),
                    {"type": "string", "enum": ["live", "revoked", "replaced"]},
                    "live",
                ),
                Parameter(
                    "limit",
                    message("How many at most."),
                    {"type": "integer", "minimum": 1, "maximum": 100, "default": 50},
                    "50",
                ),
                Parameter(
                    "cursor",
                    message("Where to go on: “next” of the page before."),
                    {"type": "string", "minLength": 1, "maxLength": 400, "pattern": "^[A-Za-z0-9_-]+$"},
                    "WyIyMDI2LTExLTIyVDA5OjAwOjAwKzAwOjAwIiwiSzdtUXg0UnQ5Ykh6Il0",
                ),
            ),
            answers=(
                Success(
                    200,
                    message("A page."),
                    _json("Credentials", {"credentials": [CREDENTIAL], "next": None}),
                    ("Link",),
                ),
            ),
        ),
        _of_credential(
            "getCredential",
            "",
            message("Show a credential"),
            message(
                "Answers what the archive knows of a credential, and where its files, history and proofs are."
            ),
            answer=Success(200, message("The credential."), _json("Credential", CREDENTIAL), ("ETag",)),
        ),
        _of_credential(
            "getCredentialFile",
            "/credential",
            message("Download the sealed file"),
            message("Answers the newest edition of the sealed file."),
            parameters=(format_,),
            answer=Success(200, message("The file."), dict.fromkeys(files, binary), ("ETag",)),
            problems=(ApiProblem.ERASED,),
        ),
        _of_credential(
            "getCertificate",
            "/certificate",
            message("Download the certificate"),
            message("Answers the newest edition of the certificate, which has the sealed file inside."),
            parameters=(format_,),
            answer=Success(200, message("The file."), {"application/pdf": binary}, ("ETag",)),
            problems=(ApiProblem.ERASED,),
        ),
        _of_credential(
            "getStatus",
            "/status",
            message("Show the status"),
            message("Answers whether a credential is live, revoked or replaced, since when and why."),
            answer=Success(200, message("The status."), _json("Status", STATUS), ("ETag",)),
        ),
        _of_credential(
            "getHistory",
            "/history",
            message("Show the history"),
            message("Answers all that happened to a credential, the oldest first."),
            answer=Success(200, message("The history."), _json("History", HISTORY), ("ETag",)),
        ),
        _of_credential(
            "listProofs",
            "/proofs",
            message("List proofs of the log"),
            message(
                "Answers which proofs there are that the files of a credential are in the log; none until a signed head has them."
            ),
            answer=Success(200, message("The proofs."), _json("Proofs", PROOFS)),
            problems=(ApiProblem.ERASED,),
        ),
        _of_credential(
            "getProof",
            "/proofs/{name}",
            message("Download a proof of the log"),
            message("Answers a proof that a file is in the log."),
            parameters=(
                Parameter(
                    "name",
                    message("Name of the proof, as the list has it."),
                    {"type": "string", "minLength": 1, "maxLength": 100},
                    f"{IDENTIFIER}.tlog-proof",
                    where="path",
                ),
            ),
            answer=Success(200, message("The proof."), {"text/plain": Content({"type": "string"})}),
            problems=(ApiProblem.ERASED,),
        ),
        Operation(
            "revokeCredential",
            "POST",
            "/credentials/{identifier}/revoke",
            _CREDENTIALS,
            message("Revoke a credential"),
            message("Revokes a credential for good; revoking it again changes nothing."),
            scopes=("revoke",),
            parameters=(_identifier(),),
            body=Body(
                message("The reason, which verifiers read."),
                _json("Revocation", {"reason": "vydáno omylem"}),
            ),
            answers=(
                Success(
                    200,
                    message("Its status from now on."),
                    _json("Status", {**STATUS, "state": "revoked", "reason": "vydáno omylem"}),
                ),
                Success(
                    202,
                    message(
                        "It waits for a second pair of eyes; “Location” says where to ask what became of it."
                    ),
                    _json("Proposal", PROPOSAL),
                    ("Location", "Retry-After"),
                ),
            ),
            problems=(ApiProblem.ENDED, ApiProblem.ERASED, ApiProblem.REFUSED),
        ),
    )


def _proposals() -> tuple[Operation, ...]:
    proposal = Parameter(
        "proposal",
        message("Identifier of the proposal."),
        {"type": "string", "minLength": 12, "maxLength": 12, "pattern": "^[A-Za-z0-9-]+$"},
        "p-4x4Rt9bHzK",
        where="path",
    )
    decided = {**PROPOSAL, "decided_at": PROPOSAL["made_at"], "decided_by": "key Fgn4x4Rt9bHz"}
    return (
        Operation(
            "listProposals",
            "GET",
            "/proposals",
            _PROPOSALS,
            message("List proposals"),
            message("Answers what the institution's keys and people proposed, the newest first."),
            scopes=("read",),
            parameters=(
                _limit(),
                _before("p-4x4Rt9bHzK"),
            ),
            answers=(
                Success(200, message("A page."), _json("Proposals", {"proposals": [PROPOSAL], "next": None})),
            ),
        ),
        Operation(
            "getProposal",
            "GET",
            "/proposals/{proposal}",
            _PROPOSALS,
            message("Watch a proposal"),
            message("Answers what became of a proposal."),
            scopes=("read",),
            parameters=(proposal,),
            answers=(Success(200, message("The proposal."), _json("Proposal", PROPOSAL)),),
        ),
        Operation(
            "confirmProposal",
            "POST",
            "/proposals/{proposal}/confirm",
            _PROPOSALS,
            message("Confirm a proposal"),
            message(
                "Does what another key or person proposed, once. The key also has to be for the deed itself: `issue`, `revoke`, or both. "
                "Nobody confirms what the same hand proposed: neither with the same key, nor one that replaces it, nor one with the same note."
            ),
            scopes=("read",),
            parameters=(proposal,),
            answers=(
                Success(200, message("The proposal."), _json("Proposal", {**decided, "state": "confirmed"})),
            ),
            problems=(ApiProblem.UNDECIDABLE,),
        ),
        Operation(
            "refuseProposal",
            "POST",
            "/proposals/{proposal}/refuse",
            _PROPOSALS,
            message("Refuse a proposal"),
            message(
                "Has nothing come of a proposal; one's own is so taken back. The key also has to be for the deed itself."
            ),
            scopes=("read",),
            parameters=(proposal,),
            answers=(
                Success(200, message("The proposal."), _json("Proposal", {**decided, "state": "refused"})),
            ),
            problems=(ApiProblem.UNDECIDABLE,),
        ),
    )
