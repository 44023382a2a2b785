# Every target prepares what it needs: a clone, Python 3.11 or newer and make are enough.

SHELL  := /bin/bash
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null && echo $$p && break; done)
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
BENCH  ?=
EXPLORE ?= 10
ONLY   ?=
ENDURANCE ?=

.DEFAULT_GOAL := help
.PHONY: help report test explore lint types bench endurance picture screenshots reference messages sample wheel clean

help:  ## show this help
	@echo "make TARGET, where TARGET is one of"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): pyproject.toml
	@test -n "$(PYTHON)" || { echo "make: there is no Python 3.11 or newer; name one: make PYTHON=..." >&2; exit 1; }
	@echo "preparing $(VENV)" >&2
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

report: $(READY)  ## report the KPIs of the sample shop, channel by channel
	@$(BIN)/supportkpi report sample_data/shop

test: $(READY)  ## run the tests
	$(BIN)/python -m pytest -n auto --dist worksteal

explore: $(READY)  ## draw new random examples, EXPLORE=10 times as many; ONLY=tests/test_oracle.py
	SUPPORTKPI_EXPLORE=$(EXPLORE) $(BIN)/python -m pytest -n auto --dist worksteal -m hypothesis $(ONLY)

lint: $(READY)  ## check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)  ## check types
	$(BIN)/mypy

bench: $(READY)  ## compare with DuckDB (5 million rows, minutes); BENCH=--small for agreement only
	$(BIN)/python tests/bench/bench.py $(BENCH)

endurance: $(READY)  ## try the store for long (kills, crowds; an hour); ENDURANCE=--small for seconds
	PYTHONPATH=tests $(BIN)/python -m endurance $(ENDURANCE)

picture: $(READY)  ## draw docs/report.svg, the output of `make report`
	$(BIN)/python docs/make_picture.py

screenshots: $(READY)  ## take the pictures of the page and of paper in docs/, with Chromium
	$(BIN)/python docs/make_screenshots.py

reference: $(READY)  ## write docs/kpis.md, reference.md and sources.md from the program
	$(BIN)/python docs/make_reference.py

messages: $(READY)  ## bring the translations in step with the texts of the program, and compile them
	$(BIN)/python docs/make_messages.py

sample: $(READY)  ## make sample_data/shop anew; fails when that changes it
	$(BIN)/python sample_data/make_shop.py
	@changed="$$(git status --porcelain -- sample_data)" || exit 1; \
	test -z "$$changed" || { echo "sample_data is not what make_shop.py makes:"; echo "$$changed"; exit 1; } >&2

wheel: $(READY)  ## build the wheel and try it in an environment of its own
	rm -rf build/wheel build/trial
	$(BIN)/python -m build --wheel --outdir build/wheel
	$(BIN)/python -m venv build/trial
	build/trial/bin/python -m pip install --quiet --disable-pip-version-check build/wheel/*.whl
	cd build && trial/bin/supportkpi report ../sample_data/shop/chat/livechat_chats.csv

clean:  ## remove the environment and everything that was made, but for docs and sample_data
	rm -rf $(VENV) build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
