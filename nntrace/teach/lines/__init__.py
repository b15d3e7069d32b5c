"""The lesson and the quiz as lines for a screen reader."""
