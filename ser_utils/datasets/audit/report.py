"""The report on a corpus: for a terminal, as a page, and for a program."""

import html
import json
from dataclasses import asdict, dataclass
from importlib import resources
from string import Template

import pandas as pd

from ser_utils.audio import printable
from ser_utils.datasets.audit.findings import Finding

_MOST_NAMED = 5
_TITLES = {
    "durations": "Durations (s)",
    "formats": "Formats",
    "speakers": "Utterances by speaker and emotion",
}


@dataclass(frozen=True)
class Report:
    """What a check found."""

    name: str  # the corpus as it was given
    table: pd.DataFrame  # its table, or one with the column `path` only
    files: pd.DataFrame  # one row per file, as `reading.inspect` describes it
    findings: list[Finding]  # errors first

    @property
    def severity(self) -> int:
        """0 if there is no finding, 1 if there are warnings, 2 if there are errors."""
        return max((finding.severity for finding in self.findings), default=0)

    @property
    def headline(self) -> str:
        """The corpus in a line."""
        kinds = [finding.kind for finding in self.findings]
        return (
            f"{self.name}: {len(self.table)} utterances, {self._hours:.2f} hours; "
            f"errors: {kinds.count('error')}, warnings: {kinds.count('warning')}"
        )

    @property
    def _hours(self) -> float:
        return float(self.files["seconds"].sum()) / 3600

    def sections(self) -> dict[str, pd.DataFrame]:
        """Tables of numbers and counts, by name."""
        files = self.files.dropna(subset="seconds")
        found = {}
        if len(files):
            statistics = files["seconds"].agg(["min", "median", "mean", "max"])
            found["durations"] = statistics.round(2).to_frame().T
            formats = files.groupby(["sampling_rate", "channels", "format"])
            found["formats"] = formats.size().rename("files").reset_index()
        if {"speaker", "emotion"} <= set(self.table):
            found["speakers"] = pd.crosstab(
                self.table["speaker"].map(printable),
                self.table["emotion"].map(printable).replace("", "(none)"),
                margins=True,
                margins_name="all",
            )
        return found

    def text(self) -> str:
        """Write the report for a terminal; at most five files are named for a finding."""
        lines = [self.headline]
        for finding in self.findings:
            lines += ["", printable(f"{finding.kind}: {finding.message}")]
            lines += [f"  {printable(place)}" for place in finding.where[:_MOST_NAMED]]
            if (rest := len(finding.where) - _MOST_NAMED) > 0:
                lines.append(f"  and {rest} more, which --html and --json list")
        for name, table in self.sections().items():
            lines += ["", _TITLES[name], table.to_string(index=_has_row_names(table))]
        return "\n".join(lines)

    def html(self) -> str:
        """Write the report as a page of its own."""
        body = [f"<h1>{_escaped(self.headline)}</h1>"]
        for finding in self.findings:
            summary = f"<strong>{finding.kind}</strong>: {_escaped(finding.message)}"
            places = "".join(f"<li>{_escaped(place)}</li>" for place in finding.where)
            body.append(f"<details><summary>{summary}</summary><ul>{places}</ul></details>")
        for name, table in self.sections().items():
            rows = table.rename_axis(index=None, columns=None).to_html(
                border=0, index=_has_row_names(table)
            )
            body.append(f"<h2>{_TITLES[name]}</h2><div>{rows}</div>")
        page = Template(resources.files(__package__).joinpath("page.html").read_text("utf-8"))
        return page.substitute(title=_escaped(self.name), body="\n".join(body))

    def json(self) -> str:
        """Write everything, every file included, for a program."""
        report = {
            "name": self.name,
            "severity": self.severity,
            "findings": [asdict(finding) for finding in self.findings],
            "utterances": len(self.table),
            "hours": self._hours,
            **{
                name: table.reset_index(drop=not _has_row_names(table)).to_dict("records")
                for name, table in self.sections().items()
            },
            "files": self.files.astype(object).where(self.files.notna(), None).to_dict("records"),
        }
        return json.dumps(report, indent=1)


def _has_row_names(table: pd.DataFrame) -> bool:
    return table.index.name is not None


def _escaped(text: str) -> str:
    return html.escape(printable(text))
