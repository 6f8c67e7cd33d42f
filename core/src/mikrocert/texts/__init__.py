"""Texts for people: messages, the catalogues that translate them, and how a language writes days and numbers."""

from mikrocert.texts.catalogues import Texts
from mikrocert.texts.language_map import ENGLISH, LANGUAGES, LanguageMap
from mikrocert.texts.messages import Message, Say, Text, Value, available, message
from mikrocert.texts.negotiation import at_hand, negotiated, of_terminal
from mikrocert.texts.typography import printable, standing

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "LanguageMap",
    "Message",
    "Say",
    "Text",
    "Texts",
    "Value",
    "at_hand",
    "available",
    "message",
    "negotiated",
    "of_terminal",
    "printable",
    "standing",
]
