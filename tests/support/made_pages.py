"""Pages of HTML as a test looks at them: their elements, and where their links lead."""

import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

VOID = ("br", "hr", "img", "input", "link", "meta", "source", "col")


class Elements(HTMLParser):
    """All elements of a page, each with its attributes and the elements around it."""

    def __init__(self, text: str):
        super().__init__()
        self.found, self.open, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes), list(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        while tag in self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        self.text += data

    def named(self, tag: str) -> list[tuple[dict, list]]:
        return [(attributes, around) for name, attributes, around in self.found if name == tag]

    def addresses(self) -> Iterator[tuple[str, str]]:
        """Yield what is linked to or shown, with the name of the element."""
        for tag, attributes, _ in self.found:
            yield from ((tag, attributes[key]) for key in ("href", "src") if attributes.get(key))


def dead_links(folder: Path) -> list[str]:
    """List the links in a folder of pages to files and anchors that are not there."""
    texts = {path: path.read_text(encoding="utf-8") for path in folder.rglob("*.html")}
    ids = {path: re.findall(r'\sid="([^"]+)"', text) for path, text in texts.items()}
    anchors = {path: {html.unescape(each) for each in found} for path, found in ids.items()}
    dead = []
    for path, text in texts.items():
        for address in set(re.findall(r'\s(?:href|src)="([^"]+)"', text)):
            url = urlsplit(html.unescape(address))
            target = (path.parent / unquote(url.path)).resolve() if url.path else path
            lost = url.fragment and unquote(url.fragment) not in anchors.get(target, ())
            if not url.scheme and (not target.is_file() or lost):
                dead.append(f"{path.relative_to(folder)}: {address}")
    return dead
