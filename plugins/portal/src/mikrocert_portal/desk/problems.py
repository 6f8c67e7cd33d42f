"""Problems that people meet at the desk."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from mikrocert.api import MikrocertError, message

from mikrocert_portal.errors import HttpProblem
from mikrocert_portal.sign_in.errors import SignInFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mikrocert.api import Message

__all__ = ["FAULTS", "UPLOADS", "DeskProblem", "DeskRefused"]


class DeskProblem(Enum):
    """Why something can't be done: the HTTP status, a heading, and a sentence that says what would be right."""

    PROPOSED = (
        202,
        message("This waits for a second person"),
        message(
            "Nothing was done yet. Somebody else at your institution confirms or refuses it under “To be confirmed”."
        ),
    )
    SIGNED_OUT = (
        403,
        message("You are not signed in"),
        message(
            "You signed out, or did nothing for a while. Sign in again; nothing that was sent before is lost."
        ),
    )
    FORGED = (
        403,
        message("This form is out of date"),
        message(
            "It was opened before you signed in, or doesn’t come from this site. Open the page anew and send it again."
        ),
    )
    SCOPE = (
        403,
        message("You may not do this"),
        message(
            "The operator of this service has not given you the right to. Whoever has it can be asked, or can give it to you."
        ),
    )
    NOT_ALLOWED = (
        403,
        message("Your institution may not do this now"),
        message(
            "Its account is suspended, or the agreement with the operator does not hold. The operator knows more."
        ),
    )
    UNKNOWN = (
        404,
        message("Your institution has nothing under this identifier"),
        message("Letter case matters. Search by record number or name, please."),
    )
    NOT_FOUND = (
        404,
        message("There is no such page"),
        message("Start from the front page of the desk, please."),
    )
    METHOD = (
        405,
        message("This address does not work this way"),
        message("Start from the front page of the desk, please."),
    )
    ENDED = (
        409,
        message("This micro-credential has been replaced"),
        message("Only the one that replaced it can be revoked."),
    )
    ERASED = (
        410,
        message("The content of this micro-credential was erased"),
        message("Only that it was issued, and what became of it, is still known."),
    )
    REFUSED = (422, message("This can’t be done"), message("Nothing was changed."))
    TOO_MANY = (
        429,
        message("Too many attempts"),
        message("Several identifiers from your connection were wrong. Try it again in a while, please."),
    )
    NO_ARCHIVE = (
        503,
        message("The archive does not answer"),
        message("Nothing was changed. Try it again in a moment, please."),
    )
    NOT_ISSUING = (
        503,
        message("Nothing can be issued now"),
        message(
            "It was noted for the operator. Send the file again later; whatever was issued of it is not issued twice."
        ),
    )
    CRASH = (
        500,
        message("Something went wrong on our side"),
        message(
            "It was noted for the operator. Look first whether what you wanted was done, then try it again."
        ),
    )
    SIGN_IN_PROVIDER = (
        503,
        message("Signing in does not work now"),
        message(
            "The sign-in service of your institution does not answer as it should. Try it again in a while, please."
        ),
    )
    SIGN_IN_DECLINED = (
        403,
        message("You were not signed in"),
        message("The sign-in service says that the sign-in was cancelled or not allowed."),
    )
    SIGN_IN_STALE = (
        403,
        message("This sign-in is out of date"),
        message(
            "It took too long, was begun in another window, or cookies are not allowed here. Begin it anew, please."
        ),
    )
    SIGN_IN_UNPROVEN = (
        403,
        message("You could not be signed in"),
        message(
            "What the sign-in service answered does not prove who you are. It was noted for the operator."
        ),
    )
    SIGN_IN_NOBODY = (
        403,
        message("You have no rights here yet"),
        message(
            "You are signed in, but the operator of this service has not said for which institution you act. Ask for it, please."
        ),
    )

    def __init__(self, status: int, title: Message, advice: Message) -> None:
        self.status = status
        self.title = title
        self.advice = advice


FAULTS: Mapping[SignInFault, DeskProblem] = {
    SignInFault.PROVIDER: DeskProblem.SIGN_IN_PROVIDER,
    SignInFault.DECLINED: DeskProblem.SIGN_IN_DECLINED,
    SignInFault.STALE: DeskProblem.SIGN_IN_STALE,
    SignInFault.UNPROVEN: DeskProblem.SIGN_IN_UNPROVEN,
    SignInFault.NOBODY: DeskProblem.SIGN_IN_NOBODY,
}

UPLOADS: Mapping[HttpProblem, Message] = {
    HttpProblem.NO_FILE: message("Choose a file."),
    HttpProblem.EMPTY_FILE: message("The file is empty. Choose another one."),
    HttpProblem.TWO_FILES: message("Choose one file only; send the others one by one."),
    HttpProblem.BROKEN_FORM: message("The file did not arrive complete. Choose it again, please."),
    HttpProblem.TOO_LARGE: message("The file is too large. Send it in several parts, or as JSON Lines."),
    HttpProblem.TOO_SLOW: message("The file was on its way for too long. Try it again, please."),
    HttpProblem.BUSY: message("Other files are on their way just now. Try it again in a moment, please."),
    HttpProblem.TOO_MANY_UPLOADS: message(
        "Other files are on their way just now. Try it again in a moment, please."
    ),
}
"""What is said of an upload that can't be taken."""


class DeskRefused(MikrocertError):
    """Something can't be done.

    Args:
        problem: why.
        faults: what is said of this very case.
        successor: identifier of the credential that replaced the one it is about, or none.
    """

    def __init__(
        self, problem: DeskProblem, *, faults: Iterable[Message] = (), successor: str | None = None
    ) -> None:
        self.problem = problem
        self.faults = tuple(faults)
        self.successor = successor
        super().__init__(problem.title)
