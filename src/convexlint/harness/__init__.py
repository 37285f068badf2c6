"""Runs the examples of a rule's card, for the built-in rules and for a team's own."""
