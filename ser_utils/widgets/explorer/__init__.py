"""The explorer: maps of all systems side by side; click a point to see and hear its utterance.

It is a page that needs neither a kernel nor a network. Python computes everything beforehand
(`document`), Bokeh draws the maps, and the scripts beside this file answer the reader. Sound and
spectrograms lie in files beside the page, and are loaded when they are asked for (`media`).
"""

from functools import cached_property
from pathlib import Path

import tqdm

from ser_utils.embeddings.maps import Maps
from ser_utils.errors import SerError
from ser_utils.files import write_text, written_whole
from ser_utils.lessons.headline import EXPLORER
from ser_utils.widgets.explorer import document, serving
from ser_utils.widgets.explorer.media import FOLDERS, Media


class Explorer:
    """The explorer of `maps`: written as a page, or displayed in a notebook.

    Maps that are not in the cache are computed first.
    """

    def __init__(self, maps: Maps) -> None:
        self.maps = maps
        self.media = Media(maps)

    def page(self) -> str:
        """Write the page, HTML."""
        return document.page(self.maps, self.media)

    def write(self, folder: Path, progress: bool = True) -> Path:
        """Write the page, and beside it the sound of all utterances; return the file to open.

        What an earlier run left there is used again, or removed if it is of other recordings. The
        page tells which recordings cannot be read. A `SerError` says that the folder cannot be
        written.
        """
        missing = [name for name in self.media.files if not (folder / name).exists()]
        for name in tqdm.tqdm(missing, "sound for the page", disable=not progress):
            content = self.media.content(name)
            if content is not None:
                with written_whole(folder / name) as temporary:
                    temporary.write_bytes(content)
        wanted = {folder / name for name in self.media.files}
        try:
            for kind, suffix in FOLDERS.items():
                for old in {*folder.glob(f"{kind}/*{suffix}")} - wanted:
                    old.unlink()
        except OSError as error:
            raise SerError(f"cannot write to {folder}: {error.strerror}") from error
        index = folder / "index.html"
        write_text(index, self.page())
        return index

    @cached_property
    def address(self) -> str:
        """Where this process serves the page, from now on, to browsers on this machine."""
        return serving.serve(self.page(), self.media.content)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        """Display the page in a frame."""
        frame = (
            f'<iframe src="{self.address}" title="Explorer" width="100%" height="900" '
            'style="border:0"></iframe>'
        )
        link = f'<p>In a window of its own: <a href="{self.address}">{self.address}</a></p>'
        return {EXPLORER: "", "text/html": frame + link, "text/plain": f"Explorer: {self.address}"}
