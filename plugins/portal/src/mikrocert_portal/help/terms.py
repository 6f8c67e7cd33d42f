"""Terms: the glossary of the help; each term is one of docs/reference/glossary.tsv."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
from mikrocert.api import message

if TYPE_CHECKING:
    from mikrocert.api import Message

__all__ = ["TERMS", "Term"]


@attrs.frozen
class Term:
    """A word and its meaning.

    Args:
        name: where it stands on the page, for links.
        word: what it is called.
        meaning: in a sentence or two.
    """

    name: str
    word: Message
    meaning: Message


TERMS: Final[tuple[Term, ...]] = (
    Term(
        "micro-credential",
        message("micro-credential"),
        message("The sealed record of what somebody learned in a short course or subject at a university."),
    ),
    Term(
        "certificate",
        message("certificate"),
        message(
            "The document for people, a PDF. It shows the micro-credential and has its data file inside."
        ),
    ),
    Term(
        "supplement",
        message("supplement"),
        message("The part of the certificate that lists all elements of the micro-credential."),
    ),
    Term(
        "data-file",
        message("data file"),
        message("The micro-credential for programs. It can be verified here and in Europass."),
    ),
    Term(
        "seal",
        message("seal"),
        message(
            "The electronic stamp of an organisation. It shows who sealed and that nothing has changed since; the law knows "
            "it as an electronic seal (eIDAS regulation)."
        ),
    ),
    Term(
        "seal-certificate",
        message("seal certificate"),
        message("The electronic proof of who owns a seal. A trust service provider issues it."),
    ),
    Term(
        "trust-service-provider",
        message("trust service provider"),
        message(
            "A company or authority that issues certificates for seals or time stamps, supervised by a state."
        ),
    ),
    Term(
        "trusted-list",
        message("trusted list"),
        message("The official list of a state that names its supervised trust service providers."),
    ),
    Term(
        "awarding-institution",
        message("Awarding institution"),
        message(
            "The university that taught or assessed, and awarded the micro-credential. It answers for the content."
        ),
    ),
    Term(
        "sealing-organisation",
        message("Sealing organisation"),
        message(
            "Whose seal is on it. It confirms that the data came from the university and have not changed."
        ),
    ),
    Term("operator", message("operator"), message("Who runs this service and keeps the archive.")),
    Term(
        "issuer",
        message("Issuer"),
        message("Whom the file names as issuer. If all is right, it is the sealing organisation."),
    ),
    Term(
        "mandate",
        message("mandate"),
        message("By it a university lets the sealing organisation seal its awards."),
    ),
    Term(
        "holder",
        message("holder"),
        message("The person who has the micro-credential, because they earned it."),
    ),
    Term("archive", message("archive"), message("The permanent store of everything that was issued here.")),
    Term(
        "log",
        message("Log"),
        message(
            "A list of everything that was issued, in which nobody can change or take out an entry unnoticed. It holds no names."
        ),
    ),
    Term(
        "identifier",
        message("Identifier"),
        message(
            "The 12 characters that name one micro-credential. They are random and say nothing about anybody."
        ),
    ),
    Term(
        "verification-link",
        message("Verification link"),
        message(
            "The permanent address of a micro-credential on this site. Its last 12 characters are the identifier."
        ),
    ),
    Term(
        "share",
        message("share"),
        message(
            "A link that the holder makes for somebody. The holder decides what it shows and when it ends."
        ),
    ),
    Term(
        "holders-link",
        message("holder's link"),
        message("A secret address for the holder alone, behind which shares are made and ended."),
    ),
    Term("check", message("check"), message("One question of the verification, with an answer of its own.")),
    Term(
        "revoked",
        message("revoked"),
        message("Taken back by the university, for good. It no longer proves anything."),
    ),
    Term(
        "replaced",
        message("replaced"),
        message("Given up in favour of a corrected one, to which its page leads."),
    ),
    Term(
        "test",
        message("test"),
        message("Made to try the system out. It proves nothing and has no legal effect."),
    ),
    Term(
        "learning-outcomes",
        message("Learning outcomes"),
        message("What the holder knows and is able to do, each in a sentence."),
    ),
    Term(
        "workload",
        message("Notional workload"),
        message("How much work it took, in ECTS credits. One credit stands for 25 to 30 hours."),
    ),
    Term(
        "eqf",
        message("EQF level"),
        message("How demanding it was, on the eight levels of the European Qualifications Framework."),
    ),
    Term(
        "stackability",
        message("Stackability"),
        message("Whether it can become part of something larger. Who receives it decides."),
    ),
    Term(
        "recognition",
        message("recognition"),
        message(
            "The decision of a university or an employer to take it into account. Verifying is not recognising."
        ),
    ),
    Term(
        "statement",
        message("verification statement"),
        message("A sealed PDF that says what was verified, when, and with which result."),
    ),
)
"""In no particular order; pages sort them by the reader's language."""
