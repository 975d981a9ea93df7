# make run    set up and run the main job: poll, store, serve http://127.0.0.1:8000
# make demo   the same against a sample publisher on this machine: no network needed
# make dev    serve http://127.0.0.1:8000, again after each change of code, templates and assets
# make test   set up and run everything that CI runs
# make bench  time polling (BENCH="--peer reader" measures lemon24/reader beside it)
# make screenshots     of the site at URL, in three languages, light and dark, phone and desktop
# make accessibility   of the same: axe-core (WCAG 2.2 A and AA); AS="--name demo --password …"
#                      sees a person's own pages too
# make budget          bytes and requests of a first view of each page of the same

PYTHON ?= python3
URL ?= http://127.0.0.1:8000
BIN = .venv/bin

.PHONY: run demo dev test check bench screenshots accessibility budget clean

run: .venv/installed config.toml
	$(BIN)/marsad run

demo: .venv/installed
	$(BIN)/marsad demo

dev: .venv/installed-test config.toml
	$(BIN)/marsad web --dev

test: .venv/installed-test
	.ci/install-browser
	.ci/install-axe
	$(MAKE) check
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

check: .venv/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/installed
	$(BIN)/python -m benchmarks.polling $(BENCH)

screenshots: .venv/installed-test
	.ci/install-browser
	$(BIN)/python docs/screenshots.py --url $(URL) $(AS) --out screenshots

accessibility: .venv/installed-test
	.ci/install-browser
	.ci/install-axe
	$(BIN)/python docs/accessibility.py --url $(URL) $(AS)

budget: .venv/installed-test
	.ci/install-browser
	$(BIN)/python docs/page_budget.py --url $(URL) $(AS)

config.toml:
	cp config.example.toml config.toml
	@echo "config.toml is yours to edit; marsad check-config checks it"

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Marsad needs Python 3.11 or newer; name one with: make PYTHON=python3.12 …"; exit 1; }
	@echo "setting up .venv"
	$(PYTHON) -m venv .venv \
		|| { echo "no venv: on Debian and Ubuntu, apt-get install python3-venv"; rm -rf .venv; exit 1; }

.venv/installed: pyproject.toml | .venv/bin/python
	@echo "installing what Marsad needs (a minute the first time)"
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -e .
	@touch $@

.venv/installed-test: pyproject.toml | .venv/bin/python
	@echo "installing what Marsad and its tests need (a minute or two the first time)"
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -e '.[test]'
	@touch $@ .venv/installed

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache *.egg-info
