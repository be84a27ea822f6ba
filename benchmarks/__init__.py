"""Speed, measured against peers: `make bench`. Results are in README.md beside this file."""
