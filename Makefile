# Everything runs in .venv, which is made on first use: only python3 (with venv and pip) and make
# have to be there.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
INSTALLED_BROWSER := $(VENV)/.installed-browser

# SER_DATA, SER_CACHE and ON_ERROR reach every command through the environment.
PAIR = $(if $(SOURCE),--source "$(SOURCE)") $(if $(TARGET),--target "$(TARGET)") \
	$(if $(TASK),--task "$(TASK)")

SUMMARISE = $(BIN)/python -m ser_utils summarise --readme README.md \
	--headline results/headline.json > /dev/null

.DEFAULT_GOAL := help
.PHONY: help tutorial explore lab test test-browser stress notebooks reproduce batch-norm sensitivity \
	invariance alignments ladder validators search bench lint clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo 'Variables: SER_DATA=folder of corpora, SOURCE=corpus TARGET=corpus TASK=arousal|valence'
	@echo '           ON_ERROR=skip to leave bad files out'
	@echo 'As in:     make tutorial SER_DATA=~/corpora SOURCE=ravdess TARGET=emodb TASK=valence'

tutorial: $(INSTALLED)  ## Execute the notebooks in order into build/tutorial/index.html
	@$(BIN)/python -m ser_utils tutorial $(PAIR)

explore: $(INSTALLED)  ## Look at and listen to embeddings in a browser
	@$(BIN)/python -m ser_utils explore $(PAIR)

lab: $(INSTALLED)  ## Open the notebooks in JupyterLab
	@SER_DATA="$$($(BIN)/python -c 'from ser_utils import files; print(files.data_folder())')" && \
		export SER_DATA && $(BIN)/jupyter-lab --notebook-dir=notebooks

test: $(INSTALLED)  ## Run the tests, but for those that need real corpora or a browser
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "not corpora and not browser"

test-browser: $(INSTALLED_BROWSER)  ## Run the tests that need a browser, which is Chromium
	@$(BIN)/python -m pytest tests/browser -m browser

stress: $(INSTALLED)  ## Look for hangs, damaged files without an error, what kills leave: two hours
	@$(BIN)/python tests/stress/hangs.py
	@$(BIN)/python -m tests.stress.fuzz
	@$(BIN)/python -m tests.stress.kills

notebooks: $(INSTALLED)  ## Execute and rewrite the notebooks that are committed
	@$(BIN)/python -m ser_utils notebooks $(PAIR)

reproduce: $(INSTALLED)  ## Train every system on every pair into results/reproduction.csv
	@$(BIN)/python -m ser_utils reproduce
	@$(SUMMARISE)
	@$(BIN)/python -m ser_utils reproduce --protocol inductive --seeds 5 --normalise source \
		--methods baseline dann dann_5_1 --batch-norm source joint --out results/inductive.csv
	@$(BIN)/python -m ser_utils summarise results/inductive.csv > /dev/null

batch-norm: $(INSTALLED)  ## Train every composition of batch norm into results/batch_norm.csv
	@$(BIN)/python -m ser_utils reproduce --methods baseline dann --seeds 5 \
		--batch-norm none source target joint separate domain layer --statistics running target \
		--out results/batch_norm.csv
	@$(BIN)/python -m ser_utils summarise results/batch_norm.csv > /dev/null

sensitivity: $(INSTALLED)  ## Vary the settings that nobody tuned into results/sensitivity.csv
	@$(BIN)/python -m ser_utils sensitivity

invariance: $(INSTALLED)  ## Measure what embeddings hold, after reproduce: results/invariance.csv
	@$(BIN)/python -m ser_utils invariance
	@$(SUMMARISE)

alignments: $(INSTALLED)  ## Train every other alignment into results/alignments.csv
	@$(BIN)/python -m ser_utils reproduce --batch-norm joint --seeds 5 --out results/alignments.csv \
		--methods bounded dann_5_1 mmd coral cdan cdan_e mcc confusion wasserstein

ladder: $(INSTALLED)  ## Train what else it needs, after reproduce, into results/ladder.csv
	@$(BIN)/python -m ser_utils reproduce --normalise speaker --methods dann_5_1 \
		--batch-norm joint --seeds 5 --out results/speaker.csv
	@$(BIN)/python -m ser_utils reproduce --leave-one-language-out --normalise source speaker \
		--methods baseline dann_1_0.3 dann_1_1 dann_5_0.3 dann_5_1 --batch-norm source joint \
		--seeds 5 --out results/languages.csv
	@$(BIN)/python -m ser_utils ladder

validators: $(INSTALLED)  ## Ask what would have chosen well without labels: results/validators.csv
	@$(BIN)/python -m ser_utils validators

search: $(INSTALLED)  ## Choose learning rate and dropout without target labels: results/search.csv
	@$(BIN)/python -m ser_utils search

bench: benchmarks/.venv/.installed  ## Measure speed against peers, into benchmarks/README.md
	@benchmarks/.venv/bin/python -m benchmarks

lint: $(INSTALLED)  ## Check the code, its format, and the notebooks (without executing them)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/python -m ser_utils check-notebooks

clean:  ## Remove what was built, but for .venv and the caches of features
	rm -rf build dist .pytest_cache .ruff_cache .hypothesis
	find ser_utils tests benchmarks -path benchmarks/.venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

benchmarks/.venv/.installed: benchmarks/requirements.txt pyproject.toml constraints.txt
	@echo 'Installing into benchmarks/.venv; this takes some minutes and some GB.'
	@$(PYTHON) -m venv benchmarks/.venv
	@benchmarks/.venv/bin/python -m pip install --quiet --disable-pip-version-check \
		-r benchmarks/requirements.txt
	@touch $@

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'Python 3.11 or newer is needed. If you have it under another name, say so:' >&2; \
		echo '    make PYTHON=python3.12 ...' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || { \
		echo 'The modules venv and ensurepip of Python are needed.' >&2; \
		echo 'On Debian or Ubuntu: sudo apt install python3-venv' >&2; exit 1; }
	@echo 'Installing into $(VENV); the first time this takes some minutes and some GB.'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		-c constraints.txt -e '.[notebooks,test,cluster,audformat,huggingface]'
	@# Numba compiles what UMAP imports once: now, and not while somebody waits for a map.
	@$(BIN)/python -c 'import umap'
	@touch $@

$(INSTALLED_BROWSER): $(INSTALLED)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		-c constraints.txt -e '.[browser]'
	@touch $@
