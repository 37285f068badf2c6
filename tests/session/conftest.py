"""The toy rules, for every test of the session."""

from tests.session.toy import rules

__all__ = ["rules"]
