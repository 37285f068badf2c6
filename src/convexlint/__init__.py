"""convexlint: a linter for Convex backends that models the whole program."""

__version__ = "0.1.0"
