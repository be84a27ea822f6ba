"""The commands of `python -m ser_utils`, a module a topic.

Each module has a function `add` for the parsers of its commands, and a function that runs each of
them. These import what they need themselves, so that help and mistakes answer at once.
"""
