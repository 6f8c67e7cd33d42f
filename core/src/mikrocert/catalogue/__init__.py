"""The catalogue: types of micro-credentials, as each institution keeps them.

A type is what awards have in common (`mikrocert.award.common`) under an id of the institution's own. A change is a new version beside the old
ones; nothing is changed and nothing deleted. Awards that name a type take from a version what they don't say (`mikrocert.award.types`).
Beside it stands how it is offered, and whether the public may see it.
"""

from mikrocert.catalogue.catalogue import Catalogue
from mikrocert.catalogue.offering import Offering, Price, Run
from mikrocert.catalogue.published import PublishedType, TypeQuery
from mikrocert.catalogue.reading import read_types
from mikrocert.catalogue.register import Decision, Register, RegisterEntry
from mikrocert.catalogue.values import TYPE_ID, KeptType, ReadType, type_schema

__all__ = [
    "TYPE_ID",
    "Catalogue",
    "Decision",
    "KeptType",
    "Offering",
    "Price",
    "PublishedType",
    "ReadType",
    "Register",
    "RegisterEntry",
    "Run",
    "TypeQuery",
    "read_types",
    "type_schema",
]
