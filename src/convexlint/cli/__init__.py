"""The door: commands, options and exit codes. No judgement about code lives here."""
