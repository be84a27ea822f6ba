"""The report on a corpus: for a terminal, as a page that plays, and for a program."""

import html
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from importlib import resources
from pathlib import Path
from string import Template

import pandas as pd

from ser_utils.audio import printable
from ser_utils.datasets.audit.finding import KINDS, Case, Finding
from ser_utils.datasets.audit.measures import MEASURES
from ser_utils.datasets.audit.reading import VECTORS

_MOST_NAMED = 5
#: Recordings that can be heard in a case.
_MOST_HEARD = 3
_TITLES = {
    "between": "What tells the corpora apart",
    "durations": "Durations (s)",
    "formats": "Formats",
    "measures": "Measures",
    "speakers": "Utterances by speaker and emotion",
}


@dataclass(frozen=True)
class Report:
    """What a check found."""

    name: str  # the corpus as it was given
    table: pd.DataFrame  # its table, or one with the column `path` only
    files: pd.DataFrame  # one row per file, as `reading.inspect` describes it
    findings: list[Finding]  # errors first
    more: dict[str, pd.DataFrame] = field(default_factory=dict)  # other sections

    @property
    def severity(self) -> int:
        """0 if there is nothing but notes, 1 if there are warnings, 2 if there are errors."""
        return max((finding.severity for finding in self.findings), default=0)

    @property
    def headline(self) -> str:
        """The corpus in a line."""
        found = [finding.kind for finding in self.findings]
        counts = ", ".join(f"{kind}s: {found.count(kind)}" for kind in reversed(KINDS))
        return f"{self.name}: {len(self.table)} utterances, {self._hours:.2f} hours; {counts}"

    @property
    def _hours(self) -> float:
        return float(self.files["seconds"].sum()) / 3600

    def sections(self) -> dict[str, pd.DataFrame]:
        """Tables of numbers and counts, by name."""
        files = self.files.dropna(subset="seconds")
        found = dict(self.more)
        if len(files):
            statistics = files["seconds"].agg(["min", "median", "mean", "max"])
            found["durations"] = statistics.round(2).to_frame().T
            formats = files.groupby(["sampling_rate", "channels", "format"])
            found["formats"] = formats.size().rename("files").reset_index()
        if len(measured := files[files["error"].isna()]):
            found["measures"] = _quantiles(measured)
        if {"speaker", "emotion"} <= set(self.table):
            found["speakers"] = pd.crosstab(
                self.table["speaker"].map(printable),
                self.table["emotion"].map(printable).replace("", "(none)"),
                margins=True,
                margins_name="all",
            )
        return found

    def text(self) -> str:
        """Write the report for a terminal; at most five cases of a finding are named."""
        lines = [self.headline]
        for finding in self.findings:
            lines += ["", printable(f"{finding.kind}: {finding.what}")]
            lines += [f"  {printable(case.what)}" for case in finding.where[:_MOST_NAMED]]
            if (rest := len(finding.where) - _MOST_NAMED) > 0:
                lines.append(f"  and {rest} more, which --html and --json list")
            if finding.mend:
                lines.append(f"  To do: {printable(finding.mend)}")
        for name, table in self.sections().items():
            lines += ["", _TITLES[name], table.to_string(index=_has_row_names(table))]
        return "\n".join(lines)

    def html(self) -> str:
        """Write the report as a page of its own, which plays recordings from where they are."""
        body = [f"<h1>{_escaped(self.headline)}</h1>"]
        for finding in self.findings:
            summary = f"<strong>{finding.kind}</strong>: {_escaped(finding.what)}"
            cases = "".join(f"<li>{''.join(_heard(case))}</li>" for case in finding.where)
            mend = f"<p>{_escaped(finding.mend)}</p>" if finding.mend else ""
            body.append(f"<details><summary>{summary}</summary>{mend}<ul>{cases}</ul></details>")
        for name, table in self.sections().items():
            rows = table.rename_axis(index=None, columns=None).to_html(
                border=0, index=_has_row_names(table)
            )
            body.append(f"<h2>{_TITLES[name]}</h2><div>{rows}</div>")
        page = Template(resources.files(__package__).joinpath("page.html").read_text("utf-8"))
        return page.substitute(title=_escaped(self.name), body="\n".join(body))

    def json(self) -> str:
        """Write everything, every file included, for a program."""
        files = self.files.drop(columns=[*VECTORS])
        report = {
            "name": self.name,
            "severity": self.severity,
            "findings": [
                asdict(finding) | {"where": [case._asdict() for case in finding.where]}
                for finding in self.findings
            ],
            "utterances": len(self.table),
            "hours": self._hours,
            **{
                name: table.reset_index(drop=not _has_row_names(table)).to_dict("records")
                for name, table in self.sections().items()
            },
            "files": files.astype(object).where(files.notna(), None).to_dict("records"),
        }
        return json.dumps(report, indent=1)

    def markdown(self) -> str:
        """Write what was found for a document: without sound, and without paths of this machine."""
        lines = [f"### {self.headline}", ""]
        for finding in self.findings:
            lines.append(f"- **{finding.kind}**: {finding.what}. {finding.mend}".rstrip())
            lines += [f"    - {_without_folders(case)}" for case in finding.where[:_MOST_NAMED]]
            if (rest := len(finding.where) - _MOST_NAMED) > 0:
                lines.append(f"    - and {rest} more")
        if "measures" in (sections := self.sections()):
            lines += ["", sections["measures"].to_markdown(index=False)]
        return "\n".join(lines)


def _quantiles(files: pd.DataFrame) -> pd.DataFrame:
    """Return the median of each measure, and what 90 of 100 files lie between."""
    rows = []
    for name, measure in MEASURES.items():
        numbers = files[name].astype(float).quantile([0.05, 0.5, 0.95])
        unit = f" ({measure.unit})" if measure.unit else ""
        rows.append([measure.title + unit, *(f"{number:{measure.style}}" for number in numbers)])
    return pd.DataFrame(rows, columns=["measure", "5 %", "median", "95 %"])


def _without_folders(case: Case) -> str:
    text = case.what
    for file in case.files:
        text = text.replace(file, Path(file).name)
    return text


def _heard(case: Case) -> Iterator[str]:
    yield _escaped(case.what)
    for file in case.files[:_MOST_HEARD]:
        source = html.escape(Path(file).absolute().as_uri())
        yield f'<br><audio controls preload="none" src="{source}"></audio>'


def _has_row_names(table: pd.DataFrame) -> bool:
    return table.index.name is not None


def _escaped(text: str) -> str:
    return html.escape(printable(text))
