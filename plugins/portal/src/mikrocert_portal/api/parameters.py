"""Parameters of a query, read strictly: a name that is not known might be a `dry_run` mistyped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl

from mikrocert.api import Finding, Severity, message

from mikrocert_portal.api.problems import ApiProblem, ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mikrocert.api import Message

    from mikrocert_portal.api.describing import Operation

__all__ = ["LANGUAGE", "read_parameters"]

LANGUAGE = "lang"
"""The parameter of every address that chooses the language of what people read."""

_BOOLEANS = {"true": True, "false": False}
_WHOLE = re.compile(r"[0-9]{1,9}")
_MOST = 20


def read_parameters(query: bytes, operation: Operation, *, language_codes: tuple[str, ...]) -> dict[str, Any]:
    """Return the parameters of a query as values; those that don't stand there are missing.

    Args:
        query: the query as it came.
        operation: what it is for.
        language_codes: languages that `lang` may name.

    Raises:
        ProblemError: with a finding for each that is unknown, stands there twice, or has a wrong value.
    """
    schemas = {
        parameter.name: parameter.schema for parameter in operation.parameters if parameter.where == "query"
    }
    schemas[LANGUAGE] = {"enum": list(language_codes)}
    values: dict[str, Any] = {}
    findings: list[Finding] = []
    try:
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(query),
            errors="strict",
            max_num_fields=_MOST,
        )
    except ValueError as error:  # UnicodeError is one
        raise ProblemError(ApiProblem.WRONG_PARAMETER) from error
    for name, text in pairs:
        if name not in schemas:
            findings.append(
                Finding.error(
                    "unknown-parameter",
                    "there is no such parameter here; there are: {names:comma}",
                    path=name[:60],
                    names=tuple(schemas),
                )
            )
        elif name in values:
            findings.append(Finding.error("twice", "the parameter stands there twice", path=name))
        else:
            value = _value(text, schemas[name])
            values[name] = value
            if value is None:
                findings.append(Finding("wrong-value", Severity.ERROR, _expected(schemas[name]), name))
    if findings:
        raise ProblemError(ApiProblem.WRONG_PARAMETER, findings=findings)
    return values


def _value(text: str, schema: Mapping[str, Any]) -> Any:  # noqa: ANN401 - what the schema says
    """Return the value that a text stands for, or none if it is not what the schema says."""
    if "enum" in schema:
        return text if text in schema["enum"] else None
    if schema["type"] == "boolean":
        return _BOOLEANS.get(text)
    if schema["type"] == "integer":
        if not _WHOLE.fullmatch(text):
            return None
        number = int(text)
        return number if schema["minimum"] <= number <= schema["maximum"] else None
    fits = schema["minLength"] <= len(text) <= schema["maxLength"] and re.fullmatch(schema["pattern"], text)
    return text if fits else None


def _expected(schema: Mapping[str, Any]) -> Message:
    if "enum" in schema:
        return message("it has to be one of: {values:comma}", values=tuple(cast("list[str]", schema["enum"])))
    if schema["type"] == "boolean":
        return message("it has to be true or false")
    if schema["type"] == "integer":
        return message(
            "it has to be a whole number from {least} to {most}",
            least=schema["minimum"],
            most=schema["maximum"],
        )
    if "format" in schema:
        return message("it has to be a date YYYY-MM-DD")
    return message(
        "it has to be a text of {least} to {most} characters",
        least=schema["minLength"],
        most=schema["maxLength"],
    )
