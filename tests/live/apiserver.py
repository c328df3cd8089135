"""A stub of an API server: what it has, how it misbehaves, and which requests it got. By HTTP on loopback
for the real kubectl, or without any for a test of what is made of its answers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from migrator.live.lists import failed
from migrator.live.resources import RESOURCES, Resource
from migrator.tools.kubectl import Answer, Refused

Object = dict[str, Any]
Raw = tuple[int, bytes]
"""The status and the body of an answer."""

BY_KIND: Mapping[tuple[str, str], Resource] = {(r.group, r.kind): r for r in RESOURCES}
_REASONS = {403: "Forbidden", 404: "NotFound", 410: "Expired", 429: "TooManyRequests"}
_ANSWERS = {403: Answer.FORBIDDEN, 404: Answer.ABSENT, 410: Answer.EXPIRED}


def status(code: int) -> Raw:
    """A failure as the API server tells it."""
    reason = _REASONS.get(code, "InternalError")
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason}
    return code, json.dumps({**body, "message": f"told {code}", "code": code}).encode()


class Stub:
    """``lists`` are the objects by the path of their list; ``faults`` are answers by path that come in
    the place of the right ones, one after the other and the last one for ever after. None is the right
    answer, a number a wait in seconds before it."""

    def __init__(self, objects: Sequence[Object] = (), groups: Sequence[str] = ()) -> None:
        self.lists: dict[str, list[Object]] = {}
        self.versions: dict[str, list[str]] = {}
        self.kinds: dict[str, str] = {}
        self.faults: dict[str, list[Raw | float | None]] = {}
        self.requests: list[tuple[str, str]] = []
        self.whole: dict[str, Any] = {"/version": {"gitVersion": "v1.31.2"}}
        self.most = 10**9
        for group in (
            "apps/v1",
            "rbac.authorization.k8s.io/v1",
            "apiextensions.k8s.io/v1",
            *groups,
        ):
            name, _, version = group.partition("/")
            self.versions.setdefault(name, []).append(version)
        for each in RESOURCES:
            self._serve(each)
        for item in objects:
            self.add(item)

    def _serve(self, resource: Resource) -> None:
        if not resource.group or resource.version in self.versions.get(resource.group, ()):
            root = f"/apis/{resource.group}" if resource.group else "/api"
            path = f"{root}/{resource.version}/{resource.plural}"
            self.lists.setdefault(path, [])
            self.kinds[path] = resource.kind

    def add(self, item: Object) -> None:
        """One object, below its path; its group is served from then on."""
        group, _, version = item["apiVersion"].rpartition("/")
        resource = BY_KIND[group, item["kind"]]
        if group and version not in self.versions.get(group, ()):
            self.versions.setdefault(group, []).append(version)
            for each in RESOURCES:
                self._serve(each)
        root = f"/apis/{group}" if group else "/api"
        path = f"{root}/{version}/{resource.plural}"
        self.kinds[path] = item["kind"]
        self.lists.setdefault(path, []).append(item)

    def answer(self, path: str) -> Raw:
        """What is answered to a GET of ``path`` with its query."""
        self.requests.append(("GET", path))
        there = urlsplit(path)
        query = {key: values[0] for key, values in parse_qs(there.query).items()}
        faults = self.faults.get(there.path, [])
        fault = (faults.pop(0) if len(faults) > 1 else faults[0]) if faults else None
        if isinstance(fault, tuple):
            return fault
        time.sleep(fault or 0)
        return self._right(there.path, query)

    def _right(self, path: str, query: Mapping[str, str]) -> Raw:
        if path in self.whole:
            return _json(self.whole[path])
        if path == "/apis":
            return _json(self._groups())
        namespace = ""
        before, inside, after = path.partition("/namespaces/")
        if inside and "/" in after:
            namespace, _, plural = after.partition("/")
            path = f"{before}/{plural}"
        if path in self.lists:
            return _json(self._page(path, namespace, query))
        folder, _, name = path.rpartition("/")
        found = [
            each for each in self.lists.get(folder, ()) if each["metadata"].get("name") == name
        ]
        return _json(found[0]) if found else status(404)

    def _groups(self) -> Object:
        return {
            "kind": "APIGroupList",
            "groups": [
                {
                    "name": name,
                    "versions": [{"version": version} for version in versions],
                    "preferredVersion": {"version": versions[0]},
                }
                for name, versions in self.versions.items()
            ],
        }

    def _page(self, path: str, namespace: str, query: Mapping[str, str]) -> Object:
        """Items of a typed list say neither kind nor version, as those of the API server."""
        items = [
            each
            for each in self.lists[path]
            if not namespace or each["metadata"]["namespace"] == namespace
        ]
        begin = int(query.get("continue", "0"))
        end = begin + min(int(query.get("limit", self.most)), self.most)
        token = {"continue": str(end)} if end < len(items) else {}
        version = path.removeprefix("/apis/").removeprefix("/api/").rpartition("/")[0]
        kind = self.kinds[path]
        bare = [_bare(each, kind) for each in items[begin:end]]
        return {"kind": f"{kind}List", "apiVersion": version, "metadata": token, "items": bare}

    def get(self, path: str) -> bytes:
        """As kubectl does it, without kubectl."""
        code, body = self.answer(path)
        if code == 200:
            return body
        if code in _ANSWERS:
            raise Refused(_ANSWERS[code], f"told {code}", reached=True)
        raise failed(f"told {code}")

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, without their queries."""
        return [urlsplit(path).path for _, path in self.requests]


def _bare(item: Any, kind: str) -> Any:
    if not isinstance(item, dict):
        return item
    return {k: v for k, v in item.items() if k != "apiVersion" and (k, v) != ("kind", kind)}


def _json(tree: Any) -> Raw:
    return 200, json.dumps(tree).encode()


@contextmanager
def serving(stub: Stub, folder: Path) -> Iterator[Path]:
    """The stub on loopback, and a kubeconfig that leads to it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            code, body = stub.answer(self.path)
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body) + (10 if code == 299 else 0)))
            if code == 429:
                self.send_header("Retry-After", "1")
            self.end_headers()
            self.wfile.write(body)

        def other(self) -> None:
            stub.requests.append((self.command, self.path))
            self.send_error(405)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = other

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that did not wait for a slow answer is none."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield kubeconfig(folder, server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()


def kubeconfig(folder: Path, port: int) -> Path:
    """A kubeconfig of two contexts, of which ``stub`` is the current one."""
    cluster = {"server": f"http://127.0.0.1:{port}"}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "stub", "cluster": cluster}],
        "users": [{"name": "me", "user": {"token": "t0ps3cret"}}],
        "contexts": [
            {"name": name, "context": {"cluster": "stub", "user": "me"}}
            for name in ("stub", "other")
        ],
        "current-context": "stub",
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(config), encoding="utf-8")
    return path
