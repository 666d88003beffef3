"""The record of a scan: the ledger, and the models that were fitted."""
