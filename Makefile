# Two commands do all the set-up: `make demo` renders the examples, `make test` checks everything.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test drill engines fast lint types lock bench clean

demo: .venv/core.done
	$(BIN)/reelwright make examples/*.md --out films

test: lint types
	$(BIN)/python -m pytest -n auto --dist loadgroup -q -m "not drill and not engine"

# Whole films and batches: every tier, clip and format, faults, budgets, and kills at random instants.
# What failed is run once more, alone: two of these at once, servers and all, can keep each other waiting.
drill: .venv/dev.done
	$(BIN)/python -m pytest -n auto --dist loadgroup -q -m drill || $(BIN)/python -m pytest -q -m drill --last-failed --last-failed-no-failures=none

# Local engines on tiny weights, through the code that loads real ones (docs/local-speech.md).
engines: .venv.engines/done
	.venv.engines/bin/python -m pytest -n 2 -q -m engine

fast: .venv/dev.done
	$(BIN)/python -m pytest -n auto -q -m "not slow and not engine"

lint: .venv/dev.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev.done
	$(BIN)/mypy

bench: .venv.bench/done
	$(BIN)/python -m bench

# The pinned set, made again from pyproject.toml; hashes, no addresses.
lock: .venv/core.done
	sh .ci/lock

.venv/core.done: requirements.lock pyproject.toml .ci/install
	PYTHON=$(PYTHON) sh .ci/install requirements.lock
	@touch $@

.venv/dev.done: .venv/core.done requirements-dev.lock
	PYTHON=$(PYTHON) sh .ci/install requirements-dev.lock
	@touch $@

# MoviePy, the rival that is measured against, wants an older Pillow: it lives in a room of its own.
.venv.bench/done: .venv/dev.done bench/requirements.lock
	$(BIN)/uv venv --quiet --clear .venv.bench && $(BIN)/uv pip install --quiet --python .venv.bench/bin/python --require-hashes -r bench/requirements.lock
	@touch $@

.venv.engines/done: .venv/core.done requirements-engines.lock .ci/engines
	PYTHON=$(PYTHON) sh .ci/engines
	@touch $@

clean:
	rm -rf .venv .venv.bench .venv.engines films .mypy_cache .pytest_cache .ruff_cache
