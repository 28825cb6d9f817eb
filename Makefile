# `make run` serves the portal, `make test` tests it; each sets up what it needs first, and again only when that changed.
# Written for GNU make 3.81 (macOS) and newer.

PYTHON ?=
PYTEST_ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps

.PHONY: run test lint bench requirements clean help frontend
.DEFAULT_GOAL := help

help:
	@echo "make run           serve the portal on http://127.0.0.1:8000 (PORT=... for another port)"
	@echo "make test          run all tests, browser tests included"
	@echo "make lint          format, types, templates, floors of the house, migrations"
	@echo "make bench         the benchmarks, printing ratios"
	@echo "make requirements  pin the packages of requirements/*.in anew"
	@echo "make clean         remove the environment and fetched files; the data folder stays"

run: $(STAMPS)/run frontend
	@$(BIN)/python -m mastportal.launcher

test: $(STAMPS)/test frontend
	@scripts/chromium.sh
	@scripts/programs.sh
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup $(PYTEST_ARGS)

lint: $(STAMPS)/lint
	@scripts/lint.sh

bench: $(STAMPS)/test frontend
	@$(BIN)/python -m bench

requirements: $(STAMPS)/lint
	@scripts/requirements.sh

clean:
	rm -rf $(VENV) node_modules static/vendor build

# Set-up --------------------------------------------------------------------------------------------------------------
$(STAMPS)/venv: scripts/venv.sh
	@scripts/venv.sh $(PYTHON)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/run: requirements/run.txt $(STAMPS)/venv
	@scripts/packages.sh run

$(STAMPS)/test: requirements/test.txt $(STAMPS)/venv
	@scripts/packages.sh test

$(STAMPS)/lint: requirements/lint.txt $(STAMPS)/venv
	@scripts/packages.sh lint

$(STAMPS)/icons: requirements/icons.txt $(STAMPS)/venv
	@scripts/packages.sh icons

# looks by itself whether static/vendor is what package-lock.json and static/icons.txt ask for
frontend: $(STAMPS)/icons
	@$(BIN)/python scripts/frontend.py
