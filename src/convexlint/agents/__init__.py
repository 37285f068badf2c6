"""For coding agents: the tools of an MCP server, and the text that tells an agent how to use convexlint.

`tools.py` has the answers as plain data, `server.py` hands them to the official SDK; nothing else imports that.
"""
