"""Experiments: many trainings, the files they fill row by row, and what these say.

- `systems`: the table of the systems that are compared;
- `grid`: every combination of corpora, tasks, systems and seeds; `scoring`: one of them is trained
  and scored; `search`, `sensitivity`, `invariance`, `speaker_utterances`: other questions to it;
- `runs`: an experiment runs in parallel and goes on where it was stopped; `parallel`: on all cores,
  or on a cluster; `streamed`: files that grow by a row; `provenance`: how a file came about;
- `result_rows`: the results of a grid as read; `selection`: which DANN a rule without target labels
  chooses; `validators`: what else could choose, and how well it would have; `resampling`: how sure
  the results are; `summary`: the gains of one system over another; `standings`: all systems;
  `ladder`: from the plainest to the ceiling; `paper_table`: tables to print.
"""
