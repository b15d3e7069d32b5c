"""Labelled lines for a screen reader: one fact a line, words for signs, nothing drawn.

Nothing here is coloured, cut or lined up by blanks, and nothing needs Rich. Which neurons and terms
are shown, and the numbers, are those of the tables.
"""
