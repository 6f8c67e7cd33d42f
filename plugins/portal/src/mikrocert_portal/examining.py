"""What of the imprint is missing: what `mikrocert doctor` says of the portal."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from mikrocert.api import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.api import Examination

    from mikrocert_portal.config import PortalConfig

__all__ = ["examine_imprint"]

_A_YEAR: Final = timedelta(days=366)


def examine_imprint(config: PortalConfig, examination: Examination) -> Iterator[Finding]:
    """Yield what the help can't say because the operator didn't; nothing in a sandbox.

    Args:
        config: of the portal.
        examination: the time, and whether this is a sandbox.
    """
    if examination.sandbox:
        return
    imprint, path = config.imprint, "imprint"
    if imprint.address is None:
        yield Finding.warning(
            "no-address", "the help does not say where the operator is", path=f"{path}.address"
        )
    if imprint.data_protection_officer is None:
        yield Finding.info(
            "no-officer",
            "the help names no data protection officer; if there is one, it should",
            path=f"{path}.data_protection_officer",
        )
    if imprint.privacy_notice is None:
        yield Finding.info(
            "no-notice",
            "the help links no privacy notice of the operator; if there is one, it should",
            path=f"{path}.privacy_notice",
        )
    statement = imprint.accessibility
    if statement is None:
        yield Finding.warning(
            "no-statement",
            "there is no accessibility statement; public bodies have to publish one",
            path=f"{path}.accessibility",
        )
    elif examination.at.date() - statement.day > _A_YEAR:
        yield Finding.warning(
            "old-statement",
            "the accessibility statement was last reviewed on {day}; see whether it still holds, and set reviewed",
            path=f"{path}.accessibility",
            day=statement.day,
        )
