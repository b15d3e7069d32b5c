"""The command line: the only place that prints, prompts and exits; one module a command."""
