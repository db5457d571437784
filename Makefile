# Every target sets the environment up by itself (scripts/setup.sh); when it is there already, that costs nothing.
# One thread per process: DOLFINx scales through MPI, and BLAS threads would only fight over the cores.
OMP_NUM_THREADS ?= 1
export OMP_NUM_THREADS

BIN := .venv/bin
PYTEST_ARGS ?=
# One worker per core, up to four; tests/conftest.py says which tests stay together. WORKERS=0: none.
WORKERS ?= auto
PARALLEL := -n $(WORKERS) --maxprocesses 4 --dist loadfile --no-loadscope-reorder
STUDY ?= studies/library/quickstart.yml

.DEFAULT_GOAL := help
.PHONY: help setup quickstart run test test-all faults lint docs docs-all notebooks pictures verify bench constraints clean

help:  ## show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | while IFS="$$(printf '\t')" read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

setup:  ## make .venv (PYTHON=/path/to/python3 chooses the interpreter)
	@sh scripts/setup.sh

quickstart: setup  ## a first simulation with its pictures, in about a minute
	$(BIN)/archode run studies/library/quickstart.yml

run: setup  ## run a study: make run STUDY=studies/library/quickstart.yml
	$(BIN)/archode run $(STUDY)

test: setup  ## the test suite (PYTEST_ARGS="-k planar" narrows it down, WORKERS=0 runs it in one process)
	$(BIN)/python -m pytest $(PARALLEL) $(PYTEST_ARGS)

test-all: setup  ## the test suite with the longer verification cases
	$(BIN)/python -m pytest -m "not notebooks" $(PARALLEL) $(PYTEST_ARGS)

faults: setup  ## kill runs, damage files, fill disks, mutate studies, and see that nothing is lost or silently wrong
	$(BIN)/python -m pytest -m faults $(PARALLEL) $(PYTEST_ARGS)

pictures: setup  ## draw every view of every architecture, and look at what the pictures hold
	$(BIN)/python -m pytest -m pictures tests/visualization/test_architectures.py $(PYTEST_ARGS)

notebooks: setup  ## write notebooks/*.ipynb anew from their .py, and execute them
	$(BIN)/jupytext --quiet --update --to ipynb notebooks/*.py
	$(BIN)/python -m pytest -m notebooks tests/test_notebooks.py $(PYTEST_ARGS)

lint: setup  ## style, and which room may import which
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo --no-cache

docs: setup  ## build the documentation site: build/docs/index.html
	$(BIN)/python -m sphinx -q -W --keep-going -b html -d build/docs-doctrees docs build/docs

docs-all: setup  ## the site with the notebooks executed, which takes minutes
	mkdir -p build/notebooks
	for book in notebooks/[0-9]*.py; do \
	    executed="build/notebooks/$$(basename "$$book" .py).ipynb"; \
	    $(BIN)/jupytext --quiet --to ipynb --output "$$executed" "$$book" || exit 1; \
	    $(BIN)/jupyter-execute --inplace "$$executed" || { rm -f "$$executed"; exit 1; }; \
	done
	@$(MAKE) docs

verify: setup  ## hold the solver against closed forms and print the comparison
	$(BIN)/archode verify

bench: setup  ## time the solver on this machine
	$(BIN)/archode bench

constraints: setup  ## write the versions installed in .venv to constraints.txt
	@{ sed -n '/^#/p' constraints.txt; $(BIN)/python -m pip freeze --exclude-editable; } > constraints.tmp
	@mv constraints.tmp constraints.txt

clean:  ## remove what was built (not .venv, not results/)
	rm -rf build dist *.egg-info .cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
