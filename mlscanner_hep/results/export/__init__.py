"""The points of a run for other programs: chosen, with units, meaning and provenance."""

from mlscanner_hep.results.export.choice import table
from mlscanner_hep.results.export.columns import Column, Table
from mlscanner_hep.results.export.files import Collected, collect
from mlscanner_hep.results.export.formats import description, write

__all__ = ["Collected", "Column", "Table", "collect", "description", "table", "write"]
