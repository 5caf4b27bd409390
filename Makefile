# The desk's doors. `make help` lists them; the README tells the rest.
.DEFAULT_GOAL := help
.PHONY: help run test soak bench check words screens reset lock

PYTHON ?= python3
IN := .venv/bin
ENVIRONMENT := $(PYTHON) config/stack/venv.py

help: ## These lines
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 14

run: ## Start the desk (PORT=8000 HOST=127.0.0.1 DESK_DATA=.data DEMO=1); Ctrl-C stops it all
	@$(ENVIRONMENT) base
	@exec $(IN)/python -m config.stack.run

test: ## The whole test suite
	@$(ENVIRONMENT) dev
	@exec $(IN)/python -m config.stack.testing

soak: ## Hurt a desk of its own under load, then look for what it lost (SOAK_MINUTES=60 SOAK_SEED=)
	@$(ENVIRONMENT) dev
	@exec $(IN)/python -m tests.soak.run

bench: ## Measure: BENCH_SIZES=10000,100000,1000000 BENCH_ONLY=tick,pages; a table, and JSON in .data/bench/
	@$(ENVIRONMENT) dev
	@exec $(IN)/python -m tests.bench

check: ## Lint, import order, types, migrations, deployment settings, the OpenAPI file
	@$(ENVIRONMENT) dev
	@exec $(IN)/python -m config.stack.checking

words: ## Gather the texts that people read into locale/, and compile them
	@$(ENVIRONMENT) dev
	@exec $(IN)/python -m config.stack.words

screens: ## Take the pictures of docs/screens/ again, of a demo of their own (or SCREENS_DESK=http://…)
	@$(ENVIRONMENT) dev
	@exec $(IN)/python -m tests.e2e.screens

reset: ## Forget the embedded data (asks first)
	@$(ENVIRONMENT) base
	@exec $(IN)/python -m config.stack.reset

lock: ## Pin the packages again after a change in requirements/*.in
	@$(ENVIRONMENT) dev
	@for list in base dev uv; do \
	  $(IN)/uv --no-config pip compile --quiet --python-version 3.11 --universal --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	    requirements/$$list.in -o requirements/$$list.txt || exit 1; \
	done
