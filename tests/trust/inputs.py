"""Every hostile input that docs/trust.md lists, with how the program ends on it."""

from __future__ import annotations

import json
from typing import Final

from tests.plan.estates import nad
from tests.read.archives import link, member
from tests.trust.making import (
    KEY,
    LONG,
    MANY,
    NAD,
    Hostile,
    aliased,
    beside,
    bomb,
    chart,
    copied,
    files,
    install,
    machine,
    nested,
    no_command,
    node_archive,
    nothing_hidden,
    packed_chart,
    pipe,
    pod,
    repeated,
    repeated_text,
    root,
    script,
    sparse,
    text,
    thing,
    unix_socket,
    values_of_argo,
    without,
)

_BUILD: Final = ("check", "in")
_NODES: Final = ("check", "in.yaml", "--node-files", "nodes")
_PLAN: Final = ("plan", "in.yaml", "--no-verify")
_CONF: Final = "nodes/etc/cni/net.d/10-a.conflist"
_NETWORKS: Final = "asks for about 20,000 networks; no pod has so many"
_URL: Final = "http://127.0.0.1:9/x"
_GENERATOR: Final = json.dumps(
    {
        "apiVersion": "builtin",
        "kind": "ConfigMapGenerator",
        "metadata": {"name": "g"},
        "files": [f"k={_URL}"],
    }
)


def _flag(piece: str) -> str:
    return install(f"--multus-conf-file={piece * (LONG // len(piece))}")


TEXTS: Final = (
    Hostile(name="100 KB in a flag: `--token.` again and again", make=text(_flag("--token.")), code=0, said="", large=True),
    Hostile(name="100 KB in a flag: `eyJ-` again and again", make=text(_flag("eyJ-")), code=0, said=""),
    Hostile(name="100 KB in a flag: `)` again and again, for Markdown", make=text(_flag(")")), arguments=("check", "in.yaml", "--format", "markdown"), code=0, said=""),
    Hostile(name="100 KB of a script: `;&` again and again", make=text(script(";&" * (LONG // 2))), code=4, said=""),
    Hostile(name="100 KB of a script: `multus-daemon ` again and again", make=text(script("multus-daemon " * (LONG // 14))), code=4, said="", large=True),
    Hostile(name="100 KB of JSON that does not end, in a NAD", make=text(nad("lan", config='{"a":' * (LONG // 5))), code=0, said=""),
)  # fmt: skip
NETWORKS: Final = (
    Hostile(name="an annotation of 600 KB", make=text(pod(",".join(["lan"] * 150_000))), code=1, said="is larger than 256 KiB"),
    Hostile(name="20,000 networks of a pod", make=text(pod(MANY)), code=1, said=_NETWORKS),
    Hostile(name="20,000 networks as JSON", make=text(pod(json.dumps([{"name": "a"}] * 20_000))), code=1, said="KiB"),
    Hostile(name="20,000 networks of a KubeVirt machine", make=text(machine(20_000)), code=1, said="is larger than 256 KiB", large=True),
    Hostile(name="20,000 networks in values of a chart", make=text(values_of_argo(MANY)), code=1, said=_NETWORKS),
    Hostile(
        name="20,000 networks of a Rook cluster",
        make=text(thing("CephCluster", "ceph.rook.io/v1", {"network": {"provider": "multus", "selectors": {"public": MANY}}})),
        code=1,
        said=_NETWORKS,
    ),
    Hostile(name="200 pods whose annotation is an alias of one, of 1,000 networks (24 KB)", make=text(aliased(200, 1000)), code=1, said="more than 100,000 networks are asked for"),
    Hostile(
        name="20,000 networks of a running pod",
        make=text(json.dumps({"kind": "Pod", "metadata": {"name": "a", "namespace": "apps", "annotations": {KEY: MANY}}}), "pods.json"),
        arguments=("verify", "--pods", "pods.json"),
        code=1,
        said=_NETWORKS,
    ),
)  # fmt: skip
DOCUMENTS: Final = (
    Hostile(name="an alias bomb in a manifest", make=text(bomb()), code=1, said="its aliases expand to more than 100000 values"),
    Hostile(name="2,000 aliases of a text of 100 KB", make=text(repeated_text(2_000)), code=1, said="its aliases expand to more than 100000 values"),
    Hostile(name="an alias bomb in a file of a root", make=files({"in/kustomization.yaml": "resources: [a.yaml]\n", "in/a.yaml": bomb()}), arguments=_BUILD, code=4, said="its aliases expand"),
    Hostile(name="an alias bomb in a kustomization", make=files({"in/kustomization.yaml": bomb().replace("v1\nkind: ConfigMap", "kustomize.config.k8s.io/v1beta1\nkind: Kustomization")}), arguments=_BUILD, code=1, said="its aliases expand"),
    Hostile(name="15,000,000 documents, empty (60 MB)", make=repeated(b"---\n", 15_000_000), code=1, said="more than 100,000 documents", large=True),
    Hostile(name="5,000,000 documents, small (60 MB)", make=repeated(b"---\nkind: x\n", 5_000_000), code=1, said="more than 100,000 documents", large=True),
    Hostile(name="100,000 levels of YAML", make=text("kind: multus\na: " + "[" * LONG), code=1, said="more than 100 levels of nesting", large=True),
    Hostile(name="100,000 levels of JSON", make=text('{"kind": "multus", "a": ' + "[" * LONG), code=1, said="more than 100 levels of nesting"),
    Hostile(name="100,000 levels of JSON in a NAD", make=text(nad("lan", config="[" * LONG)), code=0, said=""),
    Hostile(name="100,000 levels of JSON in a node file", make=files({"in.yaml": install(), _CONF: "[" * LONG}), arguments=_NODES, code=4, said=""),
    Hostile(name="100,000 levels of JSON in plan.json", make=files({"out/plan.json": "[" * LONG}), arguments=("verify", "out"), code=1, said="plan.json"),
    Hostile(name="UTF-32", make=text("kind: multus\n".encode("utf-32")), code=1, said="the file is UTF-32, not UTF-8"),
    Hostile(name="bytes that are no UTF-8", make=text(b"kind: multus\xff\n"), code=1, said="not UTF-8: byte 0xff at offset 12"),
)  # fmt: skip
_BESIDE: Final = {"in/lan.yaml": NAD}
FILES: Final = (
    Hostile(name="a pipe without a writer (bound set to 2 s)", make=pipe("in.yaml"), environment={"MULTUS_MIGRATOR_MAX_INPUT_SECONDS": "2"}, code=1, said="nothing more came within 2 seconds"),
    Hostile(name="a pipe in a folder", make=pipe("in/a.yaml", _BESIDE), arguments=("check", "in"), code=0, said=""),
    Hostile(name="a pipe in a root", make=pipe("in/a.yaml", {"in/kustomization.yaml": "resources: [a.yaml, lan.yaml]\n", **_BESIDE}), arguments=_BUILD, code=4, said="neither a file nor a folder"),
    Hostile(name="/dev/zero", make=text(NAD), arguments=("check", "/dev/zero"), code=1, said="a device, not a file"),
    Hostile(name="a socket", make=unix_socket, code=1, said="cannot be read: "),
    Hostile(name="a file of 100 GB", make=sparse("in.yaml", 10**11), code=1, said="larger than 64 MiB", large=True),
    Hostile(name="a CNI file of a node, of 100 GB", make=sparse(_CONF, 10**11, {"in.yaml": install()}), arguments=_NODES, code=1, said="larger than 64 MiB", large=True),
    Hostile(name="a plugin of a node, of 100 GB", make=sparse("nodes/opt/cni/bin/multus", 10**11, {"in.yaml": install(), _CONF: "{}"}), arguments=_NODES, code=4, said=""),
    Hostile(name="an archive of a node that unpacks to 400 MB", make=node_archive(lambda: iter([member("etc/cni/net.d/a.conf", bytes(4 * 10**8))])), arguments=_NODES, code=1, said="larger than 32 MiB", large=True),
    Hostile(name="an archive of a node with 20,000 members", make=node_archive(lambda: (member(f"etc/cni/{n}.conf") for n in range(20_000))), arguments=_NODES, code=1, said="more than 10,000 members", large=True),
    Hostile(name="an archive of a node with a file that lies in a link", make=node_archive(lambda: iter([link("etc/cni", "/root"), member("etc/cni/a.conf", b"{}")])), arguments=_NODES, code=1, said="holds etc/cni as a folder and as something else"),
    Hostile(name="multus-migrator.toml of 100 GB", make=sparse("multus-migrator.toml", 10**11, {"in.yaml": NAD}), code=1, said="larger than 256 KiB"),
    Hostile(name="multus-migrator.toml: 100 KB of one key's dots", make=files({"multus-migrator.toml": ".".join(["a"] * (LONG // 2)) + " = 1", "in.yaml": NAD}), code=1, said="a key of more than 100 levels"),
    Hostile(name="multus-migrator.toml: 20,000 keys that are none", make=files({"multus-migrator.toml": "".join(f"k{i} = 1\n" for i in range(20_000)), "in.yaml": NAD}), code=1, said="unknown key k99"),
    Hostile(name="multus-migrator.toml: 100,000 levels", make=files({"multus-migrator.toml": "x = " + "[" * LONG, "in.yaml": NAD}), code=1, said="too deep within each other"),
    Hostile(name="pods of 100 GB", make=sparse("pods.json", 10**11), arguments=("verify", "--pods", "pods.json"), environment={"MULTUS_MIGRATOR_MAX_PODS_MIB": "64"}, code=1, said="larger than 64 MiB", large=True),
    Hostile(name="a pipe as plan.json", make=pipe("out/plan.json", {"out/a": ""}), arguments=("verify", "out"), code=1, said="not a regular file"),
    Hostile(name="a plan.json of 100 GB", make=sparse("out/plan.json", 10**11), arguments=("verify", "out"), code=1, said="larger than 256 MiB"),
    Hostile(name="OUT with a plan.json of 100 GB", make=sparse("multus-thick/plan.json", 10**11, {"in.yaml": install()}), arguments=_PLAN, code=1, said="was not written by multus-migrator"),
)  # fmt: skip
_FAST: Final = {
    "MULTUS_MIGRATOR_MAX_BUILD_SECONDS": "3",
    "MULTUS_MIGRATOR_MAX_BUILD_MEMORY_MIB": "256",
}
BUILDS: Final = (
    Hostile(name="a build tool that prints without end", make=root(), tool="exec yes kind: x", arguments=_BUILD, code=1, said="printed more than 256 MiB", large=True),
    Hostile(name="a build tool that complains without end", make=root(), tool="exec yes >&2", arguments=_BUILD, environment=_FAST, code=1, said="did not end within 3 seconds", large=True),
    Hostile(name="a build tool that hangs (bound set to 3 s)", make=root(), tool="exec sleep 1000", arguments=_BUILD, environment=_FAST, code=1, said="did not end within 3 seconds", large=True),
    Hostile(name="a build tool whose child keeps the output open (3 s)", make=root(), tool="sleep 1000 & exit 0", arguments=_BUILD, environment=_FAST, code=1, said="did not end within 3 seconds", large=True),
    Hostile(name="a build tool that takes memory (bound set to 256 MiB)", make=root(), tool="exec python3 -c \"x = []\nwhile True: x.append(bytes(2**24))\"", arguments=_BUILD, environment=_FAST, code=1, said="`kustomize build in` failed: ", large=True),
    Hostile(name="a build tool that prints no UTF-8", make=root(), tool="printf 'kind: \\377'", arguments=_BUILD, code=1, said="printed what is not UTF-8, at byte 6"),
    Hostile(name="a root that fetches a resource", make=root(resources=["lan.yaml", _URL]), arguments=_BUILD, code=4, said="nothing is downloaded here"),
    Hostile(name="a root that fetches in a generator", make=root(generators=[_GENERATOR]), arguments=_BUILD, code=4, said="nothing is downloaded here"),
    Hostile(name="a root that fetches below a folder", make=files({"in/lan.yaml": NAD, "in/multus/kustomization.yaml": f"resources: ['{_URL}', gone.yaml]\n"}), arguments=("check", "in"), code=4, said="nothing is downloaded here"),
)  # fmt: skip
_ENDLESS: Final = "{{ range until 100000 }}{{ range until 100000 }}MORE{{ end }}{{ end }}"
_OUTSIDE: Final = "hunter2-of-the-host"
_READING: Final = (
    "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\nmetadata: {name: own}\n"
    'spec: {config: {{ print (.Files.Get "../../outside") (.Files.Get "../outside") | quote }}}\n'
)
CHARTS: Final = (
    Hostile(name="a packed chart of 400 MB, unpacked", make=packed_chart(lambda: iter([("multus/templates/a.yaml", bytes(4 * 10**8))])), arguments=_BUILD, code=4, said="is larger than 100 MiB, unpacked", large=True, helm=True),
    Hostile(name="a packed chart of 100,000 small files", make=packed_chart(lambda: ((f"multus/a/{n}", b"x") for n in range(LONG))), arguments=_BUILD, code=4, said="holds more than 10,000 files and folders", large=True, helm=True),
    Hostile(name="packed charts in packed charts, 20 levels", make=packed_chart(lambda: nested(20)), arguments=_BUILD, code=4, said="holds packed charts in packed charts without end", helm=True),
    Hostile(name="a packed chart with a file in `..`", make=packed_chart(lambda: iter([("multus/../../x", b"x")])), arguments=_BUILD, code=4, said="leads out of the chart", helm=True),
    Hostile(name="a chart with a link to `/etc/passwd`", make=chart({}, {"values.yaml": "/etc/passwd"}), arguments=_BUILD, code=4, said="is a link, and charts may have none", helm=True),
    Hostile(name="a chart that reads files in `..`", make=beside({"outside": _OUTSIDE}, chart({"templates/a.yaml": _READING})), arguments=("plan", "in", "--no-verify"), code=0, said="", sound=without(_OUTSIDE), helm=True),
    Hostile(name="a template that calls itself", make=chart({"templates/a.yaml": '{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}'}), arguments=_BUILD, code=4, said="cannot be rendered", helm=True),
    Hostile(name="a template that does not end (bound set to 3 s)", make=chart({"templates/a.yaml": _ENDLESS.replace("MORE", "")}), arguments=_BUILD, environment=_FAST, code=4, said="did not end within 3 seconds", large=True, helm=True),
    Hostile(name="a template that prints without end", make=chart({"templates/a.yaml": _ENDLESS.replace("MORE", "# more\n")}), arguments=_BUILD, code=4, said="cannot be rendered", large=True, helm=True),
    Hostile(name="an alias bomb in the values of a chart", make=chart({"values.yaml": bomb()}), arguments=_BUILD, code=4, said="cannot be rendered", helm=True),
)  # fmt: skip
HIDDEN: Final = "a\u202eb\x9bc\u200bd"
OUTPUTS: Final = (
    Hostile(name="`/etc/passwd` as the config that thin mode copies", make=text(copied("passwd", "/etc")), arguments=_PLAN, code=0, said="", sound=no_command("/etc/passwd")),
    Hostile(name="a config in `..`", make=text(copied("70.conf", "/etc/cni/net.d/../../x")), arguments=_PLAN, code=0, said="", sound=no_command("/../")),
    Hostile(name="a config called `$(reboot).conf`", make=text(copied("$(reboot).conf", "/etc/cni/net.d")), arguments=_PLAN, code=0, said="", sound=no_command("reboot")),
    Hostile(name="a config in a directory that is an option of tar", make=text(copied("70.conf", '"/etc/cni/net.d --checkpoint-action=exec=x"')), arguments=_PLAN, code=0, said="", sound=no_command("checkpoint")),
    Hostile(name="bidirectional and control characters in an argument", make=text(install(f"--x={HIDDEN}")), arguments=_PLAN, code=0, said="", sound=nothing_hidden),
    Hostile(name="no reader of stdout", make=text(install()), arguments=_PLAN, stdout="unread", code=0, said=""),
    Hostile(name="stdout closed", make=text(install()), arguments=_PLAN, stdout="closed", code=0, said=""),
    Hostile(name="stdout on a full disk", make=text(install()), arguments=_PLAN, stdout="full", code=1, said="standard output cannot be written: No space left on device; multus-thick had been written whole"),
)  # fmt: skip
HOSTILE: Final = (*TEXTS, *NETWORKS, *DOCUMENTS, *FILES, *BUILDS, *CHARTS, *OUTPUTS)
