"""Certificate and supplement as PDF, and pictures of the certificate, by Typst.

`plugin` registers, `renderer` draws, `root` is all that Typst may read, `main.typ` is what no template replaces.
"""
