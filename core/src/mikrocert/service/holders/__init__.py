"""Holders: who may see what of a credential, and its copies for people."""
