from __future__ import annotations

import pytest

from migrator.inventory.cni_configmaps import find_config_map_files
from migrator.model.inputs import CniFile

from .documents import documents

COPY = (
    "command: [cp], args: [-f, /etc/kube-flannel/cni-conf.json, /etc/cni/net.d/10-flannel.conflist]"
)
CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: kube-flannel-cfg, namespace: net}
data:
  net-conf.json: '{}'
  cni-conf.json: |
    {"name": "cbr0"}
---"""


def daemonset(
    copy: str = COPY,
    volume: str = "configMap: {name: kube-flannel-cfg}",
    mount: str = "mountPath: /etc/kube-flannel/",
    host: str = "hostPath: {path: /etc/cni/net.d}",
) -> str:
    return f"""
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: kube-flannel-ds, namespace: net}}
spec:
  template:
    spec:
      initContainers:
      - {{name: install, {copy}, volumeMounts: [{{name: cni, mountPath: /etc/cni/net.d}}, {{name: cfg, {mount}}}]}}
      containers: [{{name: main}}]
      volumes: [{{name: cni, {host}}}, {{name: cfg, {volume}}}]
---"""


def files(text: str) -> list[CniFile]:
    found = documents(text, "flannel.yaml")
    return list(find_config_map_files(found, [d for d in found if d.ref.kind == "DaemonSet"]))


def test_flannel() -> None:
    (file,) = files(CONFIG + daemonset())
    assert (file.node, file.directory, file.name) == ("", "/etc/cni/net.d", "10-flannel.conflist")
    assert file.content == '{"name": "cbr0"}\n'
    assert str(file.source) == "flannel.yaml:7"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        pytest.param(
            daemonset(host="hostPath: {path: /var/lib/rancher/k3s/agent/etc/cni/net.d/}"),
            "/var/lib/rancher/k3s/agent/etc/cni/net.d/10-flannel.conflist",
            id="the directory is the host's",
        ),
        pytest.param(
            daemonset("command: [cp, /etc/kube-flannel/cni-conf.json, /etc/cni/net.d/]"),
            "/etc/cni/net.d/cni-conf.json",
            id="into a directory it keeps its name",
        ),
        pytest.param(
            daemonset("command: [cp, /etc/kube-flannel/cni-conf.json, /etc/cni/net.d]"),
            "/etc/cni/net.d/cni-conf.json",
            id="a mount point is a directory",
        ),
        pytest.param(
            daemonset(
                COPY.replace("cni-conf.json", "x.json"),
                "configMap: {name: kube-flannel-cfg, items: [{key: cni-conf.json, path: x.json}]}",
            ),
            "/etc/cni/net.d/10-flannel.conflist",
            id="a key under another file name",
        ),
        pytest.param(
            daemonset(mount="mountPath: /etc/kube-flannel/cni-conf.json, subPath: cni-conf.json"),
            "/etc/cni/net.d/10-flannel.conflist",
            id="a single file by subPath",
        ),
        pytest.param(
            daemonset(
                volume="projected: {sources: [{secret: {}}, {configMap: {name: kube-flannel-cfg}}]}"
            ),
            "/etc/cni/net.d/10-flannel.conflist",
            id="projected volume",
        ),
        pytest.param(
            daemonset(
                "command: [sh, -c, cp -f /etc/kube-flannel/cni-conf.json /etc/cni/net.d/a.conf]"
            ),
            "/etc/cni/net.d/a.conf",
            id="a shell that only copies",
        ),
    ],
)
def test_where_the_file_lands(text: str, path: str) -> None:
    (file,) = files(CONFIG + text)
    assert f"{file.directory}/{file.name}" == path


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(daemonset(), id="the ConfigMap is not in the inputs"),
        pytest.param(
            CONFIG.replace("namespace: net", "namespace: else") + daemonset(),
            id="another namespace",
        ),
        pytest.param(
            CONFIG.replace('"cbr0"', '"__NAME__"') + daemonset(), id="a template that is filled in"
        ),
        pytest.param(CONFIG + daemonset(host="emptyDir: {}"), id="not the host's directory"),
        pytest.param(
            CONFIG + daemonset("command: [/install-cni.sh]"), id="an installer of its own"
        ),
        pytest.param(
            CONFIG + daemonset(COPY.replace("cni-conf.json", "gone.json")), id="no such key"
        ),
        pytest.param(CONFIG + daemonset(COPY.replace("conflist", "sh")), id="no CNI file"),
        pytest.param(
            CONFIG
            + daemonset(
                volume="configMap: {name: kube-flannel-cfg, items: [{key: net-conf.json, path: n}]}"
            ),
            id="a key that is not mounted",
        ),
        pytest.param(
            CONFIG
            + daemonset("command: [sh, -c, 'cp /etc/kube-flannel/cni-conf.json $DIR/a.conf']"),
            id="a variable",
        ),
        pytest.param(
            CONFIG
            + daemonset(
                "command: [sh, -c, 'cp /etc/kube-flannel/cni-conf.json /etc/cni/net.d/a.conf; sed -i s/a/b/ x']"
            ),
            id="a script that goes on",
        ),
        pytest.param(
            CONFIG
            + daemonset(
                "command: [sh, -c, 'cp /etc/kube-flannel/cni-conf.json /etc/cni/net.d/a.conf && sed -i s/a/b/ /x']"
            ),
            id="a script that changes what it copied",
        ),
        pytest.param(
            CONFIG
            + daemonset(
                "command: [sh, -c, 'cp /etc/kube-flannel/cni-conf.json /etc/cni/net.d/a.conf &']"
            ),
            id="a job in the background",
        ),
        pytest.param(
            CONFIG
            + daemonset("command: [cp, -t, /etc/cni/net.d, /etc/kube-flannel/cni-conf.json]"),
            id="an option that turns the words around",
        ),
        pytest.param(
            CONFIG + daemonset("command: [cp, /etc/kube-flannel/cni-conf.json]"), id="one word"
        ),
        pytest.param(CONFIG + daemonset("command: [sh]"), id="a bare shell"),
    ],
)
def test_what_is_not_certain_is_left_out(text: str) -> None:
    assert files(text) == []


def test_only_the_given_daemonsets_are_looked_at() -> None:
    assert find_config_map_files(documents(CONFIG + daemonset()), []) == ()


def test_a_file_that_two_daemonsets_write_comes_once() -> None:
    assert len(files(CONFIG + daemonset() + daemonset().replace("-ds", "-ds-arm64"))) == 1
