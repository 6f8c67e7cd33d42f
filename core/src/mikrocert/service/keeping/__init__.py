"""Keeping: what makes seals, the log and the archive last."""
