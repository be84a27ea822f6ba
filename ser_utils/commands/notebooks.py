"""Commands on the notebooks: execute, open or hand them out; rewrite and check those committed."""

import argparse
import os
import sys
from pathlib import Path

from ser_utils.commands import add_pair
from ser_utils.files import folders, in_checkout


def add(commands: argparse._SubParsersAction) -> None:
    """Add what runs, writes, shows or checks notebooks."""
    command = commands.add_parser("tutorial", help="execute the notebooks into HTML pages")
    add_pair(command)
    _add_folders(command, "build/tutorial")
    command.set_defaults(run=_tutorial)

    command = commands.add_parser("slides", help="build the slides of the series")
    _add_out(command, "build/slides")
    command.set_defaults(run=_slides)

    command = commands.add_parser("student", help="write the notebooks without solutions")
    _add_folders(command, "build/student")
    command.set_defaults(run=_student)

    command = commands.add_parser("teacher", help="execute them with solutions and notes")
    add_pair(command)
    _add_folders(command, "build/teacher")
    command.set_defaults(run=_teacher)

    command = commands.add_parser("site", help="make a site of the series as it is stored")
    _add_out(command, "build/site")
    command.set_defaults(run=_site)

    command = commands.add_parser("lab", help="open the notebooks in JupyterLab")
    _add_folder(command)
    command.set_defaults(run=_lab)

    command = commands.add_parser("notebooks", help="execute and rewrite the committed notebooks")
    command.add_argument("names", nargs="*", help="as in 01 or 01_features (default: all)")
    command.add_argument(
        "--text", action="store_true", help="rewrite quiz and text alone; execute nothing"
    )
    add_pair(command)
    _add_folder(command)
    command.set_defaults(run=_notebooks)

    command = commands.add_parser("check-notebooks", help="check the committed notebooks")
    _add_folder(command)
    command.set_defaults(run=_check_notebooks)


def _add_folder(command: argparse.ArgumentParser) -> None:
    command.add_argument("--folder", type=Path, help="where the notebooks are")


def _add_folders(command: argparse.ArgumentParser, out: str) -> None:
    _add_folder(command)
    _add_out(command, out)


def _add_out(command: argparse.ArgumentParser, out: str) -> None:
    command.add_argument(
        "--out", type=Path, default=Path(out), help="folder to write (default: %(default)s)"
    )


def _folder(options: argparse.Namespace) -> Path:
    return options.folder or in_checkout("notebooks")


def _tutorial(options: argparse.Namespace) -> int:
    from ser_utils.pages import parameters, tutorial

    folder = _folder(options)
    chosen = parameters.resolve(options.source, options.target, options.task, options.on_error)
    return tutorial.build(chosen, folder, options.out, parameters.left_out(chosen))


def _site(options: argparse.Namespace) -> None:
    from ser_utils.pages import site

    site.build(in_checkout("README.md").parent, options.out)


def _slides(options: argparse.Namespace) -> None:
    from ser_utils.pages import slides

    slides.build(options.out)


def _student(options: argparse.Namespace) -> None:
    from ser_utils.pages import classroom

    classroom.for_students(_folder(options), options.out)


def _teacher(options: argparse.Namespace) -> int:
    from ser_utils.pages import classroom, parameters

    chosen = parameters.resolve(options.source, options.target, options.task, options.on_error)
    return classroom.for_teachers(chosen, _folder(options), options.out)


def _lab(options: argparse.Namespace) -> None:
    from jupyterlab.labapp import LabApp

    os.environ.update(folders())  # the kernels start in the folder of the notebooks
    LabApp.launch_instance([f"--ServerApp.root_dir={_folder(options).resolve()}"])


def _notebooks(options: argparse.Namespace) -> int:
    from ser_utils.pages import committed, parameters, sources

    folder = _folder(options)
    if options.text:
        for py in committed.named(sources.find(folder), options.names):
            committed.retell(py)
        return 0
    chosen = parameters.resolve(options.source, options.target, options.task, options.on_error)
    return committed.rewrite(chosen, folder, options.names)


def _check_notebooks(options: argparse.Namespace) -> int:
    from ser_utils.pages import committed

    problems = committed.check(_folder(options))
    print(*problems, sep="\n", file=sys.stderr, end="\n" if problems else "")
    return int(bool(problems))
