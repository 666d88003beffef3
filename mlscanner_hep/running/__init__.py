"""Where points are run: this process, worker processes, a cluster."""
