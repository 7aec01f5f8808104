# The commands: setup, demo, test, check, docs, docs-links, wheels, nightly, mutation, matrix, bench, lock. Everything is installed into $(VENV), nothing elsewhere.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.complete
DOCS := $(VENV)/.docs
SPHINX := $(BIN)/python -m sphinx -q -n -W --keep-going -c docs -d out/docs/.trees
SOURCES := requirements.lock pyproject.toml backends/brian2/pyproject.toml backends/c/pyproject.toml backends/lava/pyproject.toml models/pyproject.toml
PACKAGES := -e . -e backends/brian2 -e backends/c -e backends/lava -e models
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Two tests run at a time. If each used every core for its linear algebra, they would wait for one another.
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadgroup

.PHONY: setup demo test wheels nightly mutation matrix check docs docs-links bench lock clean

setup: $(STAMP)

# Lava declares Python 3.10 only; neurolsm-lava makes it run on the others, hence --ignore-requires-python.
$(STAMP): $(SOURCES)
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 10) <= v <= (3, 14) else "neurolsm needs Python 3.10 to 3.14, $(PYTHON) is %d.%d: set PYTHON=python3.12, for example" % v)'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install -q --no-deps --require-hashes --ignore-requires-python -r requirements.lock
	$(PIP) install -q --no-deps --no-build-isolation $(PACKAGES)
	@touch $@

demo: $(STAMP)
	$(BIN)/neurolsm demo

test: $(STAMP)
	$(PYTEST) --durations 20

# The wheels of all five distributions, in an environment that holds nothing else.
wheels: $(STAMP)
	$(BIN)/python -m pytest -m wheels tests/test_wheels.py

nightly: $(STAMP)
	$(PYTEST) -m nightly --timeout 7200

# The other job of a night: every fault of tests/mutation, planted alone, must be noticed.
mutation: $(STAMP)
	$(PYTEST) tests/test_mutation.py -m mutation --timeout 7200

# Peers are timed where they are installed; benchmarks/peers.txt says how.
bench: $(STAMP)
	$(BIN)/python benchmarks/run.py --json out/bench.json

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# What builds the pages is installed when they are first built, from a lock of its own: setup stays as quick as it was.
$(DOCS): $(STAMP) docs/requirements.lock
	$(PIP) install -q --no-deps --require-hashes -r docs/requirements.lock
	@touch $@

# Every warning is an error: a link that leads nowhere, a name that is not there, a docstring that cannot be read.
docs: $(DOCS)
	$(SPHINX) -b html . out/docs/html
	@echo out/docs/html/index.html

# Links to other places, which needs a network.
docs-links: $(DOCS)
	$(SPHINX) -b linkcheck . out/docs/links

# The same tests on every Python that is found, each in an environment of its own.
matrix:
	@set -e; for v in 3.10 3.11 3.12 3.13 3.14; do \
	  if python$$v -c 'import sys' 2>/dev/null; then echo "== Python $$v"; $(MAKE) test PYTHON=python$$v VENV=.venv-$$v; \
	  else echo "== Python $$v not found, skipped"; fi; done

# Needs uv. The exported file names no host, so that any package index serves it.
lock:
	uv lock -q --upgrade
	uv export -q --no-emit-workspace --all-packages --all-extras --all-groups --no-header --no-annotate -o requirements.lock
	uv pip compile -q -U --universal --python-version 3.11 --no-header --no-annotate --generate-hashes -c requirements.lock docs/requirements.in -o docs/requirements.lock

clean:
	rm -rf .venv .venv-* out .pytest_cache .mypy_cache .ruff_cache
