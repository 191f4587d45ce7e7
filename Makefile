# Everything this project does, `make` alone lists it. GNU make 3.81 and later.
SHELL = /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# The hostile plugin is for tests, which find it by its folder: it is never installed.
PLUGINS := $(filter-out plugins/hostile/%,$(wildcard plugins/*/pyproject.toml))
UV_VERSION := 0.13.9

# PYTHON=/some/python3.12 chooses the interpreter; otherwise the first of these that is fit.
PYTHON ?=
PYTHONS := $(if $(PYTHON),$(PYTHON),python3.13 python3.12 python3.11 python3)
FIT := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))

PIP := $(BIN)/python -m pip
QUIET := -qq --disable-pip-version-check --no-input

define MAKE_VENV
if ! $(BIN)/python -c '$(FIT)' 2>/dev/null || ! $(PIP) --version >/dev/null 2>&1; then \
  python=; \
  for candidate in $(PYTHONS); do \
    if "$$candidate" -c '$(FIT)' 2>/dev/null; then python="$$candidate"; break; fi; \
  done; \
  if [ -z "$$python" ]; then \
    echo "No fit Python: tried $(PYTHONS)." >&2; \
    echo "Install Python 3.11, 3.12 or 3.13 with venv (Debian, Ubuntu: apt install python3 python3-venv;" >&2; \
    echo "macOS: brew install python@3.13), or say where it is: make PYTHON=/path/to/python3.12" >&2; \
    exit 1; \
  fi; \
  echo "Making $(VENV) with $$("$$python" --version) ..."; \
  rm -rf $(VENV) && "$$python" -m venv $(VENV); \
fi
endef

# ARGS goes to the program: make run ARGS="--port 9000"
ARGS ?=
PYTEST_ARGS ?= -n 2

.PHONY: help install run worker migrate schema test lint format lock bench bench-quick clean

help: ## This list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile

install: $(STAMP) ## The virtual environment with every dependency and plugin

run: $(STAMP) ## The server with its own PostgreSQL and demo data (ARGS="...")
	@$(BIN)/python -m recobro serve $(ARGS)

worker: $(STAMP) ## The background worker, for installations that run it separately
	@$(BIN)/python -m recobro worker $(ARGS)

migrate: $(STAMP) ## Bring the database to the newest version
	@$(BIN)/python -m recobro db upgrade $(ARGS)

schema: $(STAMP) ## Write schema/schema.graphql anew
	@$(BIN)/python -m recobro schema export > schema/.schema.graphql.new
	@mv schema/.schema.graphql.new schema/schema.graphql

test: $(STAMP) ## The tests (PYTEST_ARGS="-x tests/core" for some of them)
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(STAMP) ## Formatting, lint, types and the arrows between the rooms
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/python plugins/sdk/api_check.py

format: $(STAMP) ## Format the code and mend what lint can mend
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: $(STAMP) ## Recobro against the limit and the field (ARGS="--only W1 --candidates limit,recobro")
	@$(BIN)/python -m bench $(ARGS)

bench-quick: $(STAMP) ## Recobro against the limit in two minutes, on less data
	@$(BIN)/python -m bench --quick $(ARGS)

lock: $(VENV)/.uv/bin/uv ## Make requirements.lock anew from pyproject.toml
	@$(VENV)/.uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links --group dev pyproject.toml -o requirements.lock
	@{ echo '# Made by `make lock`: every version with its hashes, valid for CPython 3.11 to 3.13 on Linux and macOS.'; \
	  cat requirements.lock; } > .requirements.lock.new
	@mv .requirements.lock.new requirements.lock

clean: ## Remove the virtual environment and every cache, the bench's too; the data in .recobro stay
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf bench/.data bench/.peers bench/results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The interpreter is looked for only when the environment must be made; a broken or half-made one is made anew. The stamp
# comes last, so that an interrupted installation is done again.
$(STAMP): requirements.lock $(PLUGINS)
	@rm -f $@
	@$(MAKE_VENV)
	@echo "Installing dependencies (once) ..."
	@$(PIP) install $(QUIET) --require-hashes -r requirements.lock
	@if [ -n "$(PLUGINS)" ]; then \
	  echo "Installing the plugins ..." && \
	  $(PIP) install $(QUIET) --no-deps --no-build-isolation $(foreach plugin,$(PLUGINS),-e $(dir $(plugin))); \
	fi
	@touch $@

$(VENV)/.uv/bin/uv:
	@$(MAKE_VENV)
	@echo "Installing uv $(UV_VERSION) (once) ..."
	@$(BIN)/python -m venv $(VENV)/.uv
	@$(VENV)/.uv/bin/python -m pip install $(QUIET) uv==$(UV_VERSION)
