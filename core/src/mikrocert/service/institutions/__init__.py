"""Institutions: what they send, how they are connected, and what they are told."""
