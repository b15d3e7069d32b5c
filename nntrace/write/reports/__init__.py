"""What each command tells: its values in, a report out."""
