"""Commands on corpora: list, download and check them."""

import argparse
import os
from pathlib import Path

from ser_utils.commands import add_on_error, file_name
from ser_utils.files import write_text


def add(commands: argparse._SubParsersAction) -> None:
    """Add `datasets`, `data`, `download`, `check` and `audit`."""
    command = commands.add_parser("datasets", help="list the corpora, and how to get them")
    command.set_defaults(run=_datasets)

    command = commands.add_parser("data", help="download the two corpora of the tutorial")
    _add_acceptance(command)
    command.set_defaults(run=_data)

    command = commands.add_parser("download", help="download corpora, where their licence allows")
    command.add_argument("names", nargs="+", help="as listed by datasets")
    _add_acceptance(command)
    command.set_defaults(run=_download)

    command = commands.add_parser("check", help="read every file of a corpus, and report")
    command.add_argument("corpus", help="a name, a folder, or a table (CSV or Parquet)")
    other = "a second one: report what tells them apart by itself"
    command.add_argument("other", nargs="?", help=other)
    page = "write the report as a page"
    command.add_argument("--html", type=file_name, metavar="FILE", help=page)
    command.add_argument("--json", type=file_name, metavar="FILE", help="write it for a program")
    add_on_error(command)
    command.set_defaults(run=_check)

    command = commands.add_parser("audit", help="check several corpora, and compare each two")
    command.add_argument("names", nargs="+", help="names, folders or tables, as for check")
    out = Path("results/audit.md")
    command.add_argument("--out", type=file_name, default=out, metavar="FILE", help=f"({out})")
    add_on_error(command)
    command.set_defaults(run=_audit)


def _add_acceptance(command: argparse.ArgumentParser) -> None:
    accept = "accept the licences, which are shown"
    command.add_argument("--accept-licence", "--yes", action="store_true", help=accept)


def _datasets(options: argparse.Namespace) -> None:
    from ser_utils import datasets

    print(datasets.overview())


def _data(options: argparse.Namespace) -> int:
    from ser_utils.datasets import registry
    from ser_utils.datasets.download import downloads

    if not downloads.download(registry.REAL_PAIR, options.accept_licence):
        return 1
    kept = ", as long as SER_DATA says so" if os.environ.get("SER_DATA") else ""
    print(f"`make tutorial`, or `ser-utils tutorial`, now runs on real speech{kept}.")
    return 0


def _download(options: argparse.Namespace) -> int:
    from ser_utils.datasets.download import downloads

    return int(not downloads.download(options.names, options.accept_licence))


def _check(options: argparse.Namespace) -> int:
    from ser_utils.datasets import audit

    report = audit.check(options.corpus, on_error=options.on_error)
    if options.other is not None:
        report = audit.compare(report, audit.check(options.other, on_error=options.on_error))
    for path, write in ((options.html, report.html), (options.json, report.json)):
        if path:
            write_text(path, write())
    print(report.text())
    return report.severity


def _audit(options: argparse.Namespace) -> None:
    from ser_utils.datasets.audit import document

    write_text(options.out, document.write(options.names, options.on_error))
    print(options.out)
