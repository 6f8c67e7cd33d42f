"""Problems that people meet at the door of their wallet."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from mikrocert.api import MikrocertError, message

from mikrocert_portal.sign_in.errors import SignInFault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mikrocert.api import Message

__all__ = ["FAULTS", "TurnedAway", "WalletProblem"]


class WalletProblem(Enum):
    """Why somebody isn't let in: the HTTP status, a heading, and a sentence that says what would be right."""

    SIGNED_OUT = (
        403,
        message("You are not signed in"),
        message("You signed out, or did nothing for a while. Nothing was changed. Sign in again, please."),
    )
    FORGED = (
        403,
        message("This form is out of date"),
        message(
            "It was opened before you signed in, or doesn’t come from this site. Open the page anew and send it again."
        ),
    )
    TOO_MANY = (
        429,
        message("Too many attempts"),
        message("Signing in from your connection failed several times. Try it again in a while, please."),
    )
    PROVIDER = (
        503,
        message("Signing in does not work now"),
        message("The sign-in service does not answer as it should. Try it again in a while, please."),
    )
    DECLINED = (
        403,
        message("You were not signed in"),
        message("The sign-in service says that the sign-in was cancelled or not allowed."),
    )
    STALE = (
        403,
        message("This sign-in is out of date"),
        message(
            "It took too long, was begun in another window, or cookies are not allowed here. Begin it anew, please."
        ),
    )
    UNPROVEN = (
        403,
        message("You could not be signed in"),
        message(
            "What the sign-in service answered does not prove who you are. It was noted for the operator."
        ),
    )

    def __init__(self, status: int, title: Message, advice: Message) -> None:
        self.status = status
        self.title = title
        self.advice = advice


FAULTS: Mapping[SignInFault, WalletProblem] = {
    SignInFault.PROVIDER: WalletProblem.PROVIDER,
    SignInFault.DECLINED: WalletProblem.DECLINED,
    SignInFault.STALE: WalletProblem.STALE,
    SignInFault.UNPROVEN: WalletProblem.UNPROVEN,
    SignInFault.NOBODY: WalletProblem.UNPROVEN,  # nobody is given rights here, so this is never said
}


class TurnedAway(MikrocertError):
    """Somebody isn't let in.

    Args:
        problem: why.
    """

    def __init__(self, problem: WalletProblem) -> None:
        self.problem = problem
        super().__init__(problem.title)
