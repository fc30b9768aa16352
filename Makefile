# Each target first sets up what it needs, so `make demo` and `make test` work in a fresh clone.
SHELL := /bin/bash
SEEDS ?= 1000
WORKERS ?= 4
PYTHON ?= $(shell command -v python3.13 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
# The name of the stamp depends on the lock file, the Python and the folder. If one of them changes, make rebuilds .venv.
STAMP := $(VENV)/.made-from-$(shell (cat requirements-dev.txt; $(PYTHON) --version; pwd) 2>&1 | cksum | cut -d' ' -f1)
AZURITE := tools/develop/node_modules/.made-from-$(shell cat tools/develop/package-lock.json | cksum | cut -d' ' -f1)

# Tests start many processes. Without bytecode, each would compile the project again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo start test simulate faults peers breakages poison mutants fuzz bench bench-parts package wheel lint format lock clean
.DEFAULT_GOAL := help

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  \033[36m%-11s\033[0m %s\n", $$1, $$2}'

$(STAMP):
	@echo "Setting up $(VENV) (only once; takes about 80 seconds on two cores)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' || { echo "Python 3.13 is needed: run make PYTHON=/path/to/python3.13"; exit 1; }
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(AZURITE):
	@command -v npm >/dev/null || { echo "Node.js 22 or newer with npm is needed for Azurite, the storage emulator"; exit 1; }
	@echo "Installing Azurite (only once)"
	@npm ci --prefix tools/develop --silent --no-audit --no-fund
	@touch $@

setup: $(STAMP) $(AZURITE) ## Create .venv with the command lms-sync, and install Azurite

demo: setup ## Show eighteen cases: LMS events lead to Graph requests, and failures to dead letters
	@$(BIN)/python -m tools.develop.demo

start: setup ## Run the whole app on this machine until Ctrl-C
	@$(BIN)/python -m tools.develop.start

test: setup lint ## Run all checks and tests, with WORKERS=4 processes (5 to 6 minutes on two cores)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --cov

simulate: setup ## Run the app in memory SEEDS=1000 times; something else goes wrong each time
	@$(BIN)/python -m tests.simulation --seeds $(SEEDS) --jobs 2

breakages: setup ## Break twelve things, find each with one lms-sync command, and repair it (about 3 minutes)
	@$(BIN)/python -m tools.develop.breakages

poison: setup ## Check that three records that never get through don't delay 500 that do (about 2 minutes)
	@$(BIN)/python -m tests.faults.poison_records

mutants: setup ## Take each rule away, and check that a test fails (about 20 minutes)
	@$(BIN)/python -m tests.traces.mutate

fuzz: setup ## Parse 200,000 damaged and 200,000 made-up bodies, and send 100,000 requests to the webhook door (about 5 minutes)
	@$(BIN)/python -m tests.activities.intake.fuzz --jobs 2
	@$(BIN)/python -m tests.activities.webhooks.fuzz --jobs 2

bench: setup ## Measure requests and CPU per event (compared with two baselines), a backlog, and cold starts (about 20 minutes)
	@$(BIN)/python -m tools.develop.bench

bench-parts: setup ## Compare parsing with reading JSON, HTTP/1.1 with HTTP/2, and the webhook door with a plain server (about 3 minutes)
	@$(BIN)/python -m tools.develop.bench.parse
	@$(BIN)/python -m tools.develop.bench.http_versions
	@$(BIN)/python -m tools.develop.bench.webhook

faults: setup ## Kill processes at each I/O step, put workers and webhooks under load, and interrupt storage (about 18 minutes)
	@$(BIN)/python -m tests.faults
	@$(BIN)/python -m tests.faults.webhooks

peers: setup ## Let HTTP and TLS servers fail in more than 70 ways under load, and then at random (about 80 minutes)
	@$(BIN)/python -m tests.faults.peers
	@$(BIN)/python -m tests.faults.peers --random

package: ## Build dist/app.zip for deployment: the app, and the locked wheels with their bytecode (about a minute)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' || { echo "Python 3.13 is needed: run make package PYTHON=/path/to/python3.13"; exit 1; }
	@$(PYTHON) -m tools.develop.package

wheel: $(STAMP) ## Build the wheel of lms-sync, the operators' command line, in dist/
	@$(BIN)/python -m hatchling build -t wheel -d dist

lint: $(STAMP) ## Check style, types, and whether the lock files match pyproject.toml
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m tools.develop.lock --check

format: $(STAMP) ## Format the code
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

lock: $(STAMP) ## Compile requirements.txt and requirements-dev.txt from pyproject.toml
	@$(BIN)/python -m tools.develop.lock

clean: ## Remove everything that make has created
	@rm -rf $(VENV) tools/develop/node_modules dist .local .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis
