"""Which Convex projects lie under the given paths, and which modules each has."""
