"""`convexlint model`: the program as data (json), diagrams (mermaid, dot) and a page (html)."""
