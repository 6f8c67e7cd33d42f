"""Exports of universities: layouts as values, and what reads an export by its layout."""
