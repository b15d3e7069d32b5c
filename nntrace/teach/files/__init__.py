"""Lessons, banks and answers as files."""
