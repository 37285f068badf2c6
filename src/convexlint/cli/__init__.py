"""The door: commands, options, exit codes. No logic."""
