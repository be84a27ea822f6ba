"""Experiments: many trainings, the files they fill row by row, and what these say.

- `systems`: the table of the systems that are compared;
- `grid`: every combination of corpora, tasks, systems and seeds; `scoring`: one of them is trained
  and scored; `search`, `sensitivity`, `invariance`: other questions to the same grid;
- `runs`: an experiment runs in parallel and goes on where it was stopped; `parallel`: on all cores,
  or on a cluster; `streamed`: files that grow by a row; `provenance`: how a file came about;
- `result_rows`: the results of a grid as read; `resampling`: how sure they are; `summary`: the
  gains; `paper_table`: these as a table to print.
"""
