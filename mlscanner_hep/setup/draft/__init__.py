"""First drafts of adapters, made of an input file that works and of a spectrum that came of it."""

from mlscanner_hep.setup.draft.folder import Draft, write

__all__ = ["Draft", "write"]
