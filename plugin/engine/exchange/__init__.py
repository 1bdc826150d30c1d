"""Foreign files in and out: what other programs and offices write, read as it is, and written as they want it."""
