"""Every exception that leaves this package.

JadesError            never raised itself
├── JsonError         octets are not the strict JSON asked for
├── UnreadableError   octets are not a JAdES file
├── CertificateError  octets are not a usable certificate
└── SealingError      nothing was sealed
"""

from mikrocert_seal_ades.jades.problems import Problem


class JadesError(Exception):
    """Carry everything that is wrong, as `problems`; the text of the exception is the English one."""

    def __init__(self, *problems: Problem) -> None:
        """Take one problem or more, the most important first."""
        super().__init__("; ".join(f"{p.where}: {p.en}" if p.where else p.en for p in problems))
        self.problems = problems


class JsonError(JadesError):
    """The octets are not strict, bounded JSON."""


class UnreadableError(JadesError):
    """The octets are not a JAdES file of the serialization asked for."""


class CertificateError(JadesError):
    """The octets are not a certificate, or one whose subject cannot be told."""


class SealingError(JadesError):
    """Nothing was sealed: payload, key, certificate or settings are at fault."""
