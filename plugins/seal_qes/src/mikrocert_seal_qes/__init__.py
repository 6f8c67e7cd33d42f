"""Signers with keys from a trust service provider: a PKCS#12 file (`pkcs12`)."""
