"""Settings: find, read, check, merge presets. Errors say file, line, key and the nearest valid name."""
