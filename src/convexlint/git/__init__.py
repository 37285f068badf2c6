"""What git knows of a project: revisions, changes, contents. Nothing is written, nothing of the repository runs."""
