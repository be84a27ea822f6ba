"""Unsupervised cross-lingual speech emotion recognition with a DANN, step by step."""

__version__ = "0.1.0"
