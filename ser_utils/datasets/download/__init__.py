"""Fetching corpora: licence first, checked before unpacking, whole or absent."""
