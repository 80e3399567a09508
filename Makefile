# Freshet: `make run` and `make test` set everything up first; `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help setup run test test-tools lint bench lock
PYTHON_BIN := .venv/bin/python

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## bring uv, packages, jars and the embedding model, build the pages (quick when nothing changed)
	@sh deploy/setup.sh

run: setup ## run the product on this machine, with the sample enterprise; Ctrl-C stops it
	@exec .venv/bin/freshet run

test: setup test-tools lint ## check the code, then run every test
	@exec $(PYTHON_BIN) -m pytest

test-tools: # servers that only tests start; brought where CI=true
	@sh deploy/setup.sh test-tools

lint: setup ## formatting, lint, types, layers, dependencies; of the pages too
	@.venv/bin/ruff format --check -q .
	@.venv/bin/ruff check -q .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@.venv/bin/deptry .
	@$(PYTHON_BIN) deploy/pages.py lint

bench: setup ## measure freshness, throughput, search, memory, start times
	@exec $(PYTHON_BIN) -m benchmarks

lock: ## write requirements.lock and app/local/jars.lock anew
	@sh deploy/setup.sh lock
