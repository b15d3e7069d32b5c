"""The mathematics: NumPy and the standard library, no I/O, nothing printed."""
