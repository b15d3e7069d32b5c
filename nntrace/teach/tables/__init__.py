"""The lesson and the quiz on a screen."""
