"""Source text -> tree. The only room that imports tree_sitter."""
