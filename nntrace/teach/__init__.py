"""Teaching: questions as values, those made from a net, their grading, the lesson, the progress."""
