"""Asking a remote signing service over HTTP, and reading what it answers with distrust."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast
from urllib.parse import quote, urlencode, urlsplit

import attrs
from mikrocert.api import FindingsError, Message, SealError, SettingsError, message, secret, strict_json
from mikrocert_seal_ades.messages import message_of
from mikrocert_seal_ades.pki.errors import RefusedError, ServiceError
from mikrocert_seal_ades.pki.http import Http

if TYPE_CHECKING:
    from mikrocert_seal_qes.config import CscConfig

__all__ = ["Refused", "Reply", "Service", "service_of"]

_T = TypeVar("_T")

_LARGEST: Final = 1024 * 1024
_ADDRESS: Final = re.compile(r"https?://[^/?#@\s]+(?:/[^?#\s]*)?/(v[12])/?")
_HERE: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_CODE: Final = re.compile(r"[a-zA-Z_]{1,40}", re.ASCII)
_CLIENT_FAULT: Final = range(400, 500)
_UNAUTHORIZED: Final = 401
_ATTEMPTS: Final = 2


class _Unreadable(FindingsError):
    pass


class Refused(Exception):
    """The service refused; nothing was signed.

    Args:
        status: that of HTTP.
        code: the service's error code, if it gave one of the usual form.
    """

    def __init__(self, status: int, code: str) -> None:
        super().__init__(status, code)
        self.status = status
        self.code = code

    @property
    def of_client(self) -> bool:
        """Whether the service says that the question was wrong, and not that it failed."""
        return self.status in _CLIENT_FAULT

    @property
    def reason(self) -> str:
        """What it said, as far as it is no free text."""
        return f"HTTP {self.status}, {self.code}" if self.code else f"HTTP {self.status}"


@attrs.frozen
class Reply:
    """A JSON object that a service gave, or a member of it that is one.

    Args:
        members: name → value.
        source: the service, for errors.
        path: where it stands in the answer.
    """

    members: Mapping[str, Any]
    source: str
    path: str = ""

    def member(self, name: str) -> Reply:
        """Return a member that is an object. Raises `SealError`."""
        value = self.members.get(name)
        if not isinstance(value, dict):
            raise self._unfit(name, value)
        return attrs.evolve(self, members=cast("dict[str, Any]", value), path=self._at(name))

    def members_of(self, name: str) -> list[Reply]:
        """Return a member that is a list of objects, empty where there is none. Raises `SealError`."""
        found = _all_of(dict[str, Any], self.members.get(name, []), isinstance_of=dict)
        if found is None:
            raise self._unfit(name, self.members.get(name))
        return [attrs.evolve(self, members=one, path=self._at(name)) for one in found]

    def text(self, name: str, *, default: str | None = None) -> str:
        """Return a member that is a text; a number or truth value counts as what it is written. Raises `SealError`."""
        value = self.members.get(name, default)
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int):
            return str(value)
        if not isinstance(value, str):
            raise self._unfit(name, value)
        return value

    def texts(self, name: str) -> list[str]:
        """Return a member that is a list of texts. Raises `SealError`."""
        found = _all_of(str, self.members.get(name), isinstance_of=str)
        if found is None:
            raise self._unfit(name, self.members.get(name))
        return found

    def number(self, name: str, *, default: int) -> int:
        """Return a member that is a whole number. Raises `SealError`."""
        value = self.members.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._unfit(name, value)
        return value

    def octets(self, text: str) -> bytes:
        """Return what a text in base64 holds. Raises `SealError`."""
        try:
            return b64decode(text, validate=True)
        except ValueError as error:
            raise SealError(
                message(
                    "{service} gave something that is no base64; nothing of it is used", service=self.source
                )
            ) from error

    def _at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def _unfit(self, name: str, value: object) -> SealError:
        text = message("the answer of {service} has no {member}", service=self.source, member=self._at(name))
        if value is not None:
            text = message(
                "in the answer of {service} {member} is of the wrong kind",
                service=self.source,
                member=self._at(name),
            )
        return SealError(text)


@attrs.define
class Service:
    """A remote signing service, with what it wants to know us by.

    Args:
        url: address of its API, without a final slash.
        first_version: whether that is version 1.
        http: by which it is asked.
        bearer: a bearer token, or none.
        grant: returns a new token and how many seconds it is good for; none where `bearer` is all there is.
    """

    url: str
    first_version: bool
    http: Http
    bearer: str | None = attrs.field(default=None, repr=False)
    grant: Callable[[], tuple[str, int]] | None = attrs.field(default=None, repr=False)
    _until: float = attrs.field(default=0.0, init=False)

    @property
    def name(self) -> str:
        """What to call it: its host."""
        return urlsplit(self.url).hostname or self.url

    def clock(self) -> float:
        """Return seconds from some fixed moment on."""
        return self.http.clock()

    def ask(self, method: str, body: Mapping[str, Any], *, again: bool = False) -> Reply:
        """Return the answer to a question.

        Args:
            method: such as `signatures/signHash`.
            body: its parameters.
            again: whether it may be asked once more where there is no answer; never where that could sign twice.

        Raises:
            Refused: if it answers with a status that is no success.
            SealError: if it doesn't answer, or no JSON object.
        """
        renewed = False
        attempt = 1
        while True:
            self._authenticate()
            try:
                return self._asked(method, body)
            except Refused as fault:
                if fault.status != _UNAUTHORIZED or self.grant is None or renewed:
                    raise
                self.bearer, renewed = None, True
            except ServiceError as fault:
                if again and attempt < _ATTEMPTS:
                    attempt += 1
                    continue
                raise SealError(
                    message(
                        "the signing service doesn't answer {method}: {problem}; nothing is sealed",
                        method=method,
                        problem=message_of(fault.problems[0]),
                    )
                ) from fault

    def failure(self, fault: Refused) -> SealError:
        """Return the error that says what the service refused."""
        return SealError(
            message(
                "{service} refused ({reason}); nothing was sealed with it; see signers.csc and what the service offers",
                service=self.name,
                reason=fault.reason,
            )
        )

    def _authenticate(self) -> None:
        if self.grant is None or (self.bearer and self.clock() < self._until):
            return
        try:
            self.bearer, seconds = self.grant()
        except Refused as fault:
            raise self.failure(fault) from fault
        self._until = self.clock() + seconds

    def _asked(self, method: str, body: Mapping[str, Any]) -> Reply:
        headers: tuple[tuple[str, str], ...] = (("Accept", "application/json"),)
        if self.bearer:
            headers = (*headers, ("Authorization", f"Bearer {self.bearer}"))
        http = attrs.evolve(self.http, headers=headers)
        data = json.dumps(body).encode()
        return _posted(http, f"{self.url}/{method}", data, content_type="application/json", source=self.name)


def service_of(config: CscConfig) -> Service:
    """Return the service that settings name, asked nothing yet.

    Raises:
        SettingsError: if an address is none or would send secrets in the open, or what the service wants to know us by is said
            twice, by half or not by reference.
    """
    found = _ADDRESS.fullmatch(config.url)
    if not found or not _is_private(config.url):
        raise SettingsError(
            message(
                "signers.csc.url is {url}; https:// and an address that ends in /v1 or /v2, such as "
                "https://service.example/csc/v2, would be right",
                url=config.url,
            )
        )
    http = Http(timeout=float(config.timeout), limit=_LARGEST)
    url = config.url.rstrip("/")
    whole = (config.token_url, config.client, config.client_secret)
    if (config.token is not None and any(whole)) or (any(whole) and not all(whole)):
        raise SettingsError(
            message(
                "signers.csc says by halves what the service knows us by; either token, or token_url with client and "
                "client_secret, would be right"
            )
        )
    if config.token is not None:
        bearer = secret(config.token, member="signers.csc.token").decode()
        return Service(url, found[1] == "v1", http, bearer)
    if config.token_url is None or config.client is None or config.client_secret is None:
        return Service(url, found[1] == "v1", http)
    if not _is_private(config.token_url):
        raise SettingsError(
            message(
                "signers.csc.token_url is {url}; an address with https:// would be right",
                url=config.token_url,
            )
        )
    grant = _Grant(
        config.token_url,
        client=config.client,
        client_secret=secret(config.client_secret, member="signers.csc.client_secret").decode(),
        http=http,
    )
    return Service(url, found[1] == "v1", http, grant=grant.token)


@attrs.frozen
class _Grant:
    """Client credentials (RFC 6749, 4.4)."""

    url: str
    client: str
    client_secret: str = attrs.field(repr=False)
    http: Http

    def token(self) -> tuple[str, int]:
        """Return a token and the seconds that it is good for. Raises `Refused` or `SealError`."""
        parameters = {
            "grant_type": "client_credentials",
            "client_id": self.client,
            "client_secret": self.client_secret,
        }
        data = urlencode(parameters, quote_via=quote).encode()
        kind = "application/x-www-form-urlencoded"
        source = urlsplit(self.url).hostname or self.url
        try:
            answer = _posted(self.http, self.url, data, content_type=kind, source=source)
        except ServiceError as fault:
            raise SealError(
                message(
                    "there is no token for the signing service: {problem}",
                    problem=message_of(fault.problems[0]),
                )
            ) from fault
        return answer.text("access_token"), answer.number("expires_in", default=0)


def _all_of(kind: type[_T], value: object, *, isinstance_of: type) -> list[_T] | None:  # noqa: ARG001  for type checkers
    """Return the list that a value is, if it is one of this kind."""
    if not isinstance(value, list):
        return None
    items = cast("list[object]", value)
    return cast("list[_T]", items) if all(isinstance(one, isinstance_of) for one in items) else None


def _is_private(url: str) -> bool:
    """Return whether nobody on the way can read what is sent there."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)


def _posted(http: Http, url: str, data: bytes, *, content_type: str, source: str) -> Reply:
    """Return the JSON object that is answered; raises `Refused`, `ServiceError` or `SealError`."""
    try:
        octets = http.post(url, data, content_type=content_type)
    except RefusedError as fault:
        raise Refused(fault.status, _code(fault.answer)) from fault
    try:
        found = strict_json.loads(octets, refuse=_Unreadable, largest=_LARGEST)
    except _Unreadable as error:
        raise _no_json(source) from error
    if not isinstance(found, dict):
        raise _no_json(source)
    return Reply(cast("dict[str, Any]", found), source)


def _no_json(source: str) -> SealError:
    text: Message = message(
        "{service} answers with something else than a JSON object; see that signers.csc.url is the address of its API",
        service=source,
    )
    return SealError(text)


def _code(octets: bytes) -> str:
    """Return the error code in an answer (CSC API 1.0.4, 10.1), empty where there is none of the usual form."""
    try:
        found = strict_json.loads(octets, refuse=_Unreadable, largest=_LARGEST)
    except _Unreadable:
        return ""
    code: object = cast("dict[str, Any]", found).get("error") if isinstance(found, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""
