"""Why two nets part: one change at a time, and whether all that follows agrees then."""
