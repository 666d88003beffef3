"""Points of earlier scans, from tables and SLHA files, as a round of the ledger."""

from mlscanner_hep.importing.append import Imported, append
from mlscanner_hep.importing.rows import Rows
from mlscanner_hep.importing.sift import Sifted, sift

__all__ = ["Imported", "Rows", "Sifted", "append", "sift"]
