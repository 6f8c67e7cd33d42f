"""What certificates and keys can be refused for.

```
AdesError             never raised itself
├── CertificateError  octets are not a usable certificate
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
