"""mikrocert issues, seals, keeps and verifies micro-credentials.

Read on in `api`, then `host/hookspecs`, then `service/issuing` and `service/verifying`.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
