"""Issuing: from records to receipts, and what is drawn, sealed and looked at on the way."""
