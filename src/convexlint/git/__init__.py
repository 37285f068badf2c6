"""What git knows of a project: revisions, changes, contents. Nothing is written, nothing of the repository runs."""


class GitError(Exception):
    """git is not there, or cannot answer (exit 2). The text says what to do."""
