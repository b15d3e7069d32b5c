# `make demo` and `make test` need only Python 3.11 or newer with venv, and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test check format bench clean

# Trace a real handwritten digit with the trained net.
demo: $(VENV)/.installed
	$(BIN)/nntrace run configs/digits.yaml --input configs/digit.png

test: $(VENV)/.installed
	$(BIN)/python -m pytest

# Everything that CI asks: format, lint, types, tests.
check: $(VENV)/.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

format: $(VENV)/.installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

BENCHMARKS := startup streams formats forward weights netfile growth progress

# All of them, even where one misses a goal.
bench: $(VENV)/.installed
	@status=0; for each in $(BENCHMARKS); do \
		$(BIN)/python benchmarks/$$each.py || status=1; \
	done; exit $$status

# The environment is made anew when what it must hold has changed.
$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
