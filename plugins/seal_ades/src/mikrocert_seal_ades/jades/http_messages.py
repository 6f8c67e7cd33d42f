"""HTTP messages as what a seal covers: the third mechanism of `sigD`, `HttpHeaders` (ETSI TS 119 182-1, 5.2.8.2).

The seal names header fields, and its signature covers them as draft-cavage-http-signatures-10 has it (2.3): a line for each, the name in
small letters, a colon, a space and the value; values of one name joined by commas. The body is covered by the field `Digest`
(RFC 3230) and by nothing else, so a message with a body needs it. What time stamps of such content would cover is not written here.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from typing import Final

import attrs

from mikrocert_seal_ades.jades.strict_json import Json
from mikrocert_seal_ades.pki.problems import Problem, problem

BY_HEADERS: Final = "http://uri.etsi.org/19182/HttpHeaders"
"""The `mId` of this mechanism."""

_TARGET: Final = "(request-target)"
_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9a-z]+")
_VALUE: Final = re.compile(r"[\x20-\x7e\x80-\xff\t]*")
_DIGESTS: Final = {"sha-256": "sha256", "sha-512": "sha512"}


@attrs.frozen
class HttpMessage:
    """An HTTP message, as it is sent.

    Args:
        fields: names and values of the header, in their order; characters of ISO 8859-1.
        body: the body, as the field `Digest` counts it.
        request_target: method and target of a request, such as `post /awards?dry_run=true`; empty where it is a response.
        signed: which names a seal covers, in small letters, `(request-target)` among them; without any, all there are.
    """

    fields: tuple[tuple[str, str], ...]
    body: bytes = attrs.field(default=b"", repr=False)
    request_target: str = ""
    signed: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What a seal that is made now covers."""
        if self.signed:
            return self.signed
        target = (_TARGET,) if self.request_target else ()
        return tuple(dict.fromkeys((*target, *(name.lower() for name, _ in self.fields))))


def reference_to_fields(names: Sequence[str]) -> dict[str, Json]:
    """Return the `sigD` that refers to header fields by their names."""
    return {"mId": BY_HEADERS, "pars": list(names)}


def covered(message: HttpMessage, names: Sequence[str], *, where: str) -> tuple[bytes, tuple[Problem, ...]]:
    """Return what the signature covers of a message, and what is wrong with that.

    Args:
        message: the message.
        names: what the seal covers.
        where: path for problems.
    """
    found: dict[str, list[str]] = {}
    problems: list[Problem] = []
    for name, value in message.fields:
        found.setdefault(name.lower(), []).append(value.strip(" \t"))
    if message.request_target:
        method, _, target = message.request_target.partition(" ")
        found[_TARGET] = [f"{method.lower()} {target}"]
    lines: list[str] = []
    for place, name in enumerate(names):
        values = found.get(name, ())
        odd = not (name == _TARGET or _NAME.fullmatch(name)) or name in names[:place]
        if odd or not all(_VALUE.fullmatch(value) for value in values):
            problems.append(problem("http-field-odd", where=where, name=name))
        elif not values:
            problems.append(problem("http-field-missing", where=where, name=name))
        lines.append(f"{name}: {', '.join(values)}")
    problems += _of_body(message.body, found.get("digest", ()) if "digest" in names else None, where=where)
    # Lines with characters of no header are told above; nothing is verified of them.
    return "\n".join(lines).encode("latin-1", errors="replace"), tuple(problems)


def _of_body(body: bytes, digests: Sequence[str] | None, *, where: str) -> list[Problem]:
    """Return what is wrong with a body; `digests` are the values of its field, None where the seal doesn't cover that."""
    if digests is None:
        return [problem("http-body-uncovered", where=where)] if body else []
    matches: list[bool] = []
    for one in ",".join(digests).split(","):
        algorithm, _, value = one.strip().partition("=")
        if algorithm.lower() in _DIGESTS:
            own = hashlib.new(_DIGESTS[algorithm.lower()], body).digest()
            matches.append(_is_of(own, value))
    return [] if matches and all(matches) else [problem("http-digest-wrong", where=where)]


def _is_of(digest: bytes, value: str) -> bool:
    try:
        return hmac.compare_digest(base64.b64decode(value, validate=True), digest)
    except (binascii.Error, ValueError):
        return False
