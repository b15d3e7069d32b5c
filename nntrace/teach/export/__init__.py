"""Quizzes for paper and for Moodle."""
