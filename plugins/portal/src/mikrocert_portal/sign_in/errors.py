"""What can go wrong in signing in.

```
MikrocertError
└── SignInError        somebody can't be signed in; carries a SignInFault
```
"""

from __future__ import annotations

from enum import Enum

from mikrocert.api import MikrocertError

__all__ = ["SignInError", "SignInFault"]


class SignInFault(Enum):
    """Why somebody can't be signed in, as far as they are told."""

    PROVIDER = "provider"
    """The identity provider doesn't answer, or not as it has to."""
    DECLINED = "declined"
    """The identity provider says that it didn't sign them in."""
    STALE = "stale"
    """What came back belongs to no sign-in that this browser began."""
    UNPROVEN = "unproven"
    """What came back proves nothing."""
    NOBODY = "nobody"
    """The identity is proven, but the settings give it nothing to do."""


class SignInError(MikrocertError):
    """Somebody can't be signed in.

    Args:
        fault: why, as far as they are told.
        reason: what exactly, for the log of the program; it names nobody.
    """

    def __init__(self, fault: SignInFault, reason: str) -> None:
        self.fault = fault
        self.reason = reason
        super().__init__(f"{fault.value}: {reason}")
