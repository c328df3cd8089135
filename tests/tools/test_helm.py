"""Charts that nobody trusts, rendered with the real helm: what reaches out of them finds nothing."""

from __future__ import annotations

import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from migrator.model.errors import EnvironmentProblem, MigratorError
from migrator.tools import programs
from migrator.tools.bounds import BUILD_MEMORY, BUILD_OUTPUT, BUILD_TIME
from migrator.tools.helm import Helm, Template, find_helm, template
from tests.tools.charts import CHART, CONFIG, SUB, chart, config, objects, packed
from tests.tools.test_kustomize import script

pytestmark = pytest.mark.afresh

HOST = "of the host"
CRD = "apiVersion: v1\nkind: Crd\nmetadata: {name: crd}\n"
HOOK = "kind: Hook\nmetadata: {name: hook, annotations: {helm.sh/hook: pre-install}}\n"


def wanted(path: Path, *values: str) -> Template:
    return Template(chart=path, release="net", namespace="kube-system", values=values)


def rendered(path: Path, *values: str) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    helm = find_helm()
    assert helm
    first, second = template(helm, wanted(path, *values))
    return objects(first), objects(second)


def value(path: Path, *values: str) -> object:
    """The one value of the chart's one object, which is the same each time."""
    first, second = rendered(path, *values)
    assert first == second
    (thing,) = first
    data = thing["data"]
    assert isinstance(data, dict)
    return data["a"]


def refused(path: Path, *values: str) -> str:
    """What is said, one line."""
    with pytest.raises(MigratorError) as error:
        rendered(path, *values)
    (line,) = error.value.lines()
    assert "\n" not in line
    return line


@pytest.mark.helm
def test_a_chart_is_rendered_without_its_crds_where_they_are_not_applied(tmp_path: Path) -> None:
    path = chart(tmp_path / "net", {"crds/crd.yaml": CRD, "values.yaml": "a: 1\n"})
    helm = find_helm()
    assert helm
    asked = Template(chart=path, release="net", namespace="kube-system", crds=False)
    assert [thing["kind"] for thing in objects(template(helm, asked)[0])] == ["ConfigMap"]


@pytest.mark.helm
@pytest.mark.parametrize("form", ["folder", "packed"])
def test_a_chart_is_rendered_with_its_crds_and_without_its_hooks(tmp_path: Path, form: str) -> None:
    source = chart(
        tmp_path / "net",
        {"crds/crd.yaml": CRD, "templates/hook.yaml": HOOK, "values.yaml": "a: 1\n"},
    )
    if form == "packed":
        data = packed({str(p.relative_to(source)): p.read_bytes() for p in source.rglob("*.yaml")})
        source = tmp_path / "net-1.0.0.tgz"
        source.write_bytes(data)
    first, second = rendered(source)
    assert first == second
    assert first == [
        yaml.safe_load(CRD),
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "net", "namespace": "kube-system"},
            "data": {"a": "1"},
        },
    ]


@pytest.mark.helm
@pytest.mark.parametrize(
    ("values", "shown"),
    [
        pytest.param((), "chart", id="none"),
        pytest.param(("a: one", "a: two"), "two", id="the last one wins"),
        pytest.param(("a: one", ""), "one", id="an empty one"),
        pytest.param(("\ufeffa: one\n",), "one", id="BOM"),
        pytest.param(("x: 1\r\na: one\r\n",), "one", id="CRLF"),
        pytest.param(("x: &x one\na: *x\n",), "one", id="an anchor"),
        pytest.param(("\ufeffx: &x one\r\na: *x\r\n",), "one", id="all three"),
        pytest.param(('{"a": "one"}',), "one", id="JSON"),
        pytest.param(("a: '{{ .Release.Name }}'",), "{{ .Release.Name }}", id="no template"),
    ],
)
def test_values_win_over_those_of_the_chart(
    tmp_path: Path, values: tuple[str, ...], shown: str
) -> None:
    assert value(chart(tmp_path / "net", {"values.yaml": "a: chart\n"}), *values) == shown


@pytest.mark.helm
@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("a: [", "failed to parse values-1.yaml: ", id="no YAML"),
        pytest.param("- a", "failed to parse values-1.yaml: ", id="a list"),
        pytest.param("a: '\ud800'", "failed to parse values-1.yaml: ", id="half a pair"),
    ],
)
def test_values_that_are_none_are_one_line(tmp_path: Path, text: str, said: str) -> None:
    line = refused(chart(tmp_path / "net"), text)
    assert line.startswith(f"`helm template net {tmp_path}/net` failed: {said}")


@pytest.mark.helm
def test_a_folder_may_have_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = tmp_path / 'a,"b" c'
    odd.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(odd))
    assert value(chart(odd / "-net"), "a: one") == "one"


@pytest.mark.helm
@pytest.mark.parametrize(
    "action",
    [
        pytest.param("randAlphaNum 8", id="lots"),
        pytest.param("now", id="the clock"),
        pytest.param("now | unixEpoch", id="its seconds"),
        pytest.param('now | date "2006-01-02"', id="its day"),
        pytest.param('date "05" "no time"', id="the default of date"),
        pytest.param('(genCA "x" 1).Cert', id="a certificate"),
    ],
)
def test_what_is_another_each_time_is_seen(tmp_path: Path, action: str) -> None:
    first, second = rendered(chart(tmp_path / "net", {"templates/a.yaml": config(f"({action})")}))
    assert first != second
    assert [thing["metadata"] for thing in first] == [thing["metadata"] for thing in second]


SEEN = {
    "a file outside": ('.Files.Get "../secret"', ""),
    "a file of the host": ('.Files.Get "/etc/passwd"', ""),
    "files outside": ('.Files.Glob "../*" | len', "0"),
    "the cluster": ('lookup "v1" "Secret" "" "" | len', "0"),
    "the network": ('getHostByName "localhost"', ""),
    "Kubernetes is fixed": (".Capabilities.KubeVersion.Version", "v1.34.0"),
}


@pytest.mark.helm
def test_a_template_sees_its_chart_alone(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(HOST)
    lines = (f"  {name}: {{{{ ({action}) | quote }}}}\n" for name, (action, _) in SEEN.items())
    head, data, _ = CONFIG.rpartition("data:\n")
    source = chart(tmp_path / "net", {"templates/a.yaml": "".join((head, data, *lines))})
    first, second = rendered(source)
    assert first == second
    assert [thing["data"] for thing in first] == [{n: shown for n, (_, shown) in SEEN.items()}]


@pytest.mark.helm
def test_a_link_to_a_secret_is_named_and_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(HOST)
    source = chart(tmp_path / "net", {"templates/a.yaml": config('(.Files.Get "x")')})
    (source / "x").symlink_to("../secret")
    line = refused(source)
    assert line.startswith(f"{source}/x is a link, and charts may have none")
    assert HOST in _plain_helm(source), "helm alone would have shown it"


def _plain_helm(source: Path) -> str:
    """What helm itself prints of a chart, also as a complaint."""
    helm = find_helm()
    assert helm
    done = subprocess.run(
        [helm.path, "template", "net", source], capture_output=True, text=True, timeout=60
    )
    return done.stdout + done.stderr


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """A server of this machine: its address, and what it was asked for."""
    paths: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", paths
        server.shutdown()
        thread.join()


@pytest.mark.helm
@pytest.mark.parametrize("place", ["", "charts/sub/", "charts/sub.tgz"])
def test_a_schema_fetches_nothing(tmp_path: Path, asked: tuple[str, list[str]], place: str) -> None:
    address, paths = asked
    schema = json.dumps({"$ref": f"{address}/x.json"})
    source = chart(tmp_path / "net", {"values.yaml": "a: 1\n"})
    sub = {"Chart.yaml": SUB, "values.schema.json": schema}
    if place.endswith(".tgz"):
        (source / "charts").mkdir()
        (source / place).write_bytes(packed(sub, "sub"))
    else:
        chart(
            source,
            {place + name: text for name, text in sub.items() if place or name != "Chart.yaml"},
        )
    assert value(source) == "1"
    assert paths == []
    _plain_helm(source)
    assert paths, "helm alone would have asked"


@pytest.mark.helm
@pytest.mark.parametrize(
    ("files", "said"),
    [
        pytest.param(
            {"Chart.yaml": f"{CHART}dependencies: [{{name: common, version: 1.x, repository: 'https://charts.example.com'}}]\n"},
            "found in Chart.yaml, but missing in charts/ directory: common; `helm dependency build` fetches them",
            id="a dependency that is not there",
        ),
        pytest.param({"templates/b.yaml": '{{ fail "no\\nway" }}'}, "execution error at (net/templates/b.yaml:1:3): no way", id="it refuses"),
        pytest.param({"templates/b.yaml": "{{ nothing }}"}, 'parse error at (net/templates/b.yaml:1): function "nothing" not defined', id="no template"),
        pytest.param({"templates/b.yaml": '{{ env "HOME" }}'}, 'parse error at (net/templates/b.yaml:1): function "env" not defined', id="the environment"),
        pytest.param({"Chart.yaml": f"{CHART}type: library\n"}, "library charts are not installable", id="a library"),
        pytest.param({"Chart.yaml": f"{CHART}kubeVersion: '>=1.99'\n"}, "chart requires kubeVersion: >=1.99 which is incompatible with Kubernetes v1.34.0", id="another Kubernetes"),
    ],
)  # fmt: skip
def test_what_helm_complains_of_is_one_line(
    tmp_path: Path, files: dict[str, str], said: str
) -> None:
    source = chart(tmp_path / "net", files)
    assert refused(source) == f"`helm template net {source}` failed: {said}"


@pytest.mark.helm
def test_a_folder_that_is_no_chart_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    line = refused(tmp_path / "net")
    assert "Chart.yaml" in line
    assert "multus-migrator-" not in line, "a temporary folder says nothing to a user"


@pytest.mark.helm
def test_memory_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BUILD_MEMORY.variable, "300")
    assert value(chart(tmp_path / "small"), "a: one") == "one"
    action = 'repeat 400000000 "x"'
    line = refused(chart(tmp_path / "net", {"templates/a.yaml": config(f"({action})")}))
    assert line.startswith(f"`helm template net {tmp_path}/net` needs more than 300 MiB of memory")


@pytest.mark.helm
def test_output_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BUILD_OUTPUT.variable, "1")
    line = refused(chart(tmp_path / "net", {"templates/a.yaml": config('(repeat 4000000 "x")')}))
    assert line.startswith(f"`helm template net {tmp_path}/net` printed more than 1 MiB")


@pytest.mark.helm
def test_time_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BUILD_TIME.variable, "1")
    loops = "{{ range until 3000 }}" * 4 + "{{ end }}" * 4
    line = refused(chart(tmp_path / "net", {"templates/b.yaml": loops}))
    assert line.startswith(f"`helm template net {tmp_path}/net` did not end within 1 seconds")


def test_helm_sees_nothing_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "PLUGINS",
        "CACHE_HOME",
        "CONFIG_HOME",
        "DATA_HOME",
        "REGISTRY_CONFIG",
        "NAMESPACE",
    ):
        monkeypatch.setenv(f"HELM_{name}", str(tmp_path))
    for name in ("KUBECONFIG", "XDG_CONFIG_HOME", "DOCKER_CONFIG", "KUBERNETES_SERVICE_HOST"):
        monkeypatch.setenv(name, str(tmp_path))
    for name in ("HTTPS_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://proxy.example")
    look = 'env; echo "mode=$(stat -c %a "$KUBECONFIG") $(wc -c <"$KUBECONFIG") $(ls -A "$HOME" | wc -l)"'
    path = script(tmp_path, "helm", look)
    first, _ = template(Helm(path=str(path), version="v3"), wanted(chart(tmp_path / "net")))
    environment = dict(line.partition("=")[::2] for line in first.splitlines())
    assert environment["mode"] == "600 0 0"
    assert environment["HTTPS_PROXY"] == environment["http_proxy"] == "http://127.0.0.1:9"
    assert str(tmp_path) not in {*environment.values()} - {environment["PATH"]}
    assert not {
        name for name in environment if name.startswith(("HELM_", "XDG_", "DOCKER_", "ALL_"))
    }
    assert environment["KUBECONFIG"] != environment["HOME"]


@pytest.mark.helm
def test_a_plugin_of_the_user_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plugins").mkdir()
    run = script(tmp_path / "plugins" / "get", "get", f"touch {tmp_path}/ran; echo 'a: fetched'")
    (run.parent / "plugin.yaml").write_text(
        f"name: get\nversion: 1.0.0\ndownloaders: [{{command: {run}, protocols: [get]}}]\n"
    )
    monkeypatch.setenv("HELM_PLUGINS", str(tmp_path / "plugins"))
    assert value(chart(tmp_path / "net"), "a: get://x") == "get://x"
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("release", "namespace", "kube", "said"),
    [
        pytest.param("-a", "n", "1.34.0", "'-a' is not the name of a release", id="an option"),
        pytest.param("a\0", "n", "1.34.0", r"'a\x00' is not the name of a release", id="NUL"),
        pytest.param("a", "n\n", "1.34.0", r"'n\n' is not the name of a namespace", id="a line"),
        pytest.param("a", "", "1.34.0", "'' is not the name of a namespace", id="none"),
        pytest.param(
            "a", "n", "new", "'new' is not the name of a version of Kubernetes", id="no version"
        ),
    ],
)
def test_what_is_no_name_never_reaches_helm(
    tmp_path: Path, release: str, namespace: str, kube: str, said: str
) -> None:
    one = Template(chart=tmp_path, release=release, namespace=namespace, kube_version=kube)
    with pytest.raises(MigratorError) as error:
        template(Helm(path=str(tmp_path / "gone"), version="v3"), one)
    assert error.value.lines() == [said]


def test_what_is_printed_has_to_be_text(tmp_path: Path) -> None:
    path = script(tmp_path, "helm", "printf 'a: \\377'")
    with pytest.raises(MigratorError, match="printed what is not UTF-8, at byte 3"):
        template(Helm(path=str(path), version="v3"), wanted(chart(tmp_path / "net")))


def test_no_room_for_the_copy_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(
        EnvironmentProblem, match="there is no temporary folder to render a chart in"
    ):
        template(Helm(path="helm", version="v3"), wanted(chart(tmp_path / "net")))


def test_helm_is_found_on_path_first_then_beside_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = {
        name: script(tmp_path / name, "helm", f"echo v4.{number}.0+g1")
        for number, name in enumerate(("path", "scripts", "beside"))
    }
    monkeypatch.setenv("PATH", str(tmp_path / "path"), prepend=":")
    monkeypatch.setattr(programs, "_of_environment", lambda: str(tmp_path / "scripts"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "beside" / "python"))
    assert find_helm() == Helm(path=str(scripts["path"]), version="v4.0.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert str(find_helm()) == "helm v4.1.0"
    scripts["scripts"].unlink()
    assert str(find_helm()) == "helm v4.2.0"
    scripts["beside"].unlink()
    assert find_helm() is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param("echo 'Client: v2.16.1+gbbdfe5e'", "helm v2.16.1 is too old", id="helm 2"),
        pytest.param("echo v3.11.0+g472c573", "helm v3.11.0 is too old", id="it looks up host names"),
        pytest.param("echo new", "helm does not print its version", id="no version"),
        pytest.param("echo 'Error: broken' >&2; exit 1", "`helm version` failed: broken", id="exit code"),
    ],
)  # fmt: skip
def test_a_helm_that_does_not_work_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, said: str
) -> None:
    script(tmp_path, "helm", body)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(MigratorError) as error:
        find_helm()
    assert said in error.value.message


@pytest.mark.helm
def test_the_version_is_asked_for_without_plugins_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = script(tmp_path, "helm", 'test -z "$HELM_PLUGINS$XDG_DATA_HOME" && echo v4.3.1+gc0d08d0')
    monkeypatch.setenv("HELM_PLUGINS", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert find_helm() == Helm(path=str(path), version="v4.3.1")
