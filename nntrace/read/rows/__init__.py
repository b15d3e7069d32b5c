"""What nets are given: a form a module, and the batches they come in."""
