"""Texts that people read, in their language."""

from mikrocert.texts.messages import LanguageMap, Message, printable

__all__ = ["LanguageMap", "Message", "printable"]
