"""Changes that break documents which exist, or clients that are out there (with `--against`)."""
