"""Heads of the log: whose signatures on them are known, which of them is the best to lean on, and what a proof leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mikrocert.errors import LogError, SettingsError
from mikrocert.log.notes import COSIGNATURE, SIGNATURE, Key, Note, PrivateKey, read_note
from mikrocert.log.tree import HASH_SIZE
from mikrocert.log.trust import LogTrust
from mikrocert.settings.secrets import secret
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mikrocert.archive import Head
    from mikrocert.log.checkpoints import Proof
    from mikrocert.log.trust import Signed
    from mikrocert.settings import LogSettings, Settings

__all__ = ["MOST_HEADS", "best_head", "log_key", "log_trust", "split_extra"]

MOST_HEADS: Final = 50
"""How many of the newest heads are looked at for the one that most witnesses saw."""


def log_trust(settings: Settings) -> LogTrust | None:
    """Return which logs and witnesses the settings know; none where they say nothing of a log.

    Raises:
        SettingsError: if a key is none, or of the wrong kind.
    """
    if settings.log is None:
        return None
    keys = tuple(_key("log.keys", text, SIGNATURE) for text in settings.log.keys)
    witnesses = tuple(_key("log.witnesses", text, COSIGNATURE) for text in settings.log.witnesses)
    if not 0 <= settings.log.quorum <= len(witnesses):
        raise SettingsError(
            message(
                "log.quorum is {quorum}; from 0 to {count}, as many as there are log.witnesses, would be right",
                quorum=settings.log.quorum,
                count=len(witnesses),
            )
        )
    return LogTrust(keys, witnesses, settings.log.quorum)


def _key(member: str, text: str, kind: int) -> Key:
    try:
        key = Key.of_text(text)
    except LogError as error:
        raise SettingsError(message("{member}: {fault}", member=member, fault=error.message)) from error
    if key.kind != kind:
        raise SettingsError(
            message(
                "{member}: the key of {name} is of kind {kind}, {wanted} would be right",
                member=member,
                name=key.name,
                kind=key.kind,
                wanted=kind,
            )
        )
    return key


def log_key(settings: LogSettings, *, trust: LogTrust) -> PrivateKey:
    """Return the private key of the log.

    Raises:
        SettingsError: if there is none, it is of another log, or nobody would trust what it signs.
    """
    if settings.key is None or settings.origin is None:
        raise SettingsError(
            message(
                "publishing the log needs log.origin, such as log.example.cz, and log.key, such as file:/etc/mikrocert/log.key, in the settings"
            )
        )
    try:
        key = PrivateKey.of_text(secret(settings.key, member="log.key").decode())
    except LogError as error:
        raise SettingsError(message("{member}: {fault}", member="log.key", fault=error.message)) from error
    if (key.name, key.kind) != (settings.origin, SIGNATURE):
        raise SettingsError(
            message(
                "log.key is the key of {name}, log.origin is {origin}; they have to be the same",
                name=key.name,
                origin=settings.origin,
            )
        )
    if key.public not in trust.keys:
        raise SettingsError(message("log.keys lacks the public key of log.key: {key}", key=key.public.text))
    return key


def best_head(heads: Iterable[Head], *, trust: LogTrust) -> tuple[Note, Signed] | None:
    """Return the newest head of a known key that enough witnesses saw, else the newest one of a known key, or none.

    Args:
        heads: the newest one first.
        trust: which keys are known.

    Raises:
        LogError: if one is no head, or a signature in the name of a known key is wrong.
    """
    newest: tuple[Note, Signed] | None = None
    for head in heads:
        note = read_note(head.note)
        signed = trust.find(note)
        if signed is not None and trust.is_witnessed(signed):
            return note, signed
        if signed is not None:
            newest = newest or (note, signed)
    return newest


def split_extra(proof: Proof) -> tuple[bytes, bytes]:
    """Return the salt and the entry that a proof of mikrocert carries.

    Raises:
        LogError: if it carries none.
    """
    salt, entry = proof.extra[:HASH_SIZE], proof.extra[HASH_SIZE:]
    if len(salt) < HASH_SIZE or not entry:
        raise LogError(message("the proof has no salt and entry as extra, so nobody can tell what it proves"))
    return salt, entry
