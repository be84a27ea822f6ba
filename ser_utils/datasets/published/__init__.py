"""Published corpora, a file for each (or for each release of several).

A file that is put here is known: it describes one `CORPUS`, or several `CORPORA`.
"""

from importlib import import_module
from pkgutil import iter_modules

_MODULES = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]

#: All of them, in the order of the names of their files.
PUBLISHED = tuple(
    corpus
    for module in _MODULES
    for corpus in (module.CORPORA if hasattr(module, "CORPORA") else (module.CORPUS,))
)
