SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON3 ?= python3
PYTHON := .venv/bin/python
STAMPS := .venv/.stamps
PIP := $(PYTHON) -m pip install -qq --disable-pip-version-check --no-deps --require-hashes
NPM_CI := npm ci --no-audit --no-fund --loglevel=error >/dev/null
SUBMAKE := $(MAKE) --silent --no-print-directory
PARALLEL_SUBMAKE := $(SUBMAKE) -j4
FRONTEND := $(wildcard frontend/*.* frontend/src/* frontend/src/examples/*)
UV_FLAGS := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
ARGS ?=
WORKERS ?= $(shell nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)

.PHONY: help setup dev-setup demo serve test check bench lock format sdks voices

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what the server needs: .venv, locked packages, voices, web pages
	@$(PARALLEL_SUBMAKE) $(STAMPS)/skia $(STAMPS)/launcher $(STAMPS)/frontend voices

demo: setup ## Generate an image, a video, speech, an avatar and music over GraphQL into demo-output/
	@.venv/bin/doitong demo $(ARGS)

serve: setup ## Run a development server at 127.0.0.1:8000 (options with ARGS=...)
	@.venv/bin/doitong serve --dev $(ARGS)

test: dev-setup sdks ## Run the tests on all cores with SQLite and PostgreSQL, which they start (select with ARGS=...)
	@REQUIRE_SDKS=1 $(PYTHON) -m pytest -n $(WORKERS) --maxprocesses 4 --dist worksteal $(ARGS)

check: dev-setup ## Check format, lint, types, import contracts, generated files and sizes
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@$(PYTHON) -m scripts.print_schema --check
	@$(PYTHON) -m scripts.check_schema
	@$(PYTHON) -m scripts.print_errors --check
	@$(PYTHON) -m scripts.print_packages --check
	@$(PYTHON) -m scripts.print_backends --check
	@$(PYTHON) -m scripts.print_sqlite_tables --check
	@$(PYTHON) -m pytest -q tests/architecture

bench: dev-setup ## Measure performance and print each figure with its target
	@$(PYTHON) -m benchmarks $(ARGS)

lock: ## Resolve the dependencies into the requirements*.lock files (needs uv)
	uv pip compile $(UV_FLAGS) --extra studio pyproject.toml --output-file requirements.lock
	uv pip compile $(UV_FLAGS) --extra studio pyproject.toml --group dev --output-file requirements-dev.lock
	uv pip compile $(UV_FLAGS) --overrides tests/sdks/overrides.in tests/sdks/requirements.in --output-file tests/sdks/requirements.lock

format: dev-setup ## Format the code and apply the linter's fixes
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

# requirements-dev.lock contains requirements.lock, so its stamp marks both as installed.
dev-setup:
	@$(PARALLEL_SUBMAKE) $(STAMPS)/dev $(STAMPS)/wire $(STAMPS)/mcp-clients $(STAMPS)/frontend voices
	@$(SUBMAKE) $(STAMPS)/skia $(STAMPS)/launcher

$(PYTHON):
	@$(PYTHON3) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "setup: $(PYTHON3) is not Python 3.11 or newer. Name another: make setup PYTHON3=python3.12" >&2; exit 1; }
	@$(PYTHON3) -m venv .venv || \
		{ echo "setup: the virtual environment could not be created; on Debian: apt-get install python3-venv" >&2; exit 1; }

$(STAMPS): | $(PYTHON)
	@mkdir -p $@

$(STAMPS)/runtime: requirements.lock | $(STAMPS)
	@echo "setup: installing the packages of $<"
	@$(PIP) -r $<
	@touch $@

$(STAMPS)/dev: requirements-dev.lock requirements.lock | $(STAMPS)
	@echo "setup: installing the packages of $<"
	@$(PIP) -r $<
	@touch $(STAMPS)/runtime $@

$(STAMPS)/skia: scripts/check_skia.sh $(STAMPS)/runtime
	@scripts/check_skia.sh $(PYTHON)
	@touch $@

$(STAMPS)/launcher: scripts/install_launcher.py | $(STAMPS)
	@$(PYTHON) scripts/install_launcher.py
	@touch $@

$(STAMPS)/frontend: $(FRONTEND) | $(STAMPS)
	@scripts/npm_or_skip.sh "the GraphiQL page is not built" \
		bash -euc 'echo "setup: building the GraphiQL page (about a minute, once)"; cd frontend; $(NPM_CI); npm run --silent build -- --logLevel error'
	@if [ -f frontend/dist/index.html ]; then touch $@; fi

$(STAMPS)/wire: tests/wire/package-lock.json | $(STAMPS)
	@scripts/npm_or_skip.sh "the tests of JavaScript clients are skipped" bash -euc 'cd tests/wire; $(NPM_CI)'
	@if [ -d tests/wire/node_modules ]; then touch $@; fi

$(STAMPS)/mcp-clients: tests/mcp_clients/package-lock.json | $(STAMPS)
	@scripts/npm_or_skip.sh "the tests of MCP clients in JavaScript are skipped" bash -euc 'cd tests/mcp_clients; $(NPM_CI)'
	@if [ -d tests/mcp_clients/node_modules ]; then touch $@; fi

sdks: | $(PYTHON)
	@$(PYTHON) scripts/install_sdks.py

voices: | $(PYTHON)
	@scripts/npm_or_skip.sh "the voices are not fetched, so speech and avatars are unavailable" \
		$(PYTHON) scripts/fetch_voices.py .cache/voices
