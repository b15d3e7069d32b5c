"""Quizzes for paper, for Moodle, Canvas and Blackboard, and for Anki."""
