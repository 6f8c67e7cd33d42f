"""Signers with keys from a trust service provider: in a file (`pkcs12`), in a token (`pkcs11`), with a service (`csc`)."""
