"""What Convex value an expression holds: the evaluator and all that it knows of Convex and of packages."""
