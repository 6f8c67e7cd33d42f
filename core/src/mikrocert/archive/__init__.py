"""The archive: the permanent store of credentials, their standing and their history.

Nothing is changed and nothing deleted. What happens to a credential is an event added to its history, and its
standing follows from there.
"""

from mikrocert.archive.store import Archive, Archived, Event, NewCredential, open_archive

__all__ = ["Archive", "Archived", "Event", "NewCredential", "open_archive"]
