# make demo       compile the example code, scan its model, draw the pictures
# make test       the quick tests            (options for pytest: make test PYTEST="-k slha")
# make test-slow  the others
# make lint       ruff and mypy
# make docs       the site, in docs/_build/html
# make clean      remove what the targets above have made, except finished scans

PYTHON ?= python3
VENV   := .venv
TOOLS  := $(VENV)/bin
RUN    := examples/thdm/runs/thdm-typeII
PYTEST :=
JOBS   := --numprocesses=auto --maxprocesses=4 --dist=worksteal
DOCS   := --fail-on-warning --keep-going --quiet --jobs auto

.PHONY: demo test test-slow lint docs clean gfortran
.DELETE_ON_ERROR:

demo: $(VENV)/package gfortran
	$(MAKE) -C examples/thdm
	$(TOOLS)/mlscanner-hep run examples/thdm/model.toml
	$(TOOLS)/mlscanner-hep plot $(RUN)

test: $(VENV)/test gfortran
	$(TOOLS)/python -m pytest $(JOBS) $(PYTEST)

test-slow: $(VENV)/test gfortran
	$(TOOLS)/python -m pytest $(JOBS) -m slow $(PYTEST)

lint: $(VENV)/dev
	$(TOOLS)/ruff check .
	$(TOOLS)/ruff format --check .
	$(TOOLS)/mypy

docs: $(VENV)/docs
	$(TOOLS)/python -m sphinx $(DOCS) docs docs/_build/html

clean:
	rm -rf $(VENV) build dist docs/_build .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	for makefile in examples/*/Makefile; do $(MAKE) -C $$(dirname $$makefile) clean; done

# The environment. Each of the files package, test, dev and docs says that this was installed.

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "mlscanner-hep needs Python 3.11 or newer: no '$(PYTHON)' found"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "mlscanner-hep needs Python 3.11 or newer: make PYTHON=python3.11 (or newer), not $$($(PYTHON) -V)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(call install,$$($(PYTHON) -c \
	  'import sys; print("python%d.%d-venv" % sys.version_info[:2])'))
	$(PYTHON) -m venv $(VENV)

$(VENV)/package: pyproject.toml | $(VENV)/bin/python
	$(TOOLS)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/test $(VENV)/dev $(VENV)/docs: $(VENV)/%: pyproject.toml | $(VENV)/bin/python
	$(TOOLS)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	touch $@

# What has to come from the system.

gfortran:
	@command -v gfortran >/dev/null || $(call install,gfortran)

# Install a Debian package if that is possible without asking for anything.
define install
{ package=$(1); \
  if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then as_root=; \
  elif command -v apt-get >/dev/null && sudo -n true 2>/dev/null; then as_root=sudo; \
  else echo "please install $$package (Debian, Ubuntu: sudo apt-get install $$package), then run make again"; exit 1; fi; \
  $$as_root apt-get update -qq && \
  $$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$package; }
endef
