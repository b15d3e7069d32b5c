"""Where two nets part, or a net and a recorded trace: walked in step, a layer of each at a time."""
