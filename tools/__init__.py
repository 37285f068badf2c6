"""What developers of convexlint run beside it; none of this is in the wheel."""
