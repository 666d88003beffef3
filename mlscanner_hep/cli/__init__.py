"""The command line."""

from mlscanner_hep.cli.app import main

__all__ = ["main"]
