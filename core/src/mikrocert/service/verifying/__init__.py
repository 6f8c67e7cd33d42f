"""Verifying: from the octets of a file to a report, and what the archive and the log know of them."""
