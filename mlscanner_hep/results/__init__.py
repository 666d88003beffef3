"""What can be had of a run: its state, tables, predictions, files, an archive."""
