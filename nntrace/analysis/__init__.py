"""Questions asked of a trace, one a module."""
