"""What can be set: the members of `[signers.card]`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import attrs

__all__ = ["CardConfig"]


@attrs.frozen
class CardConfig:
    """A card in a folder.

    Args:
        folder: holds `key.pem`, `seal.pem` and, after the first session, `log.txt` with all that the card did.
        pin: reference of the PIN.
        leaves: when the driver of the card ends the program, as bad drivers do: on opening, when asked who it is, or
            when it should sign.
    """

    folder: Path
    pin: str = "env:CARD_PIN"
    leaves: Literal["never", "opening", "identity", "signing"] = "never"
