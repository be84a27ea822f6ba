"""Speed, against peers and bars: `make bench`. README.md beside this file holds the results."""
