"""Offline means offline: whatever a build would fetch is refused before it, from loopback too."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from migrator.model.errors import InputError
from migrator.read.offline import guarded, problems
from migrator.tools.programs import found
from tests.cli.tools import migrator
from tests.needs import give_up
from tests.read.support import nad, write

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
GENERATOR = (
    "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: g}\nfiles: ['k=URL/x']\n"
)
PATCHER = (
    "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: p}\npath: URL/p\n"
    "target: {kind: ConfigMap}\n"
)


@dataclass
class Server:
    url: str
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    """A web server of this machine, which a proxy setting does not keep a program away from."""
    found = Server("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(OBJECT.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        found.url = f"http://127.0.0.1:{http.server_port}"
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield found
        http.shutdown()
        thread.join()


def inline(text: str) -> str:
    return "|\n  " + text.replace("\n", "\n  ")


ROOTS: dict[str, dict[str, str]] = {
    "a resource": {"kustomization.yaml": "resources: [URL/x]\n"},
    "a key in capitals": {"kustomization.yaml": "Resources: [URL/x]\n"},
    "a scheme in capitals": {"kustomization.yaml": "resources: ['HTTP:URL/x']\n"},
    "an escape": {"kustomization.yaml": 'resources: ["\\x55RL/x"]\n'},
    "a file of that name": {"kustomization.yaml": "resources: [URL/x]\n", "PATH/x": OBJECT},
    "a base without a version": {
        "kustomization.yaml": "resources: [b]\n",
        "b/kustomization.yaml": "apiVersion:\nresources: [URL/x]\n",
    },
    "a tag": {"kustomization.yaml": "resources: !x [URL/x]\n"},
    "a component": {
        "kustomization.yaml": "components: [c]\n",
        "c/kustomization.yaml": "kind: Component\nresources: [URL/x]\n",
    },
    "crds": {"kustomization.yaml": "crds: [URL/x]\n"},
    "openapi": {"kustomization.yaml": "openapi: {path: URL/x}\n"},
    "configurations": {"kustomization.yaml": "configurations: [URL/x]\n"},
    "a replacement": {"kustomization.yaml": "replacements: [{path: URL/x}]\n"},
    "a patch": {"kustomization.yaml": "patches: [{path: URL/x}]\n"},
    "an old patch": {"kustomization.yaml": "patchesStrategicMerge: [URL/x]\n"},
    "envs": {"kustomization.yaml": "configMapGenerator: [{name: a, envs: [URL/x]}]\n"},
    "an odd key of a file": {
        "kustomization.yaml": "configMapGenerator: [{name: a, files: ['a b=URL/x']}]\n"
    },
    "a generator": {"kustomization.yaml": "generators: [URL/x]\n"},
    "a validator": {"kustomization.yaml": "validators: [URL/x]\n"},
    "a generator's file": {"kustomization.yaml": "generators: [g.yaml]\n", "g.yaml": GENERATOR},
    "a generator in a List": {
        "kustomization.yaml": "generators: [g.yaml]\n",
        "g.yaml": f"apiVersion: v1\nkind: List\nitems:\n- {GENERATOR.replace(chr(10), chr(10) + '  ')}",
    },
    "a generator's key in capitals": {
        "kustomization.yaml": "generators: [g.yaml]\n",
        "g.yaml": GENERATOR.replace("files", "Files"),
    },
    "an inline generator": {"kustomization.yaml": f"generators:\n- {inline(GENERATOR)}"},
    "an inline generator on one line": {
        "kustomization.yaml": "generators:\n- '{apiVersion: builtin, kind: ConfigMapGenerator, "
        "metadata: {name: g}, files: [URL/x]}'\n"
    },
    "a folder of generators": {
        "kustomization.yaml": "generators: [g]\n",
        "g/kustomization.yaml": "resources: [g.yaml]\n",
        "g/g.yaml": GENERATOR,
    },
    "a folder of transformers two steps away": {
        "kustomization.yaml": "resources: [a.yaml]\ntransformers: [t]\n",
        "a.yaml": OBJECT,
        "t/kustomization.yaml": "resources: [../u]\n",
        "u/kustomization.yaml": "resources: [t.yaml]\n",
        "u/t.yaml": PATCHER,
    },
    "an inline transformer": {
        "kustomization.yaml": f"resources: [a.yaml]\ntransformers:\n- {inline(PATCHER)}",
        "a.yaml": OBJECT,
    },
    "an inline transformer of replacements": {
        "kustomization.yaml": "transformers:\n- "
        + inline(
            "apiVersion: builtin\nkind: ReplacementTransformer\nmetadata: {name: r}\n"
            "replacements: [{path: URL/x}]\n"
        )
    },
}
"""Roots for which kustomize asks URL, or would if it came to it."""


def lay(folder: Path, files: dict[str, str], url: str) -> Path:
    filled = {
        name.replace("PATH", url.replace("//", "/")): text.replace("HTTP:URL", url.upper())
        .replace("\\x55RL", url.replace("h", "\\x68", 1))
        .replace("URL", url)
        for name, text in files.items()
    }
    write(folder / "root", filled)
    return folder / "root"


@pytest.mark.kustomize
@pytest.mark.parametrize("case", ROOTS)
def test_nothing_is_fetched(case: str, tmp_path: Path, server: Server) -> None:
    root = lay(tmp_path, ROOTS[case], server.url)
    run = migrator("plan", str(root), "--dry-run", cwd=tmp_path)
    assert server.asked == []
    assert (run.code, run.out.startswith("NOT SEEN WHOLE")) == (4, True)
    line = run.err.splitlines()[0]
    assert line.startswith(f"left out: {root}/")
    assert "nothing is downloaded here; build it yourself: kustomize build " in line


@pytest.mark.kustomize
@pytest.mark.parametrize("case", ["a key in capitals", "a file of that name", "a generator's file", "an escape"])  # fmt: skip
def test_the_tool_alone_would_fetch(case: str, tmp_path: Path, server: Server) -> None:
    """What the test above holds is not held by kustomize itself."""
    kubectl = next(found("kubectl"), "") or give_up("no kubectl")
    root = lay(tmp_path, ROOTS[case], server.url)
    subprocess.run([kubectl, "kustomize", str(root)], capture_output=True, check=False, timeout=60)
    assert server.asked


@pytest.mark.parametrize("field", ["patches: [{path: p.yaml}]", "replacements: [{path: r.yaml}]",
                                   "generators: [x.yaml]", "namePrefix: x"])  # fmt: skip
def test_a_root_that_makes_up_generators_is_refused(field: str, tmp_path: Path) -> None:
    files = {"kustomization.yaml": "generators: [g]\n", "g/kustomization.yaml": f"{field}\n"}
    write(tmp_path, files)
    [found] = problems(tmp_path)
    assert found.message.endswith("in a root of generators or transformers decides what they read")


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"kustomization.yaml": "generators: [g.yaml]\n", "g.yaml": GENERATOR.replace("URL", "a")}, id="a local file"),
        pytest.param({"kustomization.yaml": "namespace: b\n", "b/kustomization.yaml": "resources: [https://x.example/y]\n"}, id="a folder that is called like the namespace"),
        pytest.param({"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": GENERATOR}, id="a generator that is an object here"),
        pytest.param({"kustomization.yaml": "commonAnnotations: {a: https://x.example/y}\n"}, id="an annotation"),
        pytest.param({"kustomization.yaml": "configMapGenerator: [{name: a, literals: ['a=https://x.example']}]\n"}, id="a literal"),
        pytest.param({"kustomization.yaml": "transformers:\n- |\n  apiVersion: builtin\n  kind: AnnotationsTransformer\n  metadata: {name: a}\n  annotations: {a: https://x.example}\n"}, id="a transformer of annotations"),
        pytest.param({"kustomization.yaml": "transformers: [t]\n", "t/kustomization.yaml": "kind: Kustomization\nresources: [t.yaml]\n", "t/t.yaml": PATCHER.replace("URL", ".")}, id="a folder of transformers"),
    ],
)  # fmt: skip
def test_what_is_built(files: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path, files)
    assert list(problems(tmp_path)) == []


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdef", "bcdefg", strict=True)
)


@pytest.mark.parametrize(
    ("files", "place"),
    [
        pytest.param({"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": f"# x\n{BOMB}"}, "a.yaml:7", id="a resource"),
        pytest.param({"kustomization.yaml": "patches: [{path: p.yaml}]\n", "p.yaml": BOMB}, "p.yaml:6", id="a patch"),
        pytest.param({"kustomization.yaml": f"patches:\n- patch: {inline(BOMB)}"}, "kustomization.yaml:8", id="an inline patch"),
        pytest.param({"kustomization.yaml": BOMB}, "kustomization.yaml:6", id="the kustomization"),
        pytest.param({"kustomization.yaml": "resources: [b]\n", "b/kustomization.yaml": BOMB}, "b/kustomization.yaml:6", id="a base"),
        pytest.param({"kustomization.yaml": "generators: [g.yaml]\n", "g.yaml": BOMB}, "g.yaml:6", id="a generator"),
    ],
)  # fmt: skip
def test_an_alias_bomb_is_refused_before_the_build(
    files: dict[str, str], place: str, tmp_path: Path
) -> None:
    write(tmp_path, files)
    with pytest.raises(InputError) as error:
        guarded(lambda _: nad())(tmp_path)
    [line] = error.value.lines()
    assert line.startswith(f"{tmp_path}/{place}: its aliases expand to more than 100000 values; ")


def test_few_aliases_are_no_bomb(tmp_path: Path) -> None:
    text = "a: &a {x: 1}\nb: [*a, *a]\nc: 'a & *b'\n"
    write(tmp_path, {"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": OBJECT + text})
    assert guarded(lambda _: nad())(tmp_path) == nad()
