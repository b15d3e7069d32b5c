"""The version, alone in a module so that telling it costs nothing."""

__version__ = "0.1.0"
