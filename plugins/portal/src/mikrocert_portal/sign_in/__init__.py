"""Signing in with OpenID Connect: the identity provider, what it proves, and sessions; for the desk and for wallets."""
