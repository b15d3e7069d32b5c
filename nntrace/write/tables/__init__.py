"""Tables for people, drawn with Rich: one module a thing that is shown."""
