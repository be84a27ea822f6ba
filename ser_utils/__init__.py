"""Unsupervised cross-lingual speech emotion recognition with a DANN, step by step.

The files of this folder are the core, in the order of one utterance's way through it:

=================== ================================================================================
`datasets`          a wav on disk becomes a row of a table: corpus, language, speaker, emotion
`labels`            emotions and ratings become the two classes of a task
`audio`             the file becomes samples, or an error that says what is wrong with it
`features`          samples become eGeMAPS functionals or a log-mel spectrogram, kept in a cache
`utterances`        features with labels or without, and their standardisation
`domains`           a labelled source and an unlabelled target become a pair to adapt between
`gradient_reversal` the layer that DANN is named for, and the schedules of its strength
`batch_norm`        which rows of a batch share statistics
`models`            encoders with an emotion head
`alignment`         penalties that pull the embeddings of source and target together
`batches`           which rows are trained on together
`training`          one loop for every system
`trained`           what came out of it: predicts, embeds, is saved and loaded
`metrics`           recalls, and a number with its interval
`evaluation`        two systems compared on the target
`prediction`        recordings that belong to no corpus
=================== ================================================================================

They stand on `errors`, `settings` (the hyper-parameters), `files` (where data and caches are) and
`fast` (shortcuts that give the same numbers sooner). Around the core are the wings:

============= ======================================================================================
`datasets`    corpora to tables: published ones, synthetic ones, your own; downloads, checks
`embeddings`  maps of embeddings, and measures of the language, emotion and speaker in them
`experiments` grids of trainings, their results, summaries and provenance
`figures`     static figures
`lessons`     what serves the notebooks
`widgets`     what moves and sounds in a notebook
`pages`       notebooks as files and as pages
`commands`    `python -m ser_utils`, which `ser-utils` is short for
============= ======================================================================================

A file imports only from those further down in this list of layers: commands, pages, widgets,
lessons, figures, experiments, the core from `prediction` up to `features`, with embeddings below
`training`, datasets. CONTRIBUTING.md draws it.
"""

import os

__version__ = "0.1.0"

if not os.access(os.path.join(os.path.expanduser("~"), ""), os.W_OK):  # a folder, not a file
    from ser_utils.files import keep_caches_without_a_home

    keep_caches_without_a_home()  # before anything imports the libraries that it is about
