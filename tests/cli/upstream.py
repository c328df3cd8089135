"""raw.githubusercontent.com on this machine: a proxy that answers for it, with manifests of upstream's shape.

What they say was written for these tests; docs/trust.md lists in what they agree with upstream's.
"""

from __future__ import annotations

import contextlib
import http.server
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
import trustme

from migrator.tools import process
from tests.remembered import Run, key

HOST: Final = "raw.githubusercontent.com"
DEPLOYMENTS: Final = "/k8snetworkplumbingwg/multus-cni/{tag}/deployments"

_BOTH: Final = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: network-attachment-definitions.k8s.cni.cncf.io}
spec:
  group: k8s.cni.cncf.io
  scope: Namespaced
  names:
    kind: NetworkAttachmentDefinition
    plural: network-attachment-definitions
    singular: network-attachment-definition
    shortNames: [net-attach-def]
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            apiVersion: {type: string}
            kind: {type: string}
            metadata: {type: object}
            spec: {type: object, properties: {config: {type: string}}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: multus, namespace: kube-system}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: multus}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: multus}
subjects: [{kind: ServiceAccount, name: multus, namespace: kube-system}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: multus}
rules:
  - {apiGroups: [k8s.cni.cncf.io], resources: ["*"], verbs: ["*"]}
  - {apiGroups: [""], resources: [pods, pods/status], verbs: [get, list, update, watch]}
  - {apiGroups: ["", events.k8s.io], resources: [events], verbs: [create, patch, update]}
---
"""
THIN: Final = f"""\
{_BOTH}apiVersion: v1
kind: ConfigMap
metadata:
  name: multus-cni-config
  namespace: kube-system
  labels: {{app: multus, tier: node}}
data:
  cni-conf.json: |
    {{"name": "multus-cni-network", "type": "multus", "kubeconfig": "/etc/cni/net.d/multus.d/multus.kubeconfig",
     "delegates": [{{"cniVersion": "0.3.1", "name": "default-cni-network", "plugins": [{{"type": "flannel"}}]}}]}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: kube-multus-ds
  namespace: kube-system
  labels: {{app: multus, name: multus, tier: node}}
spec:
  selector: {{matchLabels: {{name: multus}}}}
  updateStrategy: {{type: RollingUpdate}}
  template:
    metadata:
      labels: {{app: multus, name: multus, tier: node}}
    spec:
      hostNetwork: true
      serviceAccountName: multus
      terminationGracePeriodSeconds: 10
      tolerations:
        - {{operator: Exists, effect: NoSchedule}}
        - {{operator: Exists, effect: NoExecute}}
      containers:
        - name: kube-multus
          image: ghcr.io/k8snetworkplumbingwg/multus-cni:snapshot
          command: [/thin_entrypoint]
          args:
            - --multus-conf-file=auto
            - --multus-autoconfig-dir=/host/etc/cni/net.d
            - --cni-conf-dir=/host/etc/cni/net.d
          resources:
            requests: {{cpu: 100m, memory: 50Mi}}
            limits: {{cpu: 100m, memory: 50Mi}}
          securityContext: {{privileged: true}}
          terminationMessagePolicy: FallbackToLogsOnError
          volumeMounts:
            - {{name: cni, mountPath: /host/etc/cni/net.d}}
            - {{name: cnibin, mountPath: /host/opt/cni/bin}}
            - {{name: multus-cfg, mountPath: /tmp/multus-conf}}
      initContainers:
        - name: install-multus-binary
          image: ghcr.io/k8snetworkplumbingwg/multus-cni:snapshot
          command: [/install_multus]
          args: [--type, thin]
          resources: {{requests: {{cpu: 10m, memory: 15Mi}}}}
          securityContext: {{privileged: true}}
          terminationMessagePolicy: FallbackToLogsOnError
          volumeMounts:
            - {{name: cnibin, mountPath: /host/opt/cni/bin, mountPropagation: Bidirectional}}
      volumes:
        - {{name: cni, hostPath: {{path: /etc/cni/net.d}}}}
        - {{name: cnibin, hostPath: {{path: /opt/cni/bin}}}}
        - name: multus-cfg
          configMap:
            name: multus-cni-config
            items: [{{key: cni-conf.json, path: 70-multus.conf}}]
"""
THICK: Final = f"""\
{_BOTH}apiVersion: v1
kind: ConfigMap
metadata:
  name: multus-daemon-config
  namespace: kube-system
  labels: {{app: multus, tier: node}}
data:
  daemon-config.json: |
    {{
        "chrootDir": "/hostroot",
        "cniVersion": "0.3.1",
        "logLevel": "verbose",
        "logToStderr": true,
        "cniConfigDir": "/host/etc/cni/net.d",
        "multusAutoconfigDir": "/host/etc/cni/net.d",
        "multusConfigFile": "auto",
        "socketDir": "/host/run/multus/"
    }}
---
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: kube-multus-ds
  namespace: kube-system
  labels: {{app: multus, name: multus, tier: node}}
spec:
  selector: {{matchLabels: {{name: multus}}}}
  updateStrategy: {{type: RollingUpdate}}
  template:
    metadata:
      labels: {{app: multus, name: multus, tier: node}}
    spec:
      hostNetwork: true
      hostPID: true
      serviceAccountName: multus
      terminationGracePeriodSeconds: 10
      tolerations:
        - {{operator: Exists, effect: NoSchedule}}
        - {{operator: Exists, effect: NoExecute}}
      containers:
        - name: kube-multus
          image: ghcr.io/k8snetworkplumbingwg/multus-cni:snapshot-thick
          command: [/usr/src/multus-cni/bin/multus-daemon]
          env:
            - name: MULTUS_NODE_NAME
              valueFrom: {{fieldRef: {{fieldPath: spec.nodeName}}}}
          resources:
            requests: {{cpu: 100m, memory: 50Mi}}
            limits: {{cpu: 100m, memory: 50Mi}}
          securityContext: {{privileged: true}}
          terminationMessagePolicy: FallbackToLogsOnError
          volumeMounts:
            - {{name: cni, mountPath: /host/etc/cni/net.d}}
            - {{name: cnibin, mountPath: /opt/cni/bin}}
            - {{name: host-run, mountPath: /host/run}}
            - {{name: host-var-lib-cni-multus, mountPath: /var/lib/cni/multus}}
            - {{name: host-var-lib-kubelet, mountPath: /var/lib/kubelet, mountPropagation: HostToContainer}}
            - {{name: host-run-k8s-cni-cncf-io, mountPath: /run/k8s.cni.cncf.io}}
            - {{name: host-run-netns, mountPath: /run/netns, mountPropagation: HostToContainer}}
            - {{name: multus-daemon-config, mountPath: /etc/cni/net.d/multus.d, readOnly: true}}
            - {{name: hostroot, mountPath: /hostroot, mountPropagation: HostToContainer}}
            - {{name: multus-conf-dir, mountPath: /etc/cni/multus/net.d}}
      initContainers:
        - name: install-multus-binary
          image: ghcr.io/k8snetworkplumbingwg/multus-cni:snapshot-thick
          command: [/usr/src/multus-cni/bin/install_multus, -d, /host/opt/cni/bin, -t, thick]
          resources: {{requests: {{cpu: 10m, memory: 15Mi}}}}
          securityContext: {{privileged: true}}
          terminationMessagePolicy: FallbackToLogsOnError
          volumeMounts:
            - {{name: cnibin, mountPath: /host/opt/cni/bin, mountPropagation: Bidirectional}}
      volumes:
        - {{name: cni, hostPath: {{path: /etc/cni/net.d}}}}
        - {{name: cnibin, hostPath: {{path: /opt/cni/bin}}}}
        - {{name: hostroot, hostPath: {{path: /}}}}
        - name: multus-daemon-config
          configMap:
            name: multus-daemon-config
            items: [{{key: daemon-config.json, path: daemon-config.json}}]
        - {{name: host-run, hostPath: {{path: /run}}}}
        - {{name: host-var-lib-cni-multus, hostPath: {{path: /var/lib/cni/multus}}}}
        - {{name: host-var-lib-kubelet, hostPath: {{path: /var/lib/kubelet}}}}
        - {{name: host-run-k8s-cni-cncf-io, hostPath: {{path: /run/k8s.cni.cncf.io}}}}
        - {{name: host-run-netns, hostPath: {{path: /run/netns/}}}}
        - {{name: multus-conf-dir, hostPath: {{path: /etc/cni/multus/net.d}}}}
"""


def manifests(*tags: str) -> dict[str, str]:
    """The paths that raw.githubusercontent.com has for tags or branches of upstream's."""
    return {
        f"{DEPLOYMENTS.format(tag=tag)}/{name}": text
        for tag in tags
        for name, text in {
            "multus-daemonset.yml": THIN,
            "multus-daemonset-thick.yml": THICK,
        }.items()
    }


class Upstream:
    """``files`` are what is served by their paths, and ``asked`` the paths that somebody wanted."""

    def __init__(self, files: Mapping[str, str], context: ssl.SSLContext) -> None:
        self.files, self.asked = dict(files), list[str]()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_CONNECT(self) -> None:
                if self.path != f"{HOST}:443":
                    self.send_error(403)
                    return
                self.send_response(200)
                self.end_headers()
                self.close_connection = True
                outside = self.rfile, self.wfile
                with (
                    contextlib.suppress(OSError),  # git asks, too, and may not trust who answers
                    context.wrap_socket(self.connection, server_side=True) as inner,
                    inner.makefile("rb") as self.rfile,
                    inner.makefile("wb") as self.wfile,
                ):
                    self.handle_one_request()
                self.rfile, self.wfile = outside

            def do_GET(self) -> None:
                outer.asked.append(self.path)
                text = outer.files.get(self.path)
                if text is None:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)


_BUILT: Final[dict[object, tuple[process.Done, list[str]]]] = {}
"""What kustomize built of what it downloaded, and the paths that it asked for."""


def _remembering(
    upstream: Upstream, start: Run, way: Mapping[str, str]
) -> Callable[..., process.Done]:
    """``start``, where the same bytes were not yet built with the same files served. Only what goes the
    ``way`` to this upstream, which the environment names, can know nothing else of it."""

    def run(command: Sequence[str], **how: Any) -> process.Done:
        environment = how["environment"]
        here = way.items() <= environment.items() and not how.get("given")
        alone = {**environment, **dict.fromkeys(way, ""), "GIT_ALLOW_PROTOCOL": "none"}
        digest = key(command, alone, how["seconds"]) if here else None
        found = digest, frozenset(upstream.files.items())
        if digest and found in _BUILT:
            upstream.asked += _BUILT[found][1]
            return _BUILT[found][0]
        seen = len(upstream.asked)
        done = start(command, **how)
        if (
            digest
            and done.code == 0
            and str(Path(command[-1]).absolute()).encode() not in done.out + done.err
        ):
            _BUILT[found] = done, upstream.asked[seen:]
        return done

    return run


@contextlib.contextmanager
def answering(folder: Path, *tags: str) -> Iterator[Upstream]:
    """Upstream's manifests for some tags, by the proxy of the environment, whose certificate
    SSL_CERT_FILE vouches for."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    bundle = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    found = Upstream(manifests(*tags), context)
    thread = threading.Thread(target=found.server.serve_forever, daemon=True)
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NO_PROXY", "no_proxy", "https_proxy"):
            patch.delenv(name, raising=False)
        proxy = f"http://127.0.0.1:{found.server.server_port}"
        way = {"SSL_CERT_FILE": str(bundle), "HTTPS_PROXY": proxy}
        for name, value in way.items():
            patch.setenv(name, value)
        fetching = {**way, "GIT_ALLOW_PROTOCOL": "https"}
        patch.setattr(process, "run", _remembering(found, process.run, fetching))
        yield found
    found.server.shutdown()
    found.server.server_close()
    thread.join()
