"""The JSON documents: each described once, and from that made, and its schema."""
