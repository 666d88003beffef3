"""Small things that know nothing of scans."""
