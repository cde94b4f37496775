# dlbook: every target can be interrupted and run again. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
PORT ?= 8000
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
# Notebooks at a time, and the threads that leaves each of them.
JOBS ?= $(CORES)
THREADS := $(shell echo $$(( $(CORES) > $(JOBS) ? $(CORES) / $(JOBS) : 1 )))
BIN := .venv/bin
SITE := _build/html/index.html
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help install book test test-unit test-notebooks test-site lab serve check format bench clean repository

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/.installed  ## install all that the book needs into .venv

.venv/.installed: requirements.txt pyproject.toml
	@$(PYTHON) tools/preflight.py
	@echo "Installing into .venv (PyTorch is large: this takes minutes the first time) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

book: .venv/.installed  ## execute the chapters, build the site, say where to open it
	@$(BIN)/python tools/preflight.py
	$(BIN)/python tools/execute.py --jobs $(JOBS)
	$(BIN)/jupyter-book build --warningiserror --nitpick --keep-going --quiet .
	@echo; echo "The book is built. Open $(CURDIR)/$(SITE)"
	@echo "or run 'make serve' and open http://localhost:$(PORT)"

test: test-unit test-notebooks  ## run the unit tests, and every notebook under nbval

test-unit: .venv/.installed
	CI=true $(BIN)/python -m pytest tests -m "not site" --numprocesses $(JOBS)

test-notebooks: .venv/.installed
	CI=true OMP_NUM_THREADS=$(THREADS) $(BIN)/python -m pytest book --nbval-lax \
	  --nbval-cell-timeout 600 --numprocesses $(JOBS) --dist loadfile --durations 10

test-site: .venv/.installed  ## drive the built site in Chromium (after `make book`)
	$(BIN)/python -m pytest tests/test_site.py -m site

lab: .venv/.installed  ## open the chapters in JupyterLab
	$(BIN)/jupyter lab --ServerApp.root_dir=book

serve:  ## serve the built site at http://localhost:8000 (PORT=...)
	@test -f $(SITE) || { echo "There is no site yet: run 'make book' first."; exit 1; }
	@echo "http://localhost:$(PORT)  (stop with Ctrl-C)"
	@$(PYTHON) -m http.server $(PORT) --directory _build/html --bind 127.0.0.1

check: .venv/.installed  ## lint, types, layers, docstrings, spelling, notebooks stripped
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/numpydoc lint $$(git ls-files 'src/dlbook/*.py')
	$(BIN)/codespell $$(git ls-files)
	$(BIN)/nbstripout --keep-id --verify $$(git ls-files '*.ipynb')
	$(BIN)/python tools/repository.py --check
	$(BIN)/python tools/vendor.py --check

format: .venv/.installed  ## format code and notebooks, strip outputs
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .
	$(BIN)/nbstripout --keep-id $$(git ls-files '*.ipynb')

bench: .venv/.installed  ## measure again what book/benchmarks shows (an hour)
	$(BIN)/python -m benchmarks

repository: .venv/.installed  ## name the public repository: make repository URL=https://...
	@test -n "$(URL)" || { echo "usage: make repository URL=https://HOST/OWNER/NAME"; exit 1; }
	@$(BIN)/python tools/repository.py "$(URL)"

clean:  ## remove all that was built (the installed .venv stays)
	rm -rf _build .cache .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
