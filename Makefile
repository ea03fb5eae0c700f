# Every verb people and CI use. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash -o pipefail
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
DEVELOPING := $(VENV)/.developing
# A file stays on one worker, which makes its fixtures once, and so do all files that share a service
# (tests/distribution.py, which follows loadfile); acceptance comes first, as the longest.
# PYTEST_ARGS="-n 0 ..." does without workers. --dist loadgroup groups nothing (pytest-xdist #1386).
WORKERS := --numprocesses 2 --dist loadfile --no-loadscope-reorder
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps

.PHONY: help setup setup-gpu run demo test fuzz chaos alerts load check audit format lock bench bench-gallery bench-guard bench-bounds bench-embedder bench-models bench-gpu clean

help: ## List the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-15s %s\n", $$1, $$2}'

setup: $(INSTALLED) ## Make .venv with what a running service needs, each file checked by its hash

run: setup ## Serve in the foreground until Ctrl-C
	@$(BIN)/facegraph up

setup-gpu: setup ## Put onnxruntime-gpu, with CUDA, in the place of onnxruntime
	@$(BIN)/python -m pip uninstall --quiet --yes onnxruntime
	@$(PIP) --require-hashes -r requirements/gpu.txt

demo: setup ## Enrol, identify, verify, erase: the main job on embedded defaults
	@$(BIN)/facegraph demo

test: $(DEVELOPING) ## Run all tests but the long ones with branch coverage
	@$(BIN)/coverage erase
	@$(BIN)/python -m pytest --cov --cov-report=term $(WORKERS) $(PYTEST_ARGS)

fuzz: $(DEVELOPING) ## Run the property tests long, send all hostile pictures, fuzz the contract (15 minutes)
	@HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest --timeout=3600 --capture=no \
	  $(wildcard tests/unit/*/*_properties.py) tests/acceptance/test_hostile_pictures.py \
	  tests/acceptance/fuzz_contract.py $(PYTEST_ARGS)

chaos: $(DEVELOPING) ## Let each part die, and be replaced, under traffic; write the table of docs/operations.md (15 minutes)
	@$(BIN)/python -m pytest -m "long or not long" --write-page --capture=no \
	  tests/chaos tests/acceptance/test_upgrades.py $(PYTEST_ARGS)

alerts: $(DEVELOPING) ## Let Prometheus watch a service, each fault fire its alert, and cameras go bad; skipped without Debian's prometheus (6 minutes)
	@$(BIN)/python -m pytest -m "long or not long" tests/alerts tests/acceptance/test_drift.py $(PYTEST_ARGS)

check: $(DEVELOPING) ## ruff with its security rules, mypy strict, import rules, serve_config.yaml, licences
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/facegraph check-config
	@$(BIN)/python -m dependencies.licences

audit: $(DEVELOPING) ## Ask PyPI for known holes of what is installed; write docs/licences.md
	@$(BIN)/python -m dependencies.licences --write
	@$(BIN)/python -m dependencies.vulnerabilities

bench: $(DEVELOPING) ## Measure all layers beside their rivals, write PERFORMANCE.md (15 minutes; BENCH_ARGS=--quick: 3)
	@$(BIN)/python -m benchmarks.performance $(BENCH_ARGS)

bench-gallery: $(DEVELOPING) ## Measure the database alone with a gallery of a million (half an hour)
	@$(BIN)/python -m benchmarks.performance.database --people 1000000 $(BENCH_ARGS)

bench-guard: $(DEVELOPING) ## Compare a new, quick run with the one kept, by its ratios; fail on a loss
	@$(BIN)/python -m benchmarks.performance.guard $(BENCH_ARGS)

bench-bounds: setup ## Measure what a service takes: start, idle, memory, CPU a request (two minutes)
	@$(BIN)/python -m benchmarks.bounds

bench-embedder: setup ## Measure the pipeline against what people have without it (five minutes)
	@$(BIN)/python -m benchmarks.embedder $(BENCH_ARGS)

bench-models: $(DEVELOPING) ## Measure every pack at hand and write docs/models.md (ten minutes)
	@$(BIN)/python -m benchmarks.models $(BENCH_ARGS)

bench-gpu: setup ## Measure the CUDA path where there is a GPU; status 2 where there is none
	@$(BIN)/python -m benchmarks.gpu $(BENCH_ARGS)

load: $(DEVELOPING) ## Put load on a service of its own: ramp, spike, soak, mixed; hold its bounds (30 minutes)
	@$(BIN)/python -m benchmarks.load $(LOAD_ARGS)

format: $(DEVELOPING) ## Let ruff format and mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: ## Compile requirements/*.in to *.txt (needs uv)
	@for name in runtime dev build gpu; do \
	  uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header \
	    --no-annotate --no-emit-package opencv-python --no-emit-package openvino-telemetry \
	    --output-file requirements/$$name.txt requirements/$$name.in || exit 1; done

clean: ## Remove what the verbs made, the data directory excepted
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage* htmlcov

# insightface asks for opencv-python, which overwrites opencv-python-headless, and openvino for a
# package that reports usage to its maker: the compiled lists leave both out and are complete, so
# nothing else is resolved here (--no-deps).
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python >= 3.11 is needed") if sys.version_info < (3, 11) else 0'
	@$(PYTHON) -m venv $(VENV)

$(INSTALLED): requirements/runtime.txt requirements/build.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what a service needs; the first time takes minutes ..."
	@$(PIP) --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	@$(PIP) --no-build-isolation --editable .
	@touch $@

$(DEVELOPING): requirements/dev.txt $(INSTALLED)
	@echo "Installing what the tests need ..."
	@$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@
