# For those who work on devproxy. Users need no make: see README.md, "Start".
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LAW := devproxy/*.py,devproxy/browser/*,devproxy/cors/*,devproxy/rewrite/*
DOORS := devproxy/blocked.py,devproxy/cli.py,devproxy/commands.py,devproxy/serve.py,devproxy/banner.py,devproxy/console.py,devproxy/embed.py,devproxy/explain.py,devproxy/hints.py,devproxy/init.py,devproxy/keys.py,devproxy/logline.py,devproxy/lookup.py,devproxy/pairs.py,devproxy/reload.py,devproxy/remarks.py,devproxy/tally.py,devproxy/terminal.py,devproxy/__main__.py

.PHONY: demo test agreement bench soak setup check format clean

demo: $(VENV)/run.stamp  ## the main job on an embedded backend: see what a browser blocks, and what it reads through devproxy
	$(BIN)/devproxy demo

test: check  ## everything that CI checks

agreement: setup  ## what the judge says beside what real browsers do: 2,000 random requests in each that is installed
	$(BIN)/python -m tests.real.agreement

bench: $(VENV)/run.stamp  ## how fast, beside nginx, Caddy and Node's proxies: about ten minutes on a quiet machine, Linux only
	$(BIN)/python -m bench

soak: $(VENV)/run.stamp  ## nothing leaks: hundreds of thousands of requests, broken targets and rude clients, Linux only
	$(BIN)/python -m bench.soak

setup: $(VENV)/dev.stamp
	$(BIN)/python -m tests.real.browser --install

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest --cov --cov-report=
	$(BIN)/coverage report --include='$(LAW)' --omit='$(DOORS)' --fail-under=100 --skip-covered --show-missing
	rm -rf build/dist
	$(BIN)/python -m build --no-isolation --outdir build/dist .
	$(BIN)/python -m tests.wheel build/dist

format: $(VENV)/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) build .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache

$(VENV)/run.stamp: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/dev.stamp: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $(VENV)/run.stamp $@
