"""An estate with a secret of its own in every place where people put one."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

PLANTED: dict[str, str] = {}
"""Where -> the secret there. All of them are different, and none is a part of another."""


def hush(where: str) -> str:
    """The secret of a place: letters and a digit, so that nothing but its place gives it away."""
    return PLANTED.setdefault(where, f"hush{len(PLANTED):03}word")


def encoded(where: str) -> str:
    """One as a Secret holds it."""
    text = base64.b64encode(f"it is {len(PLANTED):03}".encode()).decode()
    return PLANTED.setdefault(where, text)


def jwt(where: str) -> str:
    """Three parts, as a service account's token has them."""
    parts = ("header", "payload", "signature")
    made = ".".join(("eyJ" if part != "signature" else "") + 16 * "x" + part for part in parts)
    return f"{made}{hush(where)}"


def config(where: str, name: str, **more: Any) -> dict[str, Any]:
    """A CNI config with secrets under every name, and further down too."""
    return {
        "cniVersion": "0.3.1",
        "name": name,
        "type": "macvlan",
        "master": "eth1",
        **{
            key: hush(f"{where}: {key}")
            for key in (
                *("password", "token", "psk", "privateKey", "pwd", "etcd_key", "private_key"),
                *("wgPrivateKey", "preSharedKey", "pre_shared_key", "apiKey"),
                *("client-secret", "passphrase", "sharedSecret"),
            )
        },
        "ipam": {
            "type": "whereabouts",
            "range": "10.0.0.0/24",
            "etcd_endpoints": f"https://etcd:{hush(where + ': URL')}@etcd.example:2379",
            "auth": {"user": "a", "password": hush(where + ": nested")},
            "list": [{"deep": {"token": hush(where + ": deep")}}],
        },
        **more,
    }


def environment() -> list[dict[str, Any]]:
    values = {
        "ETCD_PASSWORD": hush("env: password"),
        "AUTH_TOKEN": hush("env: token"),
        "DATABASE_URL": f"mongodb+srv://app:{hush('env: URL')}@db.example/x",
        "CACHE": f"redis://:{hush('env: URL without a user')}@cache.example:6379/0",
        "DSN": f"jdbc:mysql://db.example/x?user=a&password={hush('env: query')}",
        "SESSION": jwt("env: JWT"),
        "SETTINGS": json.dumps({"a": {"password": hush("env: JSON")}}),
    }
    return [{"name": name, "value": value} for name, value in values.items()]


def flags() -> list[str]:
    return [
        "--multus-conf-file=auto",
        "--cni-version=0.3.1",
        f"--auth-token={hush('flag: with =')}",
        *("--password", hush("flag: next word")),
        *("-p", hush("flag: -p")),
        f"--api-key={hush('flag: key')}&{hush('flag: after a sign')}",
        f"--etcd=https://etcd:{hush('flag: URL')}@etcd.example:2379",
        f"--session={jwt('flag: JWT')}",
    ]


def daemonset(image: str = "ghcr.io/k8snetworkplumbingwg/multus-cni:v4.0.2") -> dict[str, Any]:
    """A thin install."""
    volumes = {
        "cni": {"hostPath": {"path": "/etc/cni/net.d"}},
        "cnibin": {"hostPath": {"path": "/opt/cni/bin"}},
        "multus-cfg": {"configMap": {"name": "multus-cni-config"}},
    }
    mounts = {"cni": "/host/etc/cni/net.d", "cnibin": "/host/opt/cni/bin", "multus-cfg": "/tmp/m"}
    main = {
        "name": "kube-multus",
        "image": image,
        "command": ["/thin_entrypoint"],
        "args": flags(),
        "env": environment(),
        "securityContext": {"privileged": True},
        "volumeMounts": [{"name": n, "mountPath": p} for n, p in mounts.items()],
    }
    installer = {
        "name": "install-multus-binary",
        "image": image,
        "command": ["sh", "-c", f"cp /a /b; login --password {hush('shell: flag')} now"],
        "volumeMounts": [{"name": "cnibin", "mountPath": "/host/opt/cni/bin"}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {
            "name": "kube-multus-ds",
            "namespace": "kube-system",
            "annotations": {
                "example.com/token": hush("annotation: its name"),
                "example.com/note": f"password: {hush('annotation: its text')}",
            },
        },
        "spec": {
            "selector": {"matchLabels": {"name": "multus"}},
            "template": {
                "metadata": {"labels": {"name": "multus"}},
                "spec": {
                    "serviceAccountName": "multus",
                    "hostNetwork": True,
                    "initContainers": [installer],
                    "containers": [main],
                    "volumes": [{"name": name, **source} for name, source in volumes.items()],
                },
            },
        },
    }


def kubeconfig(where: str) -> str:
    block = hush(where + ": block")
    return (
        "apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user:\n"
        f"    token: {hush(where + ': token')}\n    password: {hush(where)} {hush(where + ': rest')}\n"
        f"    client-key-data: LS0tLS1CRUdJTi{hush(where + ': key')}\n"
        f"    passphrase: |\n      {block}\n    username: a\n"
    )


def nad(name: str, text: str | None, **annotations: str) -> dict[str, Any]:
    return {
        "apiVersion": "k8s.cni.cncf.io/v1",
        "kind": "NetworkAttachmentDefinition",
        "metadata": {"name": name, "namespace": "default", "annotations": annotations},
        **({"spec": {"config": text}} if text is not None else {}),
    }


def deployment(name: str, networks: str) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {
                    "labels": {"app": name},
                    "annotations": {"k8s.v1.cni.cncf.io/networks": networks},
                },
                "spec": {"containers": [{"name": "a", "image": "registry.example/a"}]},
            },
        },
    }


def secret() -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "store", "namespace": "kube-system"},
        "data": {"plain": encoded("Secret: data")},
        "stringData": {"x": hush("Secret: stringData"), "kubeconfig": kubeconfig("Secret: file")},
    }


def config_map() -> dict[str, Any]:
    own = {
        "cniVersion": "0.3.1",
        "name": "multus-cni-network",
        "type": "multus",
        "kubeconfig": "/etc/cni/net.d/multus.d/multus.kubeconfig",
        "delegates": [config("hand-written", "primary")],
    }
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "multus-cni-config", "namespace": "kube-system"},
        "data": {
            "cni-conf.json": json.dumps(own, indent=2),
            "kubeconfig": kubeconfig("ConfigMap: file"),
            "password": hush("ConfigMap: key"),
        },
    }


def documents() -> list[dict[str, Any]]:
    """The manifests: an install, NADs with and without a config, a workload for each, a Secret."""
    twice = f'{{"type": "macvlan", "token": "{hush("NAD: key twice")}", "token": "b"}}'
    broken = f'{{"type": "macvlan", "password": "{hush("NAD: no JSON")}", '
    annotated = {"example.com/password": hush("NAD: annotation")}
    nads = [
        nad("inline", json.dumps(config("NAD", "inline")), **annotated),
        nad("plugins", json.dumps({"cniVersion": "0.3.1", "name": "plugins",
                                   "plugins": [config("NAD: plugins", "a")]})),
        nad("twice", twice),
        nad("broken", broken),
        nad("filed", None),
        nad("drifted", None),
    ]  # fmt: skip
    asked = json.dumps([{"name": "inline", "cni-args": {"token": hush("selection: cni-args")}}])
    users = [deployment(item["metadata"]["name"], item["metadata"]["name"]) for item in nads]
    return [daemonset(), config_map(), secret(), *nads, *users, deployment("args", asked)]


def write(folder: Path) -> None:
    """``manifests/`` with a document a file, and ``nodes/`` with the files of two nodes."""
    manifests = folder / "manifests"
    manifests.mkdir()
    for number, document in enumerate(documents()):
        (manifests / f"{number:02}.json").write_text(json.dumps(document, indent=2) + "\n")
    for node in ("a", "b"):
        net = folder / f"nodes/{node}/etc/cni/net.d"
        own = folder / f"nodes/{node}/etc/cni/multus/net.d"
        drop = folder / f"nodes/{node}/etc/cni/net.d/multus.d"
        drop.mkdir(parents=True)
        own.mkdir(parents=True)
        (net / "10-primary.conf").write_text(json.dumps(config("node: primary", "primary")))
        (own / "20-filed.conf").write_text(json.dumps(config("node: file", "filed")))
        (own / "30-drifted.conf").write_text(json.dumps(config(f"node {node}", "drifted")))
        (net / "40-broken.conf").write_text(f'{{"token": "{hush("node: no JSON")}", ')
        (drop / "multus.kubeconfig").write_text(kubeconfig("node: kubeconfig"))
