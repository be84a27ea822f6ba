"""The published corpora: a file each, with the layout of its official release."""
