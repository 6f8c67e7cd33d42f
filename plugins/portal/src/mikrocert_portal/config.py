"""What can be configured about the portal."""

from __future__ import annotations

import attrs

__all__ = ["Limits", "PortalConfig"]

_MEGABYTE = 1024 * 1024


@attrs.frozen
class Limits:
    """How much one visitor may ask for.

    Args:
        upload_megabytes: size of a file to verify.
        upload_seconds: time that an upload may take.
        uploads_megabytes: all uploads together that are in memory at one time.
        answers_megabytes: all files together whose answers are kept; the oldest answers make room.
        answer_minutes: time that the answer about an uploaded file can be read in another language.
        verifications: how many are made at one time; the others wait.
        misses: wrong identifiers that one address may ask for at once.
        miss_seconds: after which time it may ask for one more.
        unknown_seconds: time after which a wrong identifier is answered, whatever it took to find out.
        clients: addresses whose misses are remembered.
    """

    upload_megabytes: int = attrs.field(default=16, validator=attrs.validators.ge(1))
    upload_seconds: int = attrs.field(default=120, validator=attrs.validators.ge(1))
    uploads_megabytes: int = attrs.field(default=128, validator=attrs.validators.ge(1))
    answers_megabytes: int = attrs.field(default=64, validator=attrs.validators.ge(1))
    answer_minutes: int = attrs.field(default=10, validator=attrs.validators.ge(1))
    verifications: int = attrs.field(default=4, validator=attrs.validators.ge(1))
    misses: int = attrs.field(default=20, validator=attrs.validators.ge(1))
    miss_seconds: float = attrs.field(default=15.0, validator=attrs.validators.gt(0))
    unknown_seconds: float = attrs.field(default=0.25, validator=attrs.validators.ge(0))
    clients: int = attrs.field(default=50_000, validator=attrs.validators.ge(1))

    @property
    def upload_octets(self) -> int:
        """Size of a file to verify, in octets."""
        return self.upload_megabytes * _MEGABYTE

    @property
    def uploads_octets(self) -> int:
        """Size of all uploads in memory, in octets."""
        return self.uploads_megabytes * _MEGABYTE

    @property
    def answers_octets(self) -> int:
        """Size of all files whose answers are kept, in octets."""
        return self.answers_megabytes * _MEGABYTE


@attrs.frozen
class PortalConfig:
    """Settings of the portal, `[commands.serve]`.

    Args:
        host: address to listen on.
        port: port to listen on; 0 takes a free one.
        name: name of the site in its header; none takes it from the setting `base_url`.
        trusted_proxies: addresses or networks of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto
            are believed; none are believed otherwise.
        limits: how much one visitor may ask for.
    """

    host: str = "127.0.0.1"
    port: int = attrs.field(default=8000, validator=[attrs.validators.ge(0), attrs.validators.le(65535)])
    name: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    limits: Limits = Limits()
