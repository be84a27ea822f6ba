"""What serves the notebooks: toy data, choices, checks of exercises, tables, the result."""
