"""NADs and workloads for tests, beside the installs of tests/builders.py."""

from __future__ import annotations

import json
import textwrap
from typing import Any

from migrator.model.inputs import CniFile
from migrator.model.plan import EVERY_POD, Attachment, Plan
from migrator.plan.planner import make_plan
from tests.builders import ROLE, daemonset, inventory, node_file, target

CONF_DIR = "/etc/cni/multus/net.d"

ISTIO = {
    "cniVersion": "0.3.1",
    "name": "istio-cni",
    "type": "istio-cni",
    "log_level": "info",
    "kubernetes": {"kubeconfig": "/etc/cni/net.d/ZZZ-istio-cni-kubeconfig"},
}

RULES = """\
- {apiGroups: [k8s.cni.cncf.io], resources: ["*"], verbs: ["*"]}
- {apiGroups: [""], resources: [pods, pods/status], verbs: [get, update]}
"""


def nad(name: str, namespace: str = "default", config: str | None = None) -> str:
    """A NAD document; without ``config`` it has no spec."""
    spec = "" if config is None else f"spec:\n  config: {json.dumps(config, ensure_ascii=False)}\n"
    return (
        "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\n"
        f"metadata: {{name: {name}, namespace: {namespace}}}\n{spec}"
    )


def deployment(networks: str, namespace: str = "default", name: str = "web") -> str:
    """A Deployment whose pods ask for ``networks``."""
    return textwrap.dedent(f"""\
        apiVersion: apps/v1
        kind: Deployment
        metadata: {{name: {name}, namespace: {namespace}}}
        spec:
          selector: {{matchLabels: {{app: {name}}}}}
          template:
            metadata:
              labels: {{app: {name}}}
              annotations: {{k8s.v1.cni.cncf.io/networks: {json.dumps(networks, ensure_ascii=False)}}}
            spec:
              containers: [{{name: app, image: registry.example/app:1}}]
        """)


def cni(content: Any, node: str = "", name: str = "", directory: str = CONF_DIR) -> CniFile:
    """A node's CNI file with ``content`` (data, or text as it stands)."""
    text = content if isinstance(content, str) else json.dumps(content)
    title = name or f"{content.get('name', 'x')}.conf"
    return node_file(title, text, directory=directory, node=node)


def plan(
    *documents: str,
    files: tuple[CniFile, ...] = (),
    to: str = "4.2.4",
    flags: tuple[str, ...] = (),
    **wishes: Any,
) -> Plan:
    """The plan of thin v4.0.2 with ``documents`` beside it."""
    install = daemonset("--multus-conf-file=auto", *flags)
    before = inventory(install, ROLE + RULES, *documents, files=files)
    return make_plan(before, target(to, **wishes))


def rows(planned: Plan) -> tuple[Attachment, ...]:
    """What workloads ask for, without the networks that every pod gets."""
    return tuple(row for row in planned.attachments if row.origin != EVERY_POD)
