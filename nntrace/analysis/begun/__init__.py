"""Which net the tensors of a file may be of: told by their names and shapes, the rest guessed."""
