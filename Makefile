# Two commands are the front door: `make demo` and `make test`. Both set everything up first.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo test check up preview down package bench soak attacks mutation
STACK ?= local
ARGS ?=
QM := .venv/bin/qm
PY := .venv/bin/python

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## make .venv from uv.lock, with nothing but python3
	@python3 delivery/setup.py

demo: setup ## plan the dev stack, start the platform on this laptop, ask it questions (ARGS=--exit: stop then)
	@$(QM) demo $(ARGS)

test: check ## lint, types and every test (ARGS="-k name" picks some)
	$(PY) -m pytest -n 2 --dist loadfile $(ARGS)

check: setup ## lint and types only
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

up: setup ## deploy a stack with its policies (STACK=local|dev|staging|prod)
	$(QM) up --stack $(STACK) $(ARGS)

preview: setup ## what `make up` would change
	$(QM) preview --stack $(STACK) $(ARGS)

down: setup ## remove a stack
	$(QM) down --stack $(STACK) $(ARGS)

package: setup ## build the zips of a stack's functions
	$(QM) package --stack $(STACK) $(ARGS)

bench: setup ## run every benchmark and renew bench/README.md
	$(PY) -m bench --write $(ARGS)

soak: setup ## the reliability suites in their full form
	QM_SOAK=full $(PY) -m pytest -m soak -s $(ARGS)

attacks: setup ## run every attack on the SQL gateway and print what came of each family
	$(PY) -m tests.agents.access.attack_runs $(ARGS)

mutation: setup ## change the SQL gateway's code bit by bit, and see that a test notices each (an hour; ARGS="--sample 100")
	$(PY) -m tests.mutation.mutate $(ARGS)
