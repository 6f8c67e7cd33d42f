"""Verifying many files at once, for everybody: the table of the page `/many` as JSON, by the same hands and within the same limits."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mikrocert.api import Finding, Verdict, is_packed, message

from mikrocert_portal.api.describing import Body, Content, Operation, Success
from mikrocert_portal.api.examples import MANY
from mikrocert_portal.api.frame import Reply
from mikrocert_portal.api.problems import ApiProblem, ProblemError, finding_in
from mikrocert_portal.errors import HttpProblem, Refused
from mikrocert_portal.many.documents import table_to_json
from mikrocert_portal.uploads import SentFile, read_files, read_octets

if TYPE_CHECKING:
    from mikrocert.api import Message

    from mikrocert_portal.api.frame import Call, Frame, Handler
    from mikrocert_portal.many.table import Table
    from mikrocert_portal.many.verifying import FilesVerifier
    from mikrocert_portal.uploads import MemoryLease

__all__ = ["VerifyingMany", "many_operation", "many_schemas"]

_FORM: Final = "multipart/form-data"
_ZIP: Final = "application/zip"
_JSON: Final = "application/json"
_ARCHIVE: Final = "files.zip"


class VerifyingMany:
    """Answers verifiers with many files.

    Args:
        frame: the frame of the API.
        verifier: verifies the files, for pages as well.
    """

    def __init__(self, frame: Frame, verifier: FilesVerifier) -> None:
        self._frame = frame
        self._texts = frame.system.texts
        self._verifier = verifier

    @property
    def handlers(self) -> dict[str, Handler]:
        """Name of an operation → what answers it."""
        return {"verifyFiles": self.files}

    async def files(self, call: Call) -> Reply:
        """Verify the files of a form, or of an archive."""
        with self._frame.share(call) as share:
            sent = await self._sent(call, share)
            table = await self._verifier.verify(sent, share=share)
            # Writing the answer takes the longer the more strangers' files say; nobody else waits for it.
            work = partial(self._reply, table, language=call.language)
            return await self._frame.run(work, limiter=self._verifier.places)

    async def _sent(self, call: Call, share: MemoryLease) -> tuple[SentFile, ...]:
        """Return what was sent.

        Raises:
            ProblemError: if there is no file in it.
            Refused: if it can't be read, or is too much.
        """
        request, limits = call.request, self._frame.limits
        if request.content_type[0] == _ZIP:
            most = min(limits.many_octets, limits.upload_octets)
            octets = await read_octets(request, octets=most, limits=limits, share=share)
            if not is_packed(octets):
                raise ProblemError(ApiProblem.REFUSED, findings=[_NO_ARCHIVE])
            return (SentFile(_ARCHIVE, octets),)
        try:
            return await read_files(request, limits=limits, share=share)
        except Refused as refused:
            if refused.problem is HttpProblem.NO_FILE:
                raise ProblemError(ApiProblem.REFUSED, findings=[_NO_FILE]) from refused
            if refused.problem is HttpProblem.BROKEN_FORM:
                raise ProblemError(ApiProblem.BAD_REQUEST, detail=_BROKEN) from refused
            raise

    def _reply(self, table: Table, *, language: str) -> Reply:
        fault = partial(finding_in, texts=self._texts, language=language)
        content = table_to_json(table, texts=self._texts, language=language, fault_to_json=fault)
        return Reply(content, headers={"Content-Language": language})


def many_operation(group: Message) -> Operation:
    """Return the operation as the document has it.

    Args:
        group: with which others it is shown.
    """
    octets = {"type": "string", "format": "binary"}
    form = {
        "type": "object",
        "properties": {"file": {"type": "array", "items": octets, "minItems": 1}},
        "required": ["file"],
    }
    return Operation(
        "verifyFiles",
        "POST",
        "/verify/many",
        group,
        message("Verify many files"),
        message(
            "Takes several files, or ZIP archives with files in them, and answers a table with a row for each file in the order in which they were "
            "sent, as the page for many files does: what could not be verified has a row that says why. The files are kept nowhere."
        ),
        body=Body(
            message(
                "A form whose parts “file” are files with a name each, any of which may be an archive; or the octets of one archive."
            ),
            {
                _FORM: Content(form, {"file": ["%PDF-1.7 …", "PK…"]}),
                _ZIP: Content({**octets, "minLength": 1}),
            },
            largest="many_octets",
        ),
        answers=(
            Success(
                200,
                message("The table; the verdict of each row says whether that file is valid."),
                {_JSON: Content({"$ref": "#/components/schemas/VerifiedFiles"}, MANY)},
            ),
        ),
        problems=(ApiProblem.REFUSED, ApiProblem.TOO_MANY_FILES),
    )


def many_schemas() -> dict[str, Any]:
    """Return the JSON Schemas of what it answers."""
    text, moment, count = {"type": "string"}, {"type": "string", "format": "date-time"}, {"type": "integer"}

    def maybe(schema: dict[str, Any]) -> dict[str, Any]:
        return {"anyOf": [schema, {"type": "null"}]}

    row = {
        "name": text,
        "octets": maybe(count),
        "sha256": maybe({"type": "string", "pattern": "^[0-9a-f]{64}$"}),
        "verdict": maybe({"enum": [verdict.value for verdict in Verdict]}),
        "headline": text,
        "advice": {"type": "array", "items": text},
        "title": maybe(text),
        "holder": maybe(text),
        "awarding_institution": maybe(text),
        "awarded_on": maybe({"type": "string", "format": "date"}),
        "identifier": maybe(text),
        "sealed_by": maybe(text),
        "fault": maybe({"$ref": "#/components/schemas/Fault"}),
        "report": maybe({"$ref": "#/components/schemas/Report"}),
    }
    table = {
        "verified_at": moment,
        "counts": _object({"valid": count, "other": count, "unverified": count}),
        "files": {"type": "array", "items": {"$ref": "#/components/schemas/VerifiedFile"}},
    }
    return {"VerifiedFile": _object(row), "VerifiedFiles": _object(table)}


def _object(members: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": members,
        "required": list(members),
        "additionalProperties": False,
    }


_NO_FILE = Finding.error(
    "no-file", "there is no file; each part “file” of the form has to have a file name", path="file"
)
_NO_ARCHIVE = Finding.error(
    "no-archive", "this is no ZIP archive; send its octets as the body of the request"
)
_BROKEN = message("It is no form with files (multipart/form-data) whose parts can be told from each other.")
