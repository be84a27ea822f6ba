"""A page that Bokeh draws on and scripts answer on: one file, without a kernel or a network."""

import json
from importlib import resources

import jinja2
from bokeh.document import Document
from bokeh.embed import file_html
from bokeh.resources import INLINE


def page(document: Document, kind: str, title: str, data: dict, **variables: object) -> str:
    """Write a page of one `kind`, the folder of its template and scripts, HTML.

    Scripts read `data`, templates `variables`.
    """
    here = resources.files(__package__)
    own = (each for each in here.joinpath(kind).iterdir() if each.name.endswith(".js"))
    scripts = [here.joinpath("shared.js"), *sorted(own, key=lambda each: each.name)]
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ser_utils", "widgets"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return file_html(
        document,
        INLINE,
        title=title,
        template=environment.get_template(f"{kind}/page.html.j2"),
        template_variables={
            **variables,
            "style": here.joinpath("page.css").read_text("utf-8"),
            "scripts": [script.read_text("utf-8") for script in scripts],
            # As the content of a script: no name in a table can end it.
            "data": json.dumps(data, allow_nan=False).replace("<", "\\u003c"),
        },
    )
