"""What certificates and keys can be refused for.

```
AdesError             never raised itself
├── CertificateError  octets are not a usable certificate
├── ListError         a trusted list is not what it has to be
├── ServiceError      a service from outside is silent or answers something else than it was asked
│   └── RefusedError  it answers with a status of HTTP that is no success
└── …                 `jades.errors` and `pades` add their own
```
"""

from mikrocert_seal_ades.pki.problems import Problem


class AdesError(Exception):
    """Carry everything that is wrong, as `problems`; the text of the exception is the English one."""

    def __init__(self, *problems: Problem) -> None:
        """Take one problem or more, the most important first."""
        super().__init__("; ".join(f"{p.where}: {p}" if p.where else str(p) for p in problems))
        self.problems = problems


class CertificateError(AdesError):
    """The octets are not a certificate, or one whose subject is ambiguous, or none to seal with."""


class ListError(AdesError):
    """A trusted list can't be read, is not signed by who may, or is not the one that was asked for."""


class ServiceError(AdesError):
    """A time-stamp authority or a source of revocation data doesn't answer, refuses, or answers another question."""


class RefusedError(ServiceError):
    """A service answers a question with a status of HTTP that is no success.

    Args:
        problems: what is wrong, at least one.
        status: the status (RFC 9110, 15).
        answer: the first octets of what came with it; the service's own words, nothing to be shown.
    """

    def __init__(self, *problems: Problem, status: int, answer: bytes) -> None:
        """Take one problem or more, the most important first."""
        super().__init__(*problems)
        self.status = status
        self.answer = answer
