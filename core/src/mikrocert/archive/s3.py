"""An object store with the interface of Amazon S3, asked through botocore.

botocore tells what went wrong apart, a missing object from a missing bucket and from a wrong key, and starts no threads, so that a process
that uses it can be copied. Nothing that lies around on the machine counts, no profile and no credentials but those that settings refer to.

It also takes for success whatever isn't an error: a page of a proxy, or of a web server at a mistyped address. That something was stored, that it
isn't there, that it was deleted and what there is counts here only where the answer says so in the way of an object store.
"""

from __future__ import annotations

import base64
import hashlib
import os
from contextlib import closing, contextmanager
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from mikrocert.archive.object_store import ObjectStore, StoredObject
from mikrocert.errors import ObjectStoreError
from mikrocert.settings.secrets import secret
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator
    from pathlib import Path

    from mikrocert.settings import ObjectSettings

__all__ = ["S3Store"]

_NO_KEY: Final = {"NoSuchKey"}
"""What says that an object isn't there. A 404 that doesn't say so may be anybody's, of whatever is at that address."""
_MISSING: Final = _NO_KEY | {"404", "NotFound"}
"""The same where an answer has no body, in which it would say so."""
_REFUSED: Final = {
    "AccessDenied",
    "AllAccessDisabled",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "403",
}
_ELSEWHERE: Final = {
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "PermanentRedirect",
    "301",
    "307",
}
_DELETED: Final = 204
_AT_ONCE: Final = 1000
_CONNECTIONS: Final = 10


class S3Store(ObjectStore):
    """A bucket, or what is in it below a prefix.

    Args:
        settings: where it is, and by which keys.
        folder: what names of files in the settings are relative to.
    """

    def __init__(self, settings: ObjectSettings, *, folder: Path) -> None:
        self._settings = settings
        self._folder = folder
        self._lock = Lock()
        self._clients: dict[bool, Any] = {}
        self._prefix = (
            settings.prefix if settings.prefix.endswith("/") or not settings.prefix else f"{settings.prefix}/"
        )

    @property
    def place(self) -> str:
        """Where it is: endpoint, bucket and prefix."""
        return f"{self._settings.endpoint.rstrip('/')}/{self._settings.bucket}/{self._prefix}"

    def put(self, name: str, octets: bytes) -> None:
        """Store octets; the store holds them against their hash before it says that it has them."""
        digest = base64.b64encode(hashlib.md5(octets, usedforsecurity=False).digest()).decode()
        with self._asking() as client:
            answer = client.put_object(
                **self._named(name), Body=octets, ContentMD5=digest, ContentType="application/octet-stream"
            )
        if not answer.get("ETag"):
            raise self._unusable(_NO_STORE)

    def get(self, name: str, *, most: int) -> bytes | None:
        """Return the octets under a name; an answer that breaks off is asked for again."""
        for left in reversed(range(self._settings.tries)):
            with self._asking() as client:
                try:
                    answer = client.get_object(**self._named(name))
                except _errors().ClientError as error:
                    if _code_of(error) in _NO_KEY:
                        return None
                    raise
                if not answer.get("ETag"):
                    raise self._unusable(_NO_STORE)
                try:
                    return _read(answer, most=most + 1)
                except (_errors().BotoCoreError, OSError):
                    if not left:
                        raise
        return None  # never reached: it is tried at least once

    def delete(self, name: str) -> None:
        """Delete what is stored under a name."""
        status = None
        with self._asking() as client, self._client_error(_NO_KEY) as missing:
            answer = client.delete_object(**self._named(name))
            status = answer["ResponseMetadata"]["HTTPStatusCode"]
        if not missing and status != _DELETED:
            raise self._unusable(_NO_STORE)

    def walk(self, folder: str) -> Iterator[StoredObject]:
        """Yield all objects in a folder, a thousand with each request."""
        token: str | None = None
        while True:
            some, following = self._listed(folder, after=token)
            yield from some
            if following is None:
                return
            if following == token:
                raise self._unusable(_NO_STORE)
            token = following

    def _listed(self, folder: str, *, after: str | None) -> tuple[list[StoredObject], str | None]:
        """Return some objects of a folder, and by what to ask for those that follow.

        Raises:
            ObjectStoreError: if the store doesn't answer or refuses, or what answers is none.
        """
        token = {} if after is None else {"ContinuationToken": after}
        with self._asking() as client:
            answer = client.list_objects_v2(
                Bucket=self._settings.bucket, Prefix=f"{self._prefix}{folder}/", MaxKeys=_AT_ONCE, **token
            )
        try:
            some = [
                StoredObject(one["Key"].removeprefix(self._prefix), one["Size"], one["LastModified"])
                for one in answer.get("Contents", ())
            ]
            return some, answer["NextContinuationToken"] if answer["IsTruncated"] else None
        except KeyError as error:
            raise self._unusable(_NO_STORE) from error

    def is_public(self, folder: str) -> bool:
        """Return whether requests that nobody signed are answered."""
        first = next(self.walk(folder), None)
        of_folder = {"Bucket": self._settings.bucket, "Prefix": f"{self._prefix}{folder}/", "MaxKeys": 1}
        refused = [*_REFUSED, *_MISSING]
        with self._asking(signed=False) as client, self._client_error(refused) as refusal:
            client.list_objects_v2(**of_folder)
        if not refusal:
            return True
        if first is None:
            return False
        with self._asking(signed=False) as client, self._client_error(refused) as refusal:
            client.head_object(**self._named(first.name))
        return not refusal

    def keeps_versions(self) -> bool | None:
        """Return whether the bucket keeps versions; who may only read objects isn't told."""
        try:
            with self._asking() as client:
                answer = client.get_bucket_versioning(Bucket=self._settings.bucket)
        except ObjectStoreError:
            return None
        return bool(answer.get("Status") == "Enabled")

    def leave_connections(self) -> None:
        """Use other clients from now on; those of the process that this one is a copy of stay open."""
        self._lock = Lock()
        self._clients = {}

    def _named(self, name: str) -> dict[str, str]:
        return {"Bucket": self._settings.bucket, "Key": f"{self._prefix}{name}"}

    @contextmanager
    def _client_error(self, codes: Collection[str]) -> Generator[list[str]]:
        """Catch an answer that is an error with one of these codes; the list has it afterwards."""
        found: list[str] = []
        try:
            yield found
        except _errors().ClientError as error:
            code = _code_of(error)
            if code not in codes:
                raise
            found.append(code)

    @contextmanager
    def _asking(self, *, signed: bool = True) -> Generator[Any]:
        """Give a client, and turn what it raises into one error of ours.

        Raises:
            ObjectStoreError: if the store doesn't answer or refuses.
        """
        client = self._client(signed=signed)
        errors = _errors()
        try:
            yield client
        except errors.ClientError as error:
            raise self._unusable(self._reason(_code_of(error))) from error
        except (errors.BotoCoreError, errors.HTTPClientError, OSError) as error:
            # What it says names the address, and may name more; its kind tells enough.
            raise self._unusable(message("it can't be reached: {kind}", kind=type(error).__name__)) from error
        except RecursionError as error:  # botocore follows an answer that leads elsewhere without end
            raise self._unusable(_NO_STORE) from error

    def _reason(self, code: str) -> Message:
        if code == "NoSuchBucket":
            return message("it has no bucket {bucket}", bucket=self._settings.bucket)
        if code in _REFUSED:
            return message("it refuses the access key or what it may do ({code})", code=code)
        if code in _ELSEWHERE:
            return message(
                "the bucket is in another region than {region}, or at another address ({code})",
                region=self._settings.region,
                code=code,
            )
        return message("it answers {code}", code=code)

    def _unusable(self, reason: Message) -> ObjectStoreError:
        return ObjectStoreError(
            message("the object store {place} can't be used: {reason}", place=self.place, reason=reason)
        )

    def _client(self, *, signed: bool) -> Any:  # noqa: ANN401 - botocore makes its classes at run time
        with self._lock:
            if signed not in self._clients:
                self._clients[signed] = self._new_client(signed=signed)
            return self._clients[signed]

    def _new_client(self, *, signed: bool) -> Any:  # noqa: ANN401
        settings = self._settings
        try:
            sessions, configs = import_module("botocore.session"), import_module("botocore.config")
        except ImportError as error:
            raise self._unusable(
                message("{reason}; pip install mikrocert[objects]", reason=str(error))
            ) from error
        nowhere = (None, None, os.devnull, None)
        session = sessions.Session(
            session_vars={
                "config_file": nowhere,
                "credentials_file": nowhere,
                "profile": (None, None, None, None),
            }
        )
        keys = {}
        if signed:
            keys = {
                "aws_access_key_id": _secret(settings.access_key, "access_key"),
                "aws_secret_access_key": _secret(settings.secret_key, "secret_key"),
            }
        options: dict[str, Any] = {
            "signature_version": "s3v4" if signed else import_module("botocore").UNSIGNED,
            "s3": {"addressing_style": settings.addressing},
            "connect_timeout": settings.connect_seconds,
            "read_timeout": settings.read_seconds,
            "retries": {"mode": "standard", "total_max_attempts": settings.tries},
            "max_pool_connections": _CONNECTIONS,
            # Stores that aren't Amazon's don't all know its newer checksums.
            "request_checksum_calculation": "when_required",
            "response_checksum_validation": "when_required",
        }
        authorities = settings.authorities
        try:
            return session.create_client(
                "s3",
                region_name=settings.region,
                endpoint_url=settings.endpoint,
                verify=True if authorities is None else str(self._folder / authorities),
                config=configs.Config(**options),
                **keys,
            )
        except (ValueError, _errors().BotoCoreError) as error:
            raise self._unusable(message("{reason}", reason=str(error))) from error


def _secret(reference: str, member: str) -> str:
    return secret(reference, member=f"archive.objects.{member}").decode()


def _read(answer: Any, *, most: int) -> bytes:  # noqa: ANN401 - what botocore makes of an answer
    """Return what an answer has, but no more than so much; what breaks off before it is whole is no answer."""
    wanted = min(int(answer.get("ContentLength", 0)), most)  # what comes in chunks says itself where it ends
    with closing(answer["Body"]) as body:
        octets = bytes(body.read(most))
    if len(octets) < wanted:
        raise _errors().IncompleteReadError(actual_bytes=len(octets), expected_bytes=wanted)
    return octets


_NO_STORE: Final = message("what answers there is no object store, or doesn't answer as one")


def _errors() -> Any:  # noqa: ANN401 - a module without types
    return import_module("botocore.exceptions")


def _code_of(error: Any) -> str:  # noqa: ANN401 - a ClientError
    """Return the code of an answer that is an error; answers without a body have their number as code."""
    return str(error.response.get("Error", {}).get("Code", "")) or str(
        error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", "")
    )
