"""What Convex accepts: its grammars and limits, and what follows for names, ranges and values."""
