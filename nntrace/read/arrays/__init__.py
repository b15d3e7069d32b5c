"""Files that hold arrays: weights, means and deviations."""
