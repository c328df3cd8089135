"""A forge on this machine: it keeps what it is asked for, and answers like the APIs of GitHub and GitLab."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.ci.posting import post


@dataclass(frozen=True)
class Asked:
    """A request: ``token`` is the header that carries one, ``body`` what a comment becomes."""

    method: str
    path: str
    query: dict[str, str]
    token: str
    body: str


@dataclass
class Forge:
    """``answers`` by path: bytes as they are, a list in pages, an exit as a status or another address; ``asked``
    is what came, in its order."""

    url: str
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def written(self) -> list[tuple[str, str, str]]:
        """Method, path and text of the requests that change something."""
        return [(a.method, a.path, a.body) for a in self.asked if a.method != "GET"]


class Status(int):
    """An answer that is no content."""


class Elsewhere(str):
    """An answer that names another address."""

    __slots__ = ()


@contextmanager
def forge() -> Iterator[Forge]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            text = json.loads(self.rfile.read(length))["body"] if length else ""
            asked = urlsplit(self.path)
            query = dict(parse_qsl(asked.query))
            token = self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN") or ""
            made.asked.append(Asked(self.command, asked.path, query, token, text))
            self.reply(made.answers.get(asked.path, Status(404)), query)

        do_GET = do_POST = do_PATCH = do_PUT = answer

        def reply(self, found: Any, query: dict[str, str]) -> None:
            if self.command != "GET" and isinstance(found, list):
                found = {}
            if isinstance(found, list):
                end = int(query["page"]) * int(query["per_page"])
                found = found[end - int(query["per_page"]) : end]
            status = (
                found if isinstance(found, Status) else 302 if isinstance(found, Elsewhere) else 200
            )
            self.send_response(status)
            if isinstance(found, Elsewhere):
                self.send_header("Location", found)
            data = found if isinstance(found, bytes) else json.dumps(found).encode()
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Forge(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        try:
            yield made
        finally:
            server.shutdown()


def archive(
    *files: tuple[str | zipfile.ZipInfo, bytes | str], method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """A zip of the files."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as made:
        for name, content in files:
            made.writestr(name, content)
    return data.getvalue()


def artifact(text: bytes | str) -> bytes:
    """The artifact of a run with that comment."""
    return archive((post.FILE, text))
