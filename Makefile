# Every command of a fresh checkout. Needs Python 3.11 or newer, make and a package index.
PYTHON ?= python3
BIN := .venv/bin
UPSTREAM ?=
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo serve test bench lint lock clean

help: ## what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

# The stamps make the set-up a no-op until a lock file or the package's metadata changes.
.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "ayon-proxy needs Python 3.11 or newer; name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: .venv/python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.venv/installed-test: .venv/installed requirements-test.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-test.lock
	@touch $@

# In a directory of its own: the tests put it before the newest on the path of one process.
.venv/installed-oldest-client: .venv/installed-test tests/clients/oldest-client.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade \
		--target .venv/oldest-client -r tests/clients/oldest-client.txt
	@touch $@

demo: .venv/installed ## the demo server, the proxy before it and a short tour
	$(BIN)/ayon-proxy demo $(ARGS)

serve: .venv/installed ## the proxy before a real server: make serve UPSTREAM=https://ayon.studio.example
	@test -n "$(UPSTREAM)$(AYON_PROXY_UPSTREAM__URL)" \
		|| { echo "Name the AYON server: make serve UPSTREAM=https://ayon.studio.example" >&2; exit 2; }
	$(BIN)/ayon-proxy serve $(if $(UPSTREAM),--upstream $(UPSTREAM)) $(ARGS)

lint: .venv/installed-test ## ruff, ruff format and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint .venv/installed-oldest-client ## everything that must hold before a change lands
	$(BIN)/pytest --numprocesses 3 --dist loadfile $(ARGS)

bench: .venv/installed-test ## the benchmarks, each figure beside a peer measured in the same run
	$(BIN)/python -m tests.benchmarks $(ARGS)

lock: .venv/installed-test ## new versions into the lock files
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --upgrade --no-header \
		--no-emit-index-url --no-emit-find-links --output-file requirements.lock --quiet
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --upgrade --no-header \
		--extra test --constraint requirements.lock \
		--no-emit-index-url --no-emit-find-links --output-file requirements-test.lock --quiet

clean: ## remove what the commands above made
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
