# What a developer or operator types. `make` alone prints this list; nothing runs in CI that is not a target here.

PY     ?= python3
V      := .venv
LISTEN ?= 127.0.0.1:8080
T      ?= tests
# One more than cores: many of the tests wait for servers and browsers.
N      ?= $(shell expr 1 + $$(nproc 2>/dev/null || echo 2))
PIP     = $(if $(wildcard $(V)/bin/pip),$(V)/bin/pip,$(PY) -m pip --python $(V)/bin/python) --disable-pip-version-check -q

.DEFAULT_GOAL := help
.PHONY: help install run test check fix bench docs lock clean

help: ## print this list
	@echo "Watchword: make TARGET"
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  make run LISTEN=127.0.0.1:9000    another address"
	@echo "  make test T=tests/policy          one part of the suite"

$(V)/run.ok: requirements/run.txt pyproject.toml
	$(PY) -m venv $(V) 2>/dev/null || $(PY) -m venv --clear --without-pip $(V)
	$(PIP) install --require-hashes --no-deps -r requirements/run.txt
	$(PIP) install --no-deps -e .
	@touch $@

$(V)/dev.ok: $(V)/run.ok requirements/dev.txt requirements/ldap.txt
	$(PIP) install --require-hashes --no-deps -r requirements/dev.txt
	@$(PIP) install --require-hashes --no-deps -r requirements/ldap.txt 2>/dev/null || \
	  echo "No LDAP here (bonsai builds against libldap's headers): its tests will be skipped."
	@touch $@

install: $(V)/run.ok ## create .venv with everything a server needs

run: $(V)/run.ok ## start the server with demo data on http://127.0.0.1:8080
	@exec $(V)/bin/watchword serve --demo --listen $(LISTEN)

test: $(V)/dev.ok ## the whole suite; brings PostgreSQL along
	$(V)/bin/python -m pytest -n $(N) $(T)

check: $(V)/dev.ok ## format, lint, types, import contracts, spelling
	$(V)/bin/ruff format --check .
	$(V)/bin/ruff check .
	$(V)/bin/mypy
	$(V)/bin/lint-imports --no-logo
	$(V)/bin/codespell

fix: $(V)/dev.ok ## mend what the formatter and linter can mend
	$(V)/bin/ruff format .
	$(V)/bin/ruff check --fix .

bench: $(V)/dev.ok ## measure log-ins against the limits of this machine, on SQLite and PostgreSQL
	$(V)/bin/python -m bench

docs: $(V)/dev.ok ## write the generated pages of docs/reference anew
	$(V)/bin/python -m watchword.cli reference docs/reference

lock: ## write requirements/*.txt anew (needs uv)
	uv export -q --no-emit-project --no-annotate --no-header --no-dev -o requirements/run.txt
	uv export -q --no-emit-project --no-annotate --no-header --group test --group lint -o requirements/dev.txt
	uv export -q --no-emit-project --no-annotate --no-header --only-group ldap -o requirements/ldap.txt

clean: ## remove the environment and the demo's data
	rm -rf $(V) var
