# make help lists the targets. Options:
#   PYTHON=python3.12      the Python to make .venv with
#   URL=…, AS="--name demo --password …"    a running site, and the account to look at it with
#   UV=                    install with pip even if uv is at hand
#   BENCH="--peer reader"  measures lemon24/reader beside Marsad

PYTHON ?= python3
URL ?= http://127.0.0.1:8000
BIN = .venv/bin
# With uv, if it is installed, setting up takes seconds. With pip, what is never imported is never
# compiled, which saves a third of the time.
UV ?= $(shell command -v uv 2>/dev/null)
ifeq ($(UV),)
VENV = $(PYTHON) -m venv
PIP = $(BIN)/python -m pip install --disable-pip-version-check --no-compile --progress-bar on
else
VENV = $(UV) venv --quiet --no-python-downloads --python $(PYTHON)
PIP = $(UV) pip install --python $(BIN)/python
endif
# For targets that only write files from the code: what is installed stays as it is.
ONCE_INSTALLED = $(if $(wildcard .venv/installed-test),,.venv/installed-test)
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--extra fonts --custom-compile-command "make lock" pyproject.toml

.PHONY: help run demo dev test fonts dist fast check audit licences fix coverage migration lock upgrade \
	hooks bench api-docs screenshots accessibility budget clean

run: .venv/installed config.toml ## poll, store and serve http://127.0.0.1:8000: the main job
	$(BIN)/marsad run

demo: .venv/installed ## the same against a sample publisher on this machine: no network needed
	$(BIN)/marsad demo

dev: .venv/installed-test config.toml ## serve http://127.0.0.1:8000 and restart after each change
	$(BIN)/marsad web --dev

test: .venv/installed-test ## everything that CI runs
	.ci/install-for-tests
	.ci/install-apps
	.ci/install-servers
	.ci/install-axe
	$(MAKE) check
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder

fonts: .venv/installed ## fetch the faces of the site, if setting up could not
	@.ci/install-fonts

dist: .venv/installed-test fonts ## a wheel and a source archive in dist/, typefaces inside
	@test -f web/fonts/metrics.json || { echo "dist: the typefaces are missing: make fonts"; exit 1; }
	rm -rf dist
	$(BIN)/python -m hatchling build -d dist

fast: .venv/installed-test ## the tests that need SQLite only: under a minute
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -q \
		-m "not postgresql and not browser and not slow"

check: .venv/installed-test ## ruff, mypy --strict, the import contract, known vulnerabilities
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@.ci/audit --report

audit: .venv/installed-test ## fail on known vulnerabilities in the locked versions
	@.ci/audit

licences: .venv/installed-test ## the licence of everything that is installed
	@$(BIN)/python docs/licences.py

fix: .venv/installed-test ## fix what ruff can fix, and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

coverage: .venv/installed-test ## the lines that no test of `make fast` runs, also as htmlcov/
	$(BIN)/pytest -n 2 --dist loadfile -q -m "not postgresql and not browser and not slow" \
		--cov --cov-report term:skip-covered --cov-report html

migration: $(ONCE_INSTALLED) ## NAME="Sources have a logo": write what the models changed
	$(BIN)/python -m aggregator.storage.migrations.autogenerate "$(NAME)"
	$(BIN)/ruff check --fix --quiet aggregator/storage/migrations/versions
	$(BIN)/ruff format --quiet aggregator/storage/migrations/versions

lock: .venv/bin/uv ## lock what pyproject.toml asks for; versions that still fit stay
	$(LOCK) $(UPGRADE) --output-file requirements.lock
	$(LOCK) $(UPGRADE) --extra test --constraint requirements.lock --output-file requirements-test.lock

upgrade: ## lock the newest versions that pyproject.toml allows
	$(MAKE) lock UPGRADE=--upgrade

hooks: .venv/installed-test .venv/bin/pre-commit ## check each commit with ruff and mypy
	$(BIN)/pre-commit install

bench: .venv/installed ## time polling
	$(BIN)/python -m benchmarks.polling $(BENCH)

api-docs: $(ONCE_INSTALLED) ## write docs/api.md from what the views of the API declare
	$(BIN)/python docs/api_reference.py

screenshots: .venv/installed-test ## of the site at URL: three languages, light and dark, phone and desktop
	.ci/install-for-tests
	$(BIN)/python docs/screenshots.py --url $(URL) $(AS) --out screenshots

accessibility: .venv/installed-test ## the site at URL through axe-core (WCAG 2.2 A and AA)
	.ci/install-for-tests
	.ci/install-axe
	$(BIN)/python docs/accessibility.py --url $(URL) $(AS)

budget: .venv/installed-test ## bytes and requests of a first view of each page of the site at URL
	.ci/install-for-tests
	$(BIN)/python docs/page_budget.py --url $(URL) $(AS)

clean: ## remove .venv and caches
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .coverage htmlcov *.egg-info

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

config.toml:
	cp config.example.toml config.toml
	@echo "config.toml is yours to edit; marsad check-config checks it"

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Marsad needs Python 3.11 or newer; name one with: make PYTHON=python3.12 …"; exit 1; }
	@echo "setting up .venv"
	$(VENV) .venv \
		|| { echo "no venv: on Debian and Ubuntu, apt-get install python3-venv"; rm -rf .venv; exit 1; }

.venv/installed: pyproject.toml requirements.lock | .venv/bin/python
	@echo "installing what Marsad needs (a minute the first time)"
	$(PIP) --require-hashes --no-deps -r requirements.lock
	$(PIP) --no-deps -e .
	@.ci/install-fonts
	@touch $@

.venv/installed-test: pyproject.toml requirements-test.lock | .venv/bin/python
	@echo "installing what Marsad and its tests need (a minute or two the first time)"
	$(PIP) --require-hashes --no-deps -r requirements-test.lock
	$(PIP) --no-deps -e .
	@.ci/install-fonts
	@touch $@ .venv/installed

.venv/bin/uv .venv/bin/pre-commit: | .venv/bin/python
	$(PIP) $(@F)
