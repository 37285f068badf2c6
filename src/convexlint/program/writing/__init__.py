"""Source text for fixes, in the manner of the file it goes into: edits, imports, inferred validators."""
