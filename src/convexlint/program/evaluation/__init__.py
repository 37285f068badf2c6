"""What Convex value an expression holds: the evaluator and all that it knows of Convex and of packages.

Expressions, members, calls, types, parameters and registrations are one recursive question (a member may need a call,
a call a type, a type a member), so the modules here import each other: always as modules, at their heads, never inside
of functions, and none uses another while it is imported. Nothing below this room knows it.
"""
