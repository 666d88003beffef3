"""The external codes: writing their input, running them, reading what they say."""
