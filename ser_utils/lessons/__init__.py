"""What only the notebooks use: toy data, checks of the exercises, the mark of the result."""
