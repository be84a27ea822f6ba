"""What an audit has to say: how bad it is, what it is, what to do, and which recordings it is."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

#: Severities; that of the worst finding is the exit status of the command.
NOTE, WARNING, ERROR = 0, 1, 2
KINDS = ("note", "warning", "error")


class Case(NamedTuple):
    """One of the cases of a finding."""

    what: str  # names files by their paths, if it names them
    files: list[str]  # to hear, or to leave out


@dataclass(frozen=True)
class Finding:
    """Something to know about a corpus."""

    severity: int  # `ERROR` for what has to be mended, `NOTE` for what is only to be known
    what: str
    mend: str = ""  # what to do about it
    where: list[Case] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Whether it is an "error", a "warning" or a "note"."""
        return KINDS[self.severity]


def each(files: Iterable[str]) -> list[Case]:
    """Make each file a case of its own."""
    return [Case(file, [file]) for file in files]
