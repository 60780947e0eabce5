"""A facility file drafted from one sample of its feed: what the bytes prove is written down, what
they leave open is a marked question. Nothing is guessed in silence; a person finishes it."""

from igwatch.draft.draft_facility import DraftError, draft_facility

__all__ = ["DraftError", "draft_facility"]
