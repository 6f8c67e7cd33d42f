"""The OpenAPI 3.1 document, made of the table of operations, and what its page shows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mikrocert.api import (
    LENGTH,
    BatchState,
    Deed,
    ErasureReason,
    ProposalState,
    Scope,
    awards_schema,
    message,
    report_schema,
    type_schema,
)

from mikrocert_portal.api.parameters import LANGUAGE
from mikrocert_portal.api.problems import MEDIA_TYPE, ApiProblem, oauth_error_of
from mikrocert_portal.api.sharing import sharing_schemas
from mikrocert_portal.api.tokens import TOKEN
from mikrocert_portal.api.verifying_many import many_schemas

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mikrocert.api import Message, Texts

    from mikrocert_portal.api.describing import Content, Operation, Parameter, Success
    from mikrocert_portal.config import Limits

__all__ = ["document"]

_VERSION = "1.0.0"
_KEY = "institution"
_CLIENT = "client"
_JSON = "application/json"


def document(
    operations: Iterable[Operation], *, base: str, limits: Limits, texts: Texts, language: str
) -> dict[str, Any]:
    """Return the OpenAPI document.

    Args:
        operations: all that there is.
        base: address of the API.
        limits: how much one client may ask for.
        texts: catalogues.
        language: language of what people read.
    """
    return _Writer(limits, texts, language).document(tuple(operations), base)


class _Writer:
    """Writes a document in one language."""

    def __init__(self, limits: Limits, texts: Texts, language: str) -> None:
        self._limits = limits
        self._texts = texts
        self._language = language

    def _say(self, text: Message) -> str:
        return self._texts.plain(text, self._language)

    def document(self, operations: tuple[Operation, ...], base: str) -> dict[str, Any]:
        """Return the whole document."""
        paths: dict[str, dict[str, Any]] = {}
        for operation in operations:
            paths.setdefault(operation.path, {})[operation.method.lower()] = self._operation(operation)
        groups = dict.fromkeys(operation.group for operation in operations)
        return {
            "openapi": "3.1.0",
            "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
            "info": {
                "title": self._say(message("Interface for programs")),
                "version": _VERSION,
                "description": self._say(
                    message(
                        "Institutions have micro-credentials issued here and look after them; everybody verifies. What can't be answered is a "
                        "problem (RFC 9457); its findings name every fault by path and code, in the language that “Accept-Language” asks for. "
                        "“RateLimit” says how many more requests may be made."
                    )
                ),
                "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
            },
            "servers": [{"url": base}],
            "tags": [{"name": self._say(group)} for group in groups],
            "paths": paths,
            "components": {
                "schemas": self._schemas(),
                "responses": {},
                "securitySchemes": {
                    _KEY: {
                        "type": "http",
                        "scheme": "bearer",
                        "description": self._say(
                            message(
                                "The key of an institution. Each is for some of these: issue, read, revoke."
                            )
                        ),
                    },
                    _CLIENT: self._client(base),
                },
            },
        }

    def _client(self, base: str) -> dict[str, Any]:
        about = {
            Scope.ISSUE: message("issue and correct"),
            Scope.READ: message("look up"),
            Scope.REVOKE: message("revoke and correct"),
        }
        return {
            "type": "oauth2",
            "description": self._say(
                message("A token that a client of an institution was given, in place of a key.")
            ),
            "flows": {
                "clientCredentials": {
                    "tokenUrl": f"{base}{TOKEN}",
                    "scopes": {scope.value: self._say(text) for scope, text in about.items()},
                }
            },
        }

    def _operation(self, operation: Operation) -> dict[str, Any]:
        about = self._say(operation.about)
        if operation.scopes:
            scopes = ", ".join(f"`{scope}`" for scope in operation.scopes)
            about = f"{about} {self._say(message('The key has to be for: {scopes}.', scopes=scopes))}"
        described: dict[str, Any] = {
            "operationId": operation.name,
            "tags": [self._say(operation.group)],
            "summary": self._say(operation.summary),
            "description": about,
            "parameters": [
                *map(self._parameter, operation.parameters),
                *([self._key_parameter()] if operation.idempotent else []),
                *([self._tag_parameter()] if operation.conditional else []),
                self._language_parameter(),
            ],
        }
        if operation.body is not None:
            most = getattr(self._limits, operation.body.largest) // 1024
            limit = self._say(message("It may have {most} KiB.", most=most))
            described["requestBody"] = {
                "description": f"{self._say(operation.body.about)} {limit}",
                "required": True,
                "content": _contents(operation.body.contents),
            }
        described["responses"] = self._responses(operation)
        described["security"] = (
            [{_KEY: list(operation.scopes)}, {_CLIENT: list(operation.scopes)}] if operation.scopes else []
        )
        return described

    def _parameter(self, parameter: Parameter) -> dict[str, Any]:
        return {
            "name": parameter.name,
            "in": parameter.where,
            "required": parameter.where == "path",
            "description": self._say(parameter.about),
            "schema": dict(parameter.schema),
            "example": _typed(parameter),
        }

    def _key_parameter(self) -> dict[str, Any]:
        return {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": self._say(
                message(
                    "What the sender calls this request: sent again with the same key within seven days, it gets the answer of the first time."
                )
            ),
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
            "example": "8e03978e-40d5-43dd-bc93-6894a57f9324",
        }

    def _tag_parameter(self) -> dict[str, Any]:
        return {
            "name": "If-Match",
            "in": "header",
            "required": False,
            "description": self._say(
                message("ETag of what is changed; if that is another one by now, nothing is.")
            ),
            "schema": {
                "type": "string",
                "minLength": 1,
                "maxLength": 255,
                "pattern": "^[!-~]([ -~]*[!-~])?$",
            },
            "example": '"1"',
        }

    def _language_parameter(self) -> dict[str, Any]:
        return {
            "name": LANGUAGE,
            "in": "query",
            "required": False,
            "description": self._say(
                message("Language of what people read; without it, “Accept-Language” says which.")
            ),
            "schema": {"type": "string", "enum": list(self._texts.languages)},
            "example": self._language,
        }

    def _responses(self, operation: Operation) -> dict[str, Any]:
        described = {str(answer.status): self._answer(answer) for answer in operation.answers}
        if operation.method == "GET" and any("ETag" in answer.headers for answer in operation.answers):
            described["304"] = {
                "description": self._say(
                    message("It is still what the client has, as the ETag in “If-None-Match” says.")
                ),
                "headers": self._headers("ETag"),
            }
        problems: dict[int, list[ApiProblem]] = {}
        for problem in operation.all_problems:
            problems.setdefault(problem.status, []).append(problem)
        for status, same in problems.items():
            described[str(status)] = self._problems(same, oauth=operation.oauth)
        return described

    def _answer(self, answer: Success) -> dict[str, Any]:
        described: dict[str, Any] = {
            "description": self._say(answer.about),
            "headers": self._headers("RateLimit", "RateLimit-Policy", *answer.headers),
        }
        if answer.contents:
            described["content"] = _contents(answer.contents)
        return described

    def _problems(self, problems: list[ApiProblem], *, oauth: bool) -> dict[str, Any]:
        names = [
            name
            for name, status in (("WWW-Authenticate", 401), ("WWW-Authenticate", 403), ("Accept-Post", 415))
            if problems[0].status == status
        ]
        if problems[0].status in {429, 503}:
            names.append("Retry-After")
        return {
            "description": " ".join(f"`{problem.code}`: {self._say(problem.title)}" for problem in problems),
            "headers": self._headers(*names),
            "content": {_JSON: self._oauth(problems)}
            if oauth
            else {
                MEDIA_TYPE: {
                    "schema": _ref("Problem"),
                    "examples": {
                        problem.code: {
                            "value": {
                                "type": f"https://mikrocert.example/api/v1/docs#{problem.code}",
                                "title": self._say(problem.title),
                                "status": problem.status,
                                "code": problem.code,
                            }
                        }
                        for problem in problems
                    },
                }
            },
        }

    @staticmethod
    def _oauth(problems: list[ApiProblem]) -> dict[str, Any]:
        return {
            "schema": _ref("TokenError"),
            "examples": {
                problem.code: {
                    "value": {
                        "error": oauth_error_of(problem),
                        "error_uri": f"https://mikrocert.example/api/v1/docs#{problem.code}",
                    }
                }
                for problem in problems
            },
        }

    def _headers(self, *names: str) -> dict[str, Any]:
        headers = {
            "RateLimit": (message("How many more requests may be made, and after how many seconds all of them."), '"calls";r=599;t=60'),
            "RateLimit-Policy": (message("How many requests may be made in how many seconds."), '"calls";q=600;w=60'),
            "ETag": (message("Changes with the answer."), '"33a64df551425fcc55e4d42a148795d9"'),
            "Location": (message("Where it is."), f"https://mikrocert.example/api/v1/credentials/{'K7mQx4Rt9bHz'}"),
            "Link": (message("Where the next page is."), '<https://mikrocert.example/api/v1/credentials?cursor=…>; rel="next"'),
            "Retry-After": (message("After how many seconds to try again."), "30"),
            "WWW-Authenticate": (message("What is missing (RFC 6750)."), 'Bearer realm="mikrocert"'),
            "Accept-Post": (message("Media types that are read here."), "application/json"),
        }  # fmt: skip
        return {
            name: {
                "description": self._say(headers[name][0]),
                "schema": {"type": "string"},
                "example": headers[name][1],
            }
            for name in dict.fromkeys(names)
        }

    def _schemas(self) -> dict[str, Any]:
        definitions = awards_schema()["$defs"]
        definitions["Type"] = type_schema(definitions)
        schemas = {**_moved(definitions), **_moved(report_schema()["$defs"])}
        schemas["Status"], schemas["CredentialStatus"] = self._status(), schemas["Status"]
        schemas["Report"] = _renamed(schemas["Report"], "Status", "CredentialStatus")
        identifier = {"type": "string", "minLength": LENGTH, "maxLength": LENGTH}
        address = {"type": "string", "format": "uri"}
        moment = {"type": "string", "format": "date-time"}
        text = {"type": "string"}
        state = {"enum": ["live", "revoked", "replaced"]}
        files = {
            "description": self._say(message("Where its files are; nothing once its content was erased.")),
            "type": "object",
            "properties": {"credential": address, "certificate": address},
            "additionalProperties": False,
        }
        fault = _object(
            self._say(message("What is wrong, or what somebody should know.")),
            path={**text, "description": self._say(message("Where, in the names of what was sent."))},
            code={**text, "description": self._say(message("Stable, for programs."))},
            severity={"enum": ["error", "warning", "info"]},
            message={**text, "description": self._say(message("In the language asked for."))},
        )
        problem = _object(
            self._say(message("Why a request can't be answered (RFC 9457).")),
            type=address,
            title=text,
            status={"type": "integer"},
            code={"enum": [problem.code for problem in ApiProblem]},
        )
        problem["properties"] |= {
            "detail": text,
            "findings": {"type": "array", "items": _ref("Fault")},
            "identifier": identifier,
            "successor": identifier,
            "scope": text,
            "accepted": text,
            "state": state,
            "since": moment,
        }
        credential = _object(
            self._say(message("What the archive knows of a credential.")),
            identifier=identifier,
            link=address,
            institution=text,
            evidence_number=text,
            formats={"type": "array", "items": text},
            issued_at=moment,
            state=state,
            since=moment,
            reason=_or_null(text),
            successor=_or_null(identifier),
            replaces=_or_null(identifier),
            erased_at=_or_null(moment),
            erased_for=_or_null({"enum": [reason.value for reason in ErasureReason]}),
            learner=_or_null(text),
            files=files,
            status=address,
            history=address,
            proofs=address,
        )
        happened = _object(
            self._say(message("Something that happened to it.")),
            kind={"enum": ["issued", "revoked", "replaced", "renewed", "erased"]},
            at=moment,
            reason=_or_null(text),
            successor=_or_null(identifier),
        )
        return {
            **schemas,
            "Fault": fault,
            "Problem": problem,
            "Export": _object(
                self._say(message("An export in the canonical form.")),
                awards={"type": "array", "items": _ref("Award")},
            ),
            "Receipt": _object(
                self._say(message("The receipt of an award.")),
                identifier=identifier,
                link=address,
                evidence_number=text,
                issued_at=moment,
                files=files,
                holder_link={
                    **_or_null(address),
                    "description": self._say(
                        message("The holder's link, told once; null for what was issued before.")
                    ),
                },
            ),
            **sharing_schemas(),
            **many_schemas(),
            "Batch": self._batch(),
            "Proposal": _object(
                self._say(message("What waits for a second pair of eyes, or what became of it.")),
                proposal=text,
                deed={"enum": [deed.value for deed in Deed]},
                subject={**text, "description": self._say(message("Identifier of a credential or a batch."))},
                state={"enum": [state.value for state in ProposalState]},
                actor=text,
                made_at=moment,
                expires_at=moment,
                decided_at=_or_null(moment),
                decided_by=_or_null(text),
                address=address,
            ),
            "Proposals": _object(
                self._say(message("A page of proposals.")),
                proposals={"type": "array", "items": _ref("Proposal")},
                next=_or_null(text),
            ),
            "Batches": _object(
                self._say(message("A page of batches.")),
                batches={"type": "array", "items": _ref("Batch")},
                next=_or_null(text),
            ),
            "Results": _object(
                self._say(message("What became of records, in the order in which they were sent.")),
                results={"type": "array", "items": _ref("Result")},
                next=_or_null({"type": "integer"}),
            ),
            "Result": _object(
                self._say(message("What became of one record.")),
                number={"type": "integer"},
                row=_or_null({"type": "integer"}),
                line=_or_null({"type": "integer"}),
                evidence_number=_or_null(text),
                refused={"type": "boolean"},
                created={"type": "boolean"},
                identifier=_or_null(identifier),
                link=_or_null(address),
                credential=_or_null(address),
                findings={"type": "array", "items": _ref("Fault")},
            ),
            "DryRun": _object(
                self._say(message("The award would be issued.")),
                dry_run={"const": True},
                findings={"type": "array", "items": _ref("Fault")},
            ),
            "Token": _object(
                self._say(message("A token (RFC 6749, 5.1).")),
                access_token=text,
                token_type={"const": "Bearer"},
                expires_in={"type": "integer", "description": self._say(message("Seconds."))},
                scope=text,
            ),
            "TokenError": _object(
                self._say(message("Why there is no token (RFC 6749, 5.2).")),
                error={"enum": list(dict.fromkeys(map(oauth_error_of, ApiProblem)))},
                error_uri=address,
            ),
            "Credential": credential,
            "Credentials": _object(
                self._say(message("A page of credentials.")),
                credentials={"type": "array", "items": _ref("Credential")},
                next=_or_null(text),
            ),
            "History": _object(
                self._say(message("All that happened to a credential.")),
                identifier=identifier,
                history={"type": "array", "items": happened},
            ),
            "Proofs": _object(
                self._say(message("The proofs that its files are in the log.")),
                proofs={"type": "array", "items": _object("", name=text, address=address)},
            ),
            "TypesToKeep": _object(
                self._say(message("Types to be kept.")),
                types={"type": "array", "items": _ref("Type"), "minItems": 1, "maxItems": 1000},
            ),
            "KeptType": _object(
                self._say(message("A version of a type.")),
                type=_ref("Type"),
                version={"type": "integer", "minimum": 1},
                at=moment,
                ended_at=_or_null(moment),
                address=address,
                versions=address,
            ),
            "KeptTypes": _object(
                self._say(message("A page of types.")),
                types={"type": "array", "items": _ref("KeptType")},
                next=_or_null(text),
            ),
            "TypeVersions": _object(
                self._say(message("A page of versions.")),
                types={"type": "array", "items": _ref("KeptType")},
                next=_or_null({"type": "integer"}),
            ),
            "Revocation": _object(self._say(message("Why a credential is revoked.")), reason=_reason()),
            "Replacement": _object(
                self._say(message("Why a credential is corrected, and how.")),
                reason=_reason(),
                award=_ref("Award"),
            ),
        }

    def _batch(self) -> dict[str, Any]:
        number = {"type": "integer", "minimum": 0}
        address = {"type": "string", "format": "uri"}
        moment = {"type": "string", "format": "date-time"}
        return _object(
            self._say(message("How far a batch is.")),
            batch={"type": "string"},
            state={"enum": [state.value for state in BatchState]},
            dry_run={"type": "boolean"},
            accepted_at=moment,
            ended_at=_or_null(moment),
            forgotten_at=_or_null(moment),
            total=_or_null(number),
            done=number,
            issued=number,
            repeated=number,
            passed=number,
            refused=number,
            findings={"type": "array", "items": _ref("Fault")},
            address=address,
            results=address,
            files=address,
        )

    def _status(self) -> dict[str, Any]:
        moment = {"type": "string", "format": "date-time"}
        return _object(
            self._say(message("Whether a credential is live, since when and why.")),
            identifier={"type": "string"},
            state={"enum": ["live", "revoked", "replaced"]},
            since=moment,
            reason=_or_null({"type": "string"}),
            erased_at=_or_null(moment),
            erased_for=_or_null({"enum": [reason.value for reason in ErasureReason]}),
        )


def _object(about: str, **members: dict[str, Any]) -> dict[str, Any]:
    return {
        **({"description": about} if about else {}),
        "type": "object",
        "properties": members,
        "required": list(members),
        "additionalProperties": False,
    }


def _reason() -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": 500}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _contents(contents: Mapping[str, Content]) -> dict[str, Any]:
    return {
        kind: {"schema": dict(content.schema)}
        | ({} if content.example is None else {"example": content.example})
        for kind, content in contents.items()
    }


def _typed(parameter: Parameter) -> object:
    kind = parameter.schema["type"]
    if kind == "boolean":
        return parameter.example == "true"
    return int(parameter.example) if kind == "integer" else parameter.example


def _moved(schemas: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return schemas whose references lead to where the document has them."""
    if isinstance(schemas, dict):
        return {
            name: value.replace("#/$defs/", "#/components/schemas/") if name == "$ref" else _moved(value)
            for name, value in schemas.items()
        }
    return [_moved(value) for value in schemas] if isinstance(schemas, list) else schemas


def _renamed(schema: Any, name: str, other: str) -> Any:  # noqa: ANN401 - any JSON
    """Return a schema that refers to another one instead of one."""
    if isinstance(schema, dict):
        if schema.get("$ref") == f"#/components/schemas/{name}":
            return _ref(other)
        return {key: _renamed(value, name, other) for key, value in schema.items()}
    return [_renamed(value, name, other) for value in schema] if isinstance(schema, list) else schema
