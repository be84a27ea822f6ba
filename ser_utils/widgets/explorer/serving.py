"""An explorer in a notebook: the kernel serves the page to this machine, and sound on demand.

A notebook has no folder of its own for thousands of files, and its outputs have no room for them.
"""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type


def serve(page: str, content: Callable[[str], bytes | None]) -> str:
    """Serve a page, and files by name, until this process ends; return the address.

    `content` returns what is in a file, or None if there is none of this name.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.lstrip("/")
            found = content(name) if name else page.encode()
            self.send_response(404 if found is None else 200)
            self.send_header("Content-Type", guess_type(name)[0] or "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(found or b"")))
            self.end_headers()
            self.wfile.write(found or b"")

        def log_message(self, *_: object) -> None:
            """Print nothing into the notebook."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"
