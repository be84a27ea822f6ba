# bootstrap.py makes .venv on first use, and runs what is asked for in it: only Python (with venv and
# pip) and make have to be there. Without make: `python3 bootstrap.py tutorial`, and so on.

PYTHON ?= python3
RUN := $(PYTHON) bootstrap.py

# SER_DATA, SER_CACHE, ON_ERROR and TORCH_INDEX reach every command through the environment.
PAIR = $(if $(SOURCE),--source "$(SOURCE)") $(if $(TARGET),--target "$(TARGET)") \
	$(if $(TASK),--task "$(TASK)")

SUMMARISE = $(RUN) summarise --readme README.md --headline results/headline.json > /dev/null

.DEFAULT_GOAL := help
# A target uses every core by itself, and two of a fresh clone would both install into .venv.
.NOTPARALLEL:
.PHONY: help tutorial student teacher site explore data slides doctor lab test test-browser stress \
	notebooks reproduce batch-norm sensitivity invariance speakers alignments ladder validators \
	search bench lint clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo 'Variables: SER_DATA=folder of corpora, SOURCE=corpus TARGET=corpus TASK=arousal|valence'
	@echo '           ON_ERROR=skip to leave bad files out, TORCH_INDEX=index that has torch,'
	@echo '           SYSTEMS="baseline dann" to explore'
	@echo 'As in:     make tutorial SER_DATA=~/corpora SOURCE=ravdess TARGET=emodb TASK=valence'

tutorial:  ## Execute the notebooks in order into build/tutorial/index.html
	@$(RUN) tutorial $(PAIR)

student:  ## Write the notebooks without solutions into build/student
	@$(RUN) student

teacher:  ## Execute them with solutions and expected answers into build/teacher
	@$(RUN) teacher $(PAIR)

site:  ## Make a site of the stored notebooks, the texts and the package in build/site/index.html
	@$(RUN) site

explore:  ## Look at and listen to embeddings in build/explore/index.html
	@$(RUN) explore $(PAIR) $(if $(SYSTEMS),--systems $(SYSTEMS))

data:  ## Download RAVDESS and EMO-DB, once you accept their licences: the tutorial takes them
	@$(RUN) data

slides:  ## Build the slides of the series into build/slides
	@$(RUN) slides

doctor:  ## Check this computer, and say what to do about what is wrong
	@$(RUN) doctor

lab:  ## Open the notebooks in JupyterLab
	@$(RUN) lab

test:  ## Run the tests, but for those that need real corpora or a browser
	@$(RUN) test

test-browser:  ## Run the tests that need a browser, which is Chromium
	@$(RUN) test-browser

stress:  ## Look for hangs, damaged files without an error, what kills leave: two hours
	@$(RUN) python tests/stress/hangs.py
	@$(RUN) python -m tests.stress.fuzz
	@$(RUN) python -m tests.stress.kills

notebooks:  ## Execute and rewrite the notebooks that are committed
	@$(RUN) notebooks $(PAIR)

reproduce:  ## Train every system on every pair into results/reproduction.csv
	@$(RUN) reproduce
	@$(SUMMARISE)
	@$(RUN) reproduce --protocol inductive --seeds 5 --normalise source \
		--methods baseline dann dann_5_1 --batch-norm source joint --out results/inductive.csv
	@$(RUN) summarise results/inductive.csv > /dev/null

batch-norm:  ## Train every composition of batch norm into results/batch_norm.csv
	@$(RUN) reproduce --methods baseline dann --seeds 5 \
		--batch-norm none source target joint separate domain layer --statistics running target \
		--out results/batch_norm.csv
	@$(RUN) summarise results/batch_norm.csv > /dev/null

sensitivity:  ## Vary the settings that nobody tuned into results/sensitivity.csv
	@$(RUN) sensitivity

invariance:  ## Measure what embeddings hold, after reproduce: results/invariance.csv
	@$(RUN) invariance
	@$(SUMMARISE)

speakers:  ## Ask how many utterances of a speaker are enough: results/speaker_utterances.csv
	@$(RUN) speaker-utterances

alignments:  ## Train every other alignment into results/alignments.csv
	@$(RUN) reproduce --batch-norm joint --seeds 5 --out results/alignments.csv \
		--methods bounded dann_5_1 mmd coral cdan cdan_e mcc confusion wasserstein

ladder:  ## Train what else it needs, after reproduce, into results/ladder.csv
	@$(RUN) reproduce --normalise speaker --methods baseline dann_5_1 \
		--batch-norm source joint --seeds 5 --out results/speaker.csv
	@$(RUN) reproduce --leave-one-language-out --normalise source speaker \
		--methods baseline dann_1_0.3 dann_1_1 dann_5_0.3 dann_5_1 --batch-norm source joint \
		--seeds 5 --out results/languages.csv
	@$(RUN) ladder

validators:  ## Ask what would have chosen well without labels: results/validators.csv
	@$(RUN) validators

search:  ## Choose learning rate and dropout without target labels: results/search.csv
	@$(RUN) search

bench: benchmarks/.venv/.installed  ## Measure speed against peers, into benchmarks/README.md
	@benchmarks/.venv/bin/python -m benchmarks

lint:  ## Check the code, the prose, and the notebooks (without executing them)
	@$(RUN) lint

clean:  ## Remove what was built, but for .venv and the caches of features
	rm -rf build dist .pytest_cache .ruff_cache .hypothesis
	find ser_utils tests benchmarks -path benchmarks/.venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

benchmarks/.venv/.installed: benchmarks/requirements.txt pyproject.toml constraints.txt
	@echo 'Installing into benchmarks/.venv; this takes some minutes and some GB.'
	@$(PYTHON) -m venv benchmarks/.venv
	@benchmarks/.venv/bin/python -m pip install --quiet --disable-pip-version-check \
		-r benchmarks/requirements.txt
	@touch $@
