# One name a habit; CI runs `make check test` and nothing that cannot run here.
export PORT ?= 8000
export REGULARS_HOME ?= .regulars
unexport PYTHONDONTWRITEBYTECODE  # a run is some twenty processes, a test run a hundred: none compiles anew
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ASSETS := $(VENV)/.assets
TEST_SETTINGS := DJANGO_SETTINGS_MODULE=regulars.settings.test

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: $(READY) $(ASSETS)  ## the whole product on http://localhost:$(PORT)/
	@$(BIN)/python -m tools.translations compile
	@exec $(BIN)/python -m tools.run

test: $(READY) $(ASSETS)  ## all tests; make test T=tests/web for some
	@$(BIN)/python -m tools.translations compile
	$(BIN)/python -m pytest -n auto --dist worksteal $(T)

check: lint types contracts migrations drift budget translations dockerfiles  ## everything CI checks except the tests

lint: $(READY)  ## format and lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint --lint --quiet regulars

types: $(READY)  ## mypy, strict
	$(BIN)/mypy regulars

contracts: $(READY)  ## who may import whom
	$(BIN)/lint-imports

migrations: $(READY)  ## no model change without its migration, and none that would hurt while it rolls out
	$(TEST_SETTINGS) $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(TEST_SETTINGS) $(BIN)/python manage.py check_migrations

drift: $(READY)  ## the committed API description is the one the code gives
	$(TEST_SETTINGS) $(BIN)/python manage.py check_api_drift

budget: $(READY)  ## tables and indexes of a tenant
	$(TEST_SETTINGS) $(BIN)/python manage.py check_budget

translations: $(READY)  ## every text is translated
	$(TEST_SETTINGS) $(BIN)/python -m tools.translations check

dockerfiles: $(READY)  ## hadolint over docker/, where it has a wheel for the machine
	@if [ -x $(BIN)/hadolint ]; then $(BIN)/hadolint docker/Dockerfile; \
	else echo "hadolint has no wheel for this machine: docker/ is not linted"; fi

assets: $(ASSETS)  ## fetch what pages need from npm

bench: $(READY) $(ASSETS)  ## all benchmarks, or one: make bench NAME=x
	$(BIN)/python -m bench $(NAME)

sabotage: $(READY) $(ASSETS)  ## break each lock between tenants once, in a copy: the tests must notice
	@$(BIN)/python -m tools.translations compile
	$(BIN)/python -m tools.sabotage

shots: $(READY) $(ASSETS)  ## pictures of every main screen into $(REGULARS_HOME)/shots/
	@$(BIN)/python -m tools.translations compile
	$(BIN)/python -m tests.browser.shots

template: $(READY)  ## write the SQL of an empty tenant anew, after a tenant migration
	$(BIN)/python -m tests.template

lock: $(READY)  ## resolve the dependencies anew
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url \
	    --no-annotate requirements-dev.in -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url \
	    --no-annotate --constraints requirements.lock requirements.in -o requirements-production.lock

clean:  ## forget the environment and all local state
	@find $(REGULARS_HOME) -maxdepth 3 -name postgres-is-in 2>/dev/null | while read -r note; do \
	    folder=$$(cat "$$note"); case "$$folder" in /var/tmp/regulars-*) rm -rf "$$folder";; esac; done
	rm -rf $(VENV) $(REGULARS_HOME) node_modules regulars/web/static/web/vendor
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(READY): requirements.lock requirements-uv.lock tools/bootstrap.py
	@$(PYTHON) tools/bootstrap.py $(VENV)
	@touch $@

$(ASSETS): package-lock.json tools/assets.py $(READY)
	@$(BIN)/python -m tools.assets
	@touch $@

.PHONY: help run test assets check lint types contracts migrations drift budget translations dockerfiles bench sabotage shots template lock clean
