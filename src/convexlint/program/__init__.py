"""Facts of all modules -> the program: what a Convex project means."""
