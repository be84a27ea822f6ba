"""Speed, against peers and against bars: `make bench`. README.md, beside this file, has the results."""
