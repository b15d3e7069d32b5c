"""What the lesson and the quiz tell, as reports."""
