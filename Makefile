# Everything starts from nothing: the bootstrap makes what is missing and skips what is current.
.DEFAULT_GOAL := help
.PHONY: help demo serve test lint benchmark assets requirements clean

PYTHON ?= python3
# An old Python would stop at the first line that it does not know: this says what is wanted instead.
NEW_ENOUGH := import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=/path/to/it" if sys.version_info < (3, 11) else 0)
BOOTSTRAP := $(PYTHON) -c '$(NEW_ENOUGH)' && $(PYTHON) -m deploy.bootstrap
BIN := .venv/bin
ARGS ?=

# The working directory is a package root: nothing of the person's own Python may leak into it.
export PYTHONNOUSERSITE := 1
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV
# Services, sandboxes and tests start Python some hundred times: without bytecode each compiles all libraries anew.
unexport PYTHONDONTWRITEBYTECODE

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: ## prepare all, start the environment, perform the main job, stay up (ARGS=--exit: stop after it)
	@$(BOOTSTRAP) run
	@$(BIN)/enclave demo $(ARGS)

serve: ## start an environment of your own in ./.enclave
	@$(BOOTSTRAP) run
	@$(BIN)/enclave init
	@$(BIN)/enclave serve $(ARGS)

test: ## all checks and all tests, with coverage (ARGS: further arguments of pytest)
	@$(BOOTSTRAP) test
	@$(BIN)/python -m deploy.checks all $(ARGS)

lint: ## style, types and directions of imports
	@$(BOOTSTRAP) test
	@$(BIN)/python -m deploy.checks lint

benchmark: ## measure verdicts against pandas, side by side
	@$(BOOTSTRAP) test
	@$(BIN)/python -m pytest -m benchmark -o addopts=-ra tests/benchmarks $(ARGS)

assets: ## npm packages and the style sheets and scripts of the pages
	@$(BOOTSTRAP) assets

requirements: ## resolve the hashed requirement files anew from pyproject.toml
	@$(BOOTSTRAP) requirements

clean: ## remove all that was made here, except the state of environments (.enclave)
	rm -rf .venv .sandbox-env .build node_modules api/web/static .enclave-demo .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
