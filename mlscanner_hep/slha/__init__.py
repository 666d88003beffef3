"""Numbers out of SLHA files as external codes really write them.

`parse` takes the bytes of a file, whatever they are, and gives a `Document`; its `Document.read`
answers a `Query` with the value that the file states, or with a reason why there is none. It never
answers with a number that the file does not clearly state.

A tolerant normaliser comes first. Blocks are read by this package: with the value in front, with
any number of indices and of values. Of decay tables pyslha's parser gets what it reads without
loss, the clean rows of one at a time.

One thing no reader can see: a file cut exactly at the end of a line has lost what would have come
next, such as a later copy of a block. The exit code of the program has to tell that.
"""

from mlscanner_hep.slha.contents import Entry, entries
from mlscanner_hep.slha.document import Document, parse
from mlscanner_hep.slha.numbers import Reading, read_number
from mlscanner_hep.slha.query import Query, decay_query, entry_query, width_query
from mlscanner_hep.slha.sfermions import SFERMION_CODES, Sfermion, sfermion_query

__all__ = [
    "SFERMION_CODES",
    "Document",
    "Entry",
    "Query",
    "Reading",
    "Sfermion",
    "decay_query",
    "entries",
    "entry_query",
    "parse",
    "read_number",
    "sfermion_query",
    "width_query",
]
