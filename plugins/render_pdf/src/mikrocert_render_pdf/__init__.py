"""Certificate and supplement as PDF, and pictures of the certificate, by WeasyPrint.

`plugin` registers, `renderer` draws, `words` says what is the same on every certificate.
"""
