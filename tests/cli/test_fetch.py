"""``--fetch``: what is downloaded, from a server of this machine, and what is not.

The server speaks https with a certificate that SSL_CERT_FILE vouches for.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import shutil
import ssl
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from migrator.tools.kustomize import builder, find_tool
from tests.cli.test_contract import INSTALL
from tests.cli.test_edit import commit, objects
from tests.cli.test_edit_flux import same
from tests.cli.tools import ROOT, migrator, tree

pytestmark = pytest.mark.kustomize

CHART = "apiVersion: v2\nname: multus\nversion: 0.1.0\n"
INDEX = """\
apiVersion: v1
entries:
  multus:
  - {apiVersion: v2, name: multus, version: 0.1.0, urls: [multus-0.1.0.tgz]}
"""


class Server:
    """``url`` serves the files of ``folder``; ``asked`` are the paths that somebody wanted."""

    def __init__(self, folder: Path, context: ssl.SSLContext | None) -> None:
        asked: list[str] = []

        class Handler(http.server.SimpleHTTPRequestHandler):
            def log_request(self, *_: object) -> None:
                asked.append(self.path)

            def log_message(self, *_: object) -> None:
                pass

        self.folder, self.asked = folder, asked
        handler = functools.partial(Handler, directory=str(folder))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        scheme = "https" if context else "http"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_port}"


@contextlib.contextmanager
def serving(folder: Path, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    folder.mkdir()
    server = Server(folder, context)
    thread = threading.Thread(target=server.server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.server.shutdown()
    server.server.server_close()
    thread.join()


@pytest.fixture
def remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    with serving(tmp_path / "served", context) as server:
        yield server


def root(tmp_path: Path, url: str) -> Path:
    return commit(tmp_path / "repo", {"kustomization.yaml": f"resources:\n- {url}\n"})


def test_a_root_takes_what_it_names_by_https(tmp_path: Path, remote: Server) -> None:
    (remote.folder / "multus.yaml").write_text(INSTALL)
    repo = root(tmp_path, f"{remote.url}/multus.yaml")
    without = migrator("plan", ".", "-o", "../out", cwd=repo)
    assert without.code == 4
    assert (
        "give this root itself with --fetch, and kustomize downloads it; or build it yourself"
        in " ".join(without.out.split())
    )
    assert remote.asked == []
    run = migrator("plan", ".", "-o", "../out", "--fetch", cwd=repo)
    assert (run.code, run.err) == (0, "")
    assert "Verified" in run.out
    assert set(remote.asked) == {"/multus.yaml"}
    assert migrator("verify", "../out", cwd=repo).code == 1, "nothing is fetched unasked"
    assert migrator("verify", "../out", "--fetch", cwd=repo).code == 0


def test_a_root_below_a_folder_is_told_how_to_be_fetched(tmp_path: Path, remote: Server) -> None:
    """A folder is read as files: --fetch alone downloads nothing there, so that is not the advice."""
    (remote.folder / "multus.yaml").write_text(INSTALL)
    files = {"multus/kustomization.yaml": f"resources:\n- {remote.url}/multus.yaml\n"}
    repo = commit(tmp_path / "repo", files)
    run = migrator("check", ".", "--fetch", cwd=repo)
    assert run.code == 4
    assert "give this root itself with --fetch" in " ".join(run.out.split())
    assert migrator("check", "multus", "--fetch", cwd=repo).code == 0


@pytest.mark.parametrize("name", ["FETCH", "PLAN_FETCH"])
def test_the_environment_cannot_ask_for_it(tmp_path: Path, remote: Server, name: str) -> None:
    (remote.folder / "multus.yaml").write_text(INSTALL)
    repo = root(tmp_path, f"{remote.url}/multus.yaml")
    env = {f"MULTUS_MIGRATOR_{name}": "1"}
    assert migrator("plan", ".", "-o", "../out", cwd=repo, env=env).code == 4
    assert remote.asked == []


@pytest.mark.parametrize(
    "entry",
    [
        "http://127.0.0.1:1/m.yaml",
        "git@127.0.0.1:a/b",
        "ssh://127.0.0.1/a",
        "file:///etc/hostname",
        "git::http://127.0.0.1:1/a",
    ],
)
def test_only_https_is_fetched(tmp_path: Path, entry: str) -> None:
    repo = root(tmp_path, entry)
    run = migrator("plan", ".", "-o", "../out", "--fetch", cwd=repo)
    assert run.code == 4
    assert "nothing is downloaded here" in " ".join(run.out.split())
    assert "with --fetch" not in " ".join(run.out.split())


def test_what_is_fetched_leads_to_no_plain_http(
    tmp_path: Path, remote: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server elsewhere that answers by sending kustomize to plain http: the proxy leads nowhere."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    repo = root(tmp_path, f"{remote.url}/absent.yaml")
    run = migrator("plan", ".", "-o", "../out", "--fetch", cwd=repo)
    assert run.code == 1
    assert len(run.err.splitlines()) == 1, run.err
    assert "absent.yaml" in run.err


def test_a_remote_base_is_edited_by_a_component(tmp_path: Path, remote: Server) -> None:
    """It lies in no file of the user's, so one line and a folder beside it hold the plan."""
    (remote.folder / "multus.yaml").write_text(INSTALL)
    repo = root(tmp_path, f"{remote.url}/multus.yaml")
    planned = migrator("plan", ".", "-o", "../out", "--fetch", "-q", cwd=repo)
    assert (planned.code, planned.err) == (0, "")
    tool = find_tool()
    assert tool is not None
    build = builder(tool, fetch=True)
    wanted = objects(build(repo.parent / "out"))
    run = migrator("edit", ".", "--fetch", cwd=repo)
    assert (run.code, run.err) == (0, "")
    assert same(objects(build(repo)), wanted)
    commit(repo, {})
    assert migrator("edit", ".", "--fetch", cwd=repo).out.startswith("NOTHING TO CHANGE")


@pytest.mark.helm
def test_the_chart_of_a_repository_is_pulled(tmp_path: Path, remote: Server) -> None:
    chart = tmp_path / "multus"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text(CHART)
    (chart / "templates/all.yaml").write_text(INSTALL)
    with tarfile.open(remote.folder / "multus-0.1.0.tgz", "w:gz") as packed:
        packed.add(chart, "multus")
    (remote.folder / "index.yaml").write_text(INDEX)
    source = f"""\
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {{name: charts, namespace: kube-system}}
spec: {{url: "{remote.url}"}}
"""
    release = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: multus, namespace: kube-system}
spec:
  chart:
    spec: {chart: multus, version: 0.1.0, sourceRef: {kind: HelmRepository, name: charts}}
"""
    repo = commit(tmp_path / "repo", {"release.yaml": release, "source.yaml": source})
    assert migrator("edit", ".", cwd=repo).code == 4
    assert remote.asked == []
    before = tree(repo)
    run = migrator("edit", ".", "--fetch", cwd=repo)
    assert (run.code, run.err) == (0, ""), run.out
    assert "/multus-0.1.0.tgz" in remote.asked
    assert (repo / "release.yaml").read_text().startswith(release + "  postRenderers:\n")
    assert tree(repo).keys() - before.keys() == {"multus-daemon-config.yaml"}
    (remote.folder / "multus-0.1.0.tgz").unlink()
    gone = migrator("plan", ".", "--fetch", "-o", "../out", cwd=repo)
    assert gone.code == 4
    assert "HelmRelease kube-system/multus cannot be rendered" in " ".join(gone.out.split())
    assert "/tmp/" not in gone.out


@pytest.mark.helm
def test_a_chart_that_is_pulled_takes_the_plan_in_its_values(
    tmp_path: Path, remote: Server
) -> None:
    repo = tmp_path / "repo"
    shutil.copytree(ROOT / "samples/gitops/flux-app-template", repo)
    with tarfile.open(remote.folder / "app-template-4.1.1.tgz", "w:gz") as packed:
        packed.add(repo / "charts/app-template", "app-template")
    index = INDEX.replace("multus", "app-template").replace("0.1.0", "4.1.1")
    (remote.folder / "index.yaml").write_text(index)
    shutil.rmtree(repo / "charts")
    release = repo / "kubernetes/network/multus/app/helmrelease.yaml"
    origin = "kind: GitRepository\n        name: lantern\n        namespace: flux-system\n"
    text = release.read_text()
    assert text.count(origin) == 1
    text = text.replace(origin, "kind: HelmRepository\n        name: charts\n")
    release.write_text(text.replace("chart: ./charts/app-template", "chart: app-template"))
    source = f"""\
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {{name: charts, namespace: network}}
spec: {{url: "{remote.url}"}}
"""
    commit(repo, {"source.yaml": source})
    run = migrator("edit", ".", "--node-files", "nodes", "--fetch", cwd=repo)
    assert run.code == 0, run.err
    assert "/app-template-4.1.1.tgz" in remote.asked
    assert "These files hold the plan now in the values of the chart" in run.out
    assert "postRenderers" not in release.read_text()
