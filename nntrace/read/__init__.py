"""Bytes → core values: net files, weights and inputs; one module a format."""
