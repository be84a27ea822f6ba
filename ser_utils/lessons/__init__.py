"""What only the notebooks use: toy data, and the checks of their exercises."""
