"""One HTML page of a run, for somebody who did not make it."""
