# make run    start the service with its demo practices
# make interop  serve the practices of deploy/interop, for AuthZEN clients to try themselves on
# make test   everything that must hold: lint, types, import contracts, tests on both databases
# make lint   the quick half of it
# make bench  measure practices in memory, decisions in process, and checks over HTTP beside the bare server and peers
# make soak   the races at full length, then ten minutes under load on each database, which is half an hour
# make clean  remove what make made, the demo database included

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PYTEST_ARGS ?= -n 2 --dist loadfile
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check

.DELETE_ON_ERROR:
.PHONY: run interop test lint bench soak clean

run: $(VENV)/.installed
	@$(BIN)/authz db upgrade
	@$(BIN)/authz seed
	@$(BIN)/authz demo
	@exec $(BIN)/authz serve

interop: export AUTHZ_PACK = deploy/interop
interop: export AUTHZ_PUBLIC_URL ?= https://authz.example
interop: export AUTHZ_DATABASE_URL ?= sqlite:///var/interop.db
interop: run

test: lint
	@$(BIN)/pytest $(PYTEST_ARGS)

lint: $(VENV)/.installed-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: $(VENV)/.installed-dev
	@$(PIP) install --editable '.[bench]' || echo 'cedarpy is not there to be compared'
	@$(BIN)/python -m bench.practices --record
	@$(BIN)/python -m bench.decisions --record
	@$(BIN)/python -m bench.libraries --record
	@$(BIN)/python -m bench.grown --record
	@$(BIN)/python -m bench.registered --record
	@$(BIN)/python -m bench.decision_log --record
	@$(BIN)/python -m bench.checks --record
	@$(BIN)/python -m bench.peers --record

soak: $(VENV)/.installed-dev
	@$(BIN)/pytest -m soak
	@$(BIN)/python -m bench.soak --record

clean:
	rm -rf $(VENV) var dist build .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .schemathesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "authz needs Python 3.11 or newer")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	@$(PIP) install --editable '.[fast]' || $(PIP) install --editable .   # without a C compiler: the same, only slower
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/bin/python
	@$(PIP) install --editable '.[dev,fast]' || $(PIP) install --editable '.[dev]'
	@touch $@ $(VENV)/.installed
