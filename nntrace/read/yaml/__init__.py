"""YAML as nodes with places, and grammars that check them."""
