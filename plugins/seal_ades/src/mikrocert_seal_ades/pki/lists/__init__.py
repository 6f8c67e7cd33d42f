"""Trusted lists of the European Union (ETSI TS 119 612): verified, read, kept on disk, brought up to date.

`signed` verifies the signature of a list and gives what it covers, `reading` makes a value of that, `rules` says which list
may be used as what and how the list of lists is verified, `snapshot` keeps lists in a folder, `fetching` brings them up to date.
"""
