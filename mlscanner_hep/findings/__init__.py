"""What the points say of a scan: how complete it is, and where and why points die."""
