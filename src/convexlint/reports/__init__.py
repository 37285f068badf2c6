"""Findings -> text, concise, json, github."""
