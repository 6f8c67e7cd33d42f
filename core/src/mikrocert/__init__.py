"""mikrocert issues, seals, keeps and verifies micro-credentials.

Read on in `api`, then `host/hookspecs`, then `service/issuing` and `service/verifying`.
"""

from datetime import date

__all__ = ["DATED", "__version__"]

__version__ = "0.1.0"

DATED = date(2026, 11, 22)
"""The day of this version: no right clock shows an earlier one."""
