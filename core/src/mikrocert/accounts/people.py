"""Who acts: a program with a key or as a client, a person who signed in, or, where nobody says so, a user of the operating system."""

from __future__ import annotations

import os
import pwd
from typing import Final

from mikrocert.texts import Message, message

__all__ = ["CLIENT", "KEY", "PERSON", "actor_called", "system_user"]

PERSON: Final = "person "
"""How an actor begins who signed in; the word that follows tells this person from all others, further ones are what they are called."""
KEY: Final = "key "
"""How an actor begins that is a program with a key; its identifier follows."""
CLIENT: Final = "client "
"""How an actor begins that is a program as a client of OAuth 2.0; its identifier follows."""


def actor_called(actor: str) -> Message | str:
    """Return what people call who acted.

    Args:
        actor: as acts name it.
    """
    if actor.startswith(PERSON):
        subject, _, name = actor.removeprefix(PERSON).partition(" ")
        return f"{name} ({subject})" if name else subject
    if actor.startswith(KEY):
        return message("a program with the key {key}", key=actor.removeprefix(KEY))
    if actor.startswith(CLIENT):
        return message("a program as the client {client}", client=actor.removeprefix(CLIENT))
    return actor


def system_user() -> str:
    """Return the name that the operating system has for whoever runs this process."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"
