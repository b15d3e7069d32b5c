"""Files that describe nets."""
