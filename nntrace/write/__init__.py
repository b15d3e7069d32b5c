"""Core values → text, bytes and pictures; one module a form."""
