"""The intake of IS MU exports."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from mikrocert.api import Finding, Intake, IntakeError, IntakeRecord

from mikrocert_institution_mu.awarding import to_record
from mikrocert_institution_mu.csv_export import read_csv
from mikrocert_institution_mu.json_export import read_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.api import Profile

__all__ = ["IsMuIntake"]


class IsMuIntake(Intake):
    """Reads the layout of IS MU, as JSON or as CSV; the first character tells which."""

    def read(self, data: bytes, *, profile: Profile, encoding: str | None = None) -> Iterator[IntakeRecord]:
        """Read the awards one by one (see `Intake.read`).

        Args:
            data: the export.
            profile: supplies the awarding body, and quality assurance and place where a record has none.
            encoding: of a CSV: `utf-8` (the same as none), `cp1250`, `utf-16`. JSON is always UTF-8.
        """
        first = data.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
        if first in (b"{", b"["):
            if encoding is not None and encoding.casefold().replace("_", "-") not in ("utf-8", "utf8"):
                raise IntakeError(
                    [
                        Finding.error(
                            "wrong-encoding",
                            "JSON is read in UTF-8 only; leave --encoding out",
                        )
                    ]
                )
            records = read_json(data)
        else:
            records = read_csv(data, encoding=encoding)
        return (to_record(record, profile=profile) for record in records)
