"""Every exception that leaves this package.

```
AdesError             never raised itself (`pki.errors`)
├── CertificateError  octets are not a usable certificate (`pki.errors`)
├── JsonError         octets are not the strict JSON asked for
├── UnreadableError   octets are not a JAdES file
└── SealingError      nothing was sealed
```
"""

from mikrocert_seal_ades.pki.errors import AdesError


class JsonError(AdesError):
    """The octets are not strict, bounded JSON."""


class UnreadableError(AdesError):
    """The octets are not a JAdES file of the serialization asked for."""


class SealingError(AdesError):
    """Nothing was sealed: payload, key, certificate or settings are at fault."""
