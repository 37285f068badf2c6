"""Settings: find, read, validate, merge presets. Every error says file, line, key and the nearest valid name."""
