PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: setup run check test bench clean

setup: .venv/.ready node_modules/.ready

.venv/.ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Heia needs Python 3.11 or newer; name one with make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --require-hashes -r requirements.lock
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	touch $@

node_modules/.ready: package-lock.json
	npm ci --silent --ignore-scripts
	touch $@

run: setup
	$(BIN)/heia serve --dev

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest tests/unit tests/contract tests/property tests/snapshot

test: setup
	$(BIN)/pytest tests

bench: setup
	$(BIN)/python -m tests.bench

clean:
	rm -rf .venv node_modules build dist
