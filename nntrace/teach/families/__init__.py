"""Kinds of questions about a learner's own net, grouped by what they ask."""
