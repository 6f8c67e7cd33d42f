"""Certificates to be read otherwise: in large print and in easy language, as one accessible HTML file each.

`plugin` registers, `renderer` fills the templates, `reading` takes the words of a page out again.
"""
