"""Tables for people, as a terminal shows them."""
