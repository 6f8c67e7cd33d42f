"""Verifiers: what they take away from a verification, and what the public sees."""
