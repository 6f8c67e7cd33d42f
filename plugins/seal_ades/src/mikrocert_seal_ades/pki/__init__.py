"""Certificates, paths to an anchor and signature algorithms: what both seals stand on. Imports nothing of mikrocert."""
