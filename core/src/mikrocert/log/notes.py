"""Signed notes: a text with the signatures of those who vouch for it (C2SP signed-note, tlog-cosignature).

Two kinds of signatures are made and checked, both Ed25519: of the text itself, and of a text with the time at which a
witness saw it. Signatures of others stay with the note and prove nothing.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import attrs
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mikrocert.errors import LogError
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mikrocert.texts import Message

__all__ = [
    "COSIGNATURE",
    "SIGNATURE",
    "Key",
    "Note",
    "NoteSignature",
    "PrivateKey",
    "Verified",
    "read_note",
    "sign",
]

SIGNATURE: Final = 1
COSIGNATURE: Final = 4
Kind = Literal[1, 4]

_LARGEST_NOTE: Final = 65_536
_MOST_SIGNATURES: Final = 64
_PRIVATE: Final = "PRIVATE+KEY+"
_DASH: Final = "\N{EM DASH} "
_KEY_SIZE, _ID_SIZE, _TIME_SIZE = 32, 4, 8


@attrs.frozen
class Key:
    """A public key that verifies signatures of notes.

    Args:
        name: whose key it is; no spaces and no plus sign.
        public: 32 octets (RFC 8032).
        kind: of the signatures: `SIGNATURE`, or `COSIGNATURE` of a witness.
    """

    name: str
    public: bytes
    kind: Kind = SIGNATURE

    def __attrs_post_init__(self) -> None:
        """Refuse a name that would break the line of a note, and half a key.

        Raises:
            LogError: if it is one.
        """
        name, count = self.name, len(self.public)
        if not name or "+" in name or any(character.isspace() or character < " " for character in name):
            raise LogError(
                message("{name} can't be the name of a key: no spaces, no plus sign", name=repr(name))
            )
        if count != _KEY_SIZE:
            raise LogError(message("an Ed25519 key has 32 octets, this one has {count}", count=count))

    @property
    def id(self) -> bytes:
        """Four octets that tell keys of one name apart."""
        named = self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        return hashlib.sha256(named).digest()[:_ID_SIZE]

    @property
    def text(self) -> str:
        """The key as people hand it on: name, identifier, and kind with key."""
        encoded = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{encoded}"

    @classmethod
    def of_text(cls, text: str) -> Key:
        """Return the key that a text is of.

        Raises:
            LogError: if it is none, or of another kind.
        """
        parts = text.strip().split("+", 2)
        try:
            name, identifier, encoded = parts
            octets = base64.b64decode(encoded, validate=True)
            kind: Kind = {SIGNATURE: SIGNATURE, COSIGNATURE: COSIGNATURE}[octets[0]]  # type: ignore[assignment]
            key = cls(name, octets[1:], kind)
        except (ValueError, LookupError) as error:
            raise LogError(_no_key(text)) from error
        if key.id.hex() != identifier:
            raise LogError(_no_key(text))
        return key


def _no_key(text: str) -> Message:
    return message(
        "{text} is no key of a log; name+identifier+key of kind 1 (Ed25519) or 4 (cosignature) would be right",
        text=repr(text[:100]),
    )


@attrs.frozen
class PrivateKey:
    """A key that signs notes.

    Args:
        name: whose key it is.
        private: the key.
        kind: of the signatures: `SIGNATURE`, or `COSIGNATURE` of a witness.
    """

    name: str
    private: Ed25519PrivateKey = attrs.field(repr=False)
    kind: Kind = SIGNATURE

    @property
    def public(self) -> Key:
        """The key that verifies what this one signs."""
        return Key(self.name, self.private.public_key().public_bytes_raw(), self.kind)

    @property
    def text(self) -> str:
        """The key as it is kept, in the form of other programs that sign notes; whoever has it signs."""
        encoded = base64.b64encode(bytes([self.kind]) + self.private.private_bytes_raw()).decode()
        return f"{_PRIVATE}{self.name}+{self.public.id.hex()}+{encoded}"

    @classmethod
    def new(cls, name: str, *, kind: Kind = SIGNATURE) -> PrivateKey:
        """Return a new key.

        Raises:
            LogError: if it can't have this name.
        """
        made = cls(name, Ed25519PrivateKey.generate(), kind)
        _ = made.public
        return made

    @classmethod
    def of_text(cls, text: str) -> PrivateKey:
        """Return the key that a text is of.

        Raises:
            LogError: if it is none; nothing of the text is repeated.
        """
        try:
            name, identifier, encoded = text.strip().removeprefix(_PRIVATE).split("+", 2)
            octets = base64.b64decode(encoded, validate=True)
            kind: Kind = {SIGNATURE: SIGNATURE, COSIGNATURE: COSIGNATURE}[octets[0]]  # type: ignore[assignment]
            key = cls(name, Ed25519PrivateKey.from_private_bytes(octets[1:]), kind)
            right = text.startswith(_PRIVATE) and key.public.id.hex() == identifier
        except (ValueError, LookupError, LogError) as error:
            raise LogError(_no_private_key()) from error
        if not right:
            raise LogError(_no_private_key())
        return key

    def sign(self, note: Note, *, time: int | None = None) -> Note:
        """Return a note with one more signature, in place of an older one of this key.

        Args:
            note: what is signed.
            time: of a cosignature, in seconds since 1970-01-01 UTC; none for another signature.
        """
        own = self.name, self.public.id
        others = tuple(one for one in note.signatures if (one.name, one.key_id) != own)
        return sign(attrs.evolve(note, signatures=others), self.private, name=self.name, time=time)


def _no_private_key() -> Message:
    return message("this is no private key of a log; PRIVATE+KEY+name+identifier+key would be right")


class NoteSignature(NamedTuple):
    """One signature of a note: whose it says that it is, and the octets behind that."""

    name: str
    key_id: bytes
    octets: bytes

    @property
    def line(self) -> str:
        """The line of the note, with its end."""
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.octets).decode()}\n"


class Verified(NamedTuple):
    """A key that signed a note, and for a cosignature when, in seconds since 1970-01-01 UTC."""

    key: Key
    time: int | None


@attrs.frozen
class Note:
    """A text and its signatures.

    Args:
        text: ends with a line feed.
        signatures: in the order of the note.
    """

    text: str
    signatures: tuple[NoteSignature, ...] = ()

    def __str__(self) -> str:
        """Return the note as it is written."""
        return self.text + "\n" + "".join(signature.line for signature in self.signatures)

    def signed_by(self, keys: Iterable[Key]) -> tuple[Verified, ...]:
        """Return which of these keys signed; signatures of others are passed over.

        Raises:
            LogError: if a signature that names one of these keys doesn't verify.
        """
        trusted = {(key.name, key.id): key for key in keys}
        found: dict[Key, Verified] = {}
        for signature in self.signatures:
            key = trusted.get((signature.name, signature.key_id))
            if key is not None:
                found[key] = self._verified(key, signature.octets)
        return tuple(found.values())

    def _verified(self, key: Key, octets: bytes) -> Verified:
        time = None
        signed = self.text.encode()
        if key.kind == COSIGNATURE:
            time, octets = int.from_bytes(octets[:_TIME_SIZE]), octets[_TIME_SIZE:]
            signed = _cosigned(self.text, time)
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(octets, signed)
        except (InvalidSignature, ValueError) as error:
            raise LogError(message("the signature of {name} is not right", name=key.name)) from error
        return Verified(key, time)


def sign(note: Note, private: Ed25519PrivateKey, *, name: str, time: int | None = None) -> Note:
    """Return a note with one more signature.

    Args:
        note: what is signed.
        private: the key.
        name: whose key it is.
        time: for a cosignature: when, in seconds since 1970-01-01 UTC.
    """
    public = private.public_key().public_bytes_raw()
    if time is None:
        key, octets = Key(name, public), private.sign(note.text.encode())
    else:
        key = Key(name, public, COSIGNATURE)
        octets = time.to_bytes(_TIME_SIZE) + private.sign(_cosigned(note.text, time))
    return attrs.evolve(note, signatures=(*note.signatures, NoteSignature(name, key.id, octets)))


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def read_note(octets: bytes) -> Note:
    """Return the note that octets are of. Nothing is verified.

    Raises:
        LogError: if they are none.
    """
    if len(octets) > _LARGEST_NOTE:
        raise LogError(message("a signed note has at most {most} octets", most=_LARGEST_NOTE))
    try:
        text = octets.decode()
    except UnicodeDecodeError as error:
        raise LogError(message("a signed note is UTF-8")) from error
    body, blank, lines = text.rpartition("\n\n")
    if (
        not blank
        or not body
        or not lines.endswith("\n")
        or any(character < " " and character != "\n" for character in text)
    ):
        raise LogError(message("this is no signed note: a text, an empty line, and lines of signatures"))
    signatures = tuple(_signature(line) for line in lines.removesuffix("\n").split("\n"))
    if len(signatures) > _MOST_SIGNATURES:
        raise LogError(message("a signed note has at most {most} signatures", most=_MOST_SIGNATURES))
    return Note(f"{body}\n", signatures)


def _signature(line: str) -> NoteSignature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    try:
        octets = base64.b64decode(encoded, validate=True)
    except ValueError:
        octets = b""
    one_form = (
        base64.b64encode(octets).decode() == encoded
    )  # or bits that base64 leaves over could be anything
    if not line.startswith(_DASH) or not name or len(octets) <= _ID_SIZE or not one_form:
        raise LogError(message("{line} is no signature of a note", line=repr(line[:100])))
    return NoteSignature(name, octets[:_ID_SIZE], octets[_ID_SIZE:])
