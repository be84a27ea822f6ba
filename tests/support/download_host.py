"""A server on this machine that publishes corpora as hosts do, and can fail in their ways."""

import hashlib
import io
import json
import re
import threading
import zipfile
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import soundfile

LICENCE = "CC BY 4.0"
ZIP = "/files/corpus.zip"
RECORD = "/api/records/7"
TREE = "/repos/owner/corpus/git/trees/0123abc?recursive=1"
COMMIT = "/owner/corpus/archive/0123abc.zip"


def recording(seed=0, samples=4800):
    file = io.BytesIO()
    noise = np.random.default_rng(seed).uniform(-0.5, 0.5, samples)
    soundfile.write(file, noise, 48000, format="WAV")
    return file.getvalue()


def zipped(files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


class Host(ThreadingHTTPServer):
    """Serves `contents`; can cut a connection, ignore ranges, and hold an answer back."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answers)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.contents, self.asked = {}, Counter()
        self.sent = []  # bytes of each answer
        self.cut_after = None
        self.ranges = True
        self.go = threading.Event()
        self.go.set()

    def publish(self, content, checksum=None):
        """As a record of Zenodo, in the parts that matter."""
        self.contents[ZIP] = content
        checksum = checksum or f"md5:{hashlib.md5(content).hexdigest()}"
        file = {"key": "corpus.zip", "checksum": checksum, "links": {"self": self.address + ZIP}}
        other = {"key": "video.zip", "checksum": "md5:0", "links": {}}
        self.contents[RECORD] = json.dumps({"files": [other, file]}).encode()

    def commit(self, files, held=None, truncated=False):
        """As a commit of GitHub: the ids of the files, and an archive of those `held`."""
        blob = {
            name: hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            for name, content in files.items()
        }
        tree = [{"path": "Actor_01", "type": "tree", "sha": "0"}]
        tree += [{"path": name, "type": "blob", "sha": sha} for name, sha in blob.items()]
        self.contents[TREE] = json.dumps({"tree": tree, "truncated": truncated}).encode()
        held = files if held is None else held
        root = {f"corpus-0123abc/{name}": content for name, content in held.items()}
        self.contents[COMMIT] = zipped(root)


class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        host = self.server
        host.asked[self.path] += 1
        if self.path not in host.contents:
            self.send_error(404)
            return
        content = host.contents[self.path]
        start = 0
        if host.ranges and (asked := re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))):
            start = int(asked[1])
        if start >= len(content) > 0:
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", len(content) - start)
        self.end_headers()
        if self.path == ZIP:
            host.go.wait(60)
        sent = content[start : host.cut_after if self.path == ZIP else None]
        host.sent.append(len(sent))
        self.wfile.write(sent)

    def log_message(self, *arguments):
        pass
