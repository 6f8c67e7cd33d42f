"""mikrocert issues, seals, keeps and verifies micro-credentials.

Read on in `api`, then `hookspecs`, then `issuing` and `verifying`.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
