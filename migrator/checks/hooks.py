"""M09, P71: probes, hooks and other containers of the pod that were written for thin mode."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from migrator.checks.common import container_at, finding, main_of, pod_of
from migrator.inventory.installer import further_installers, statements
from migrator.model.inventory import Install
from migrator.model.plan import Finding, Rule, Severity
from migrator.thick.intent import Intent
from migrator.trees import pods
from migrator.trees.dig import dig, mapping
from migrator.trees.wording import listed

RULE = Rule(
    id="M09",
    title="A probe or hook was written for thin mode",
    why="it is left unchanged, and the commands or paths that it uses may not exist in "
    "the daemon's container: a failing liveness probe restarts the daemon again "
    "and again",
    reference="deployments/ of multus-cni have none",
    handling="A probe that calls thin mode's program or binary cannot succeed, so it blocks "
    "the plan.",
    severity="warning",
)
REMOVES = Rule(
    id="P71",
    title="A hook or init container removes what Multus needs on the node",
    why="only the daemon may write and remove 00-multus.conf; /var/lib/cni has its "
    "cache of delegates, without which networks are not deleted, and the "
    "reservations of host-local, without which addresses leak or are given out "
    "twice",
    reference="multus-cni#1089; kubevirtci#1474; plugins/ipam/host-local/backend/disk",
    handling="The hook or container is yours, and is left unchanged.",
    severity="warning",
    when="before the rollout",
)
BESIDE = Rule(
    id="M27",
    title="Another container of the pod uses what thin mode wrote or ran",
    why="thick mode does not write multus.kubeconfig, does not run an entrypoint of "
    "thin mode, and does not install the binary multus: on new nodes none of them "
    "exists",
    reference="cmd/multus-daemon/main.go, cmd/install_multus/main.go v4.0.0 to v4.3.0",
    handling="The container is yours, and is left unchanged.",
    severity="warning",
)
RULES = (RULE, REMOVES, BESIDE)

_HOOKS = ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle")
_THIN = re.compile(r"thin_entrypoint|(?<![\w-])entrypoint\.sh|/multus(?![\w./-])")
"""Programs and the binary of thin mode; pgrep multus finds multus-daemon as well."""
_KUBECONFIG = re.compile(r"multus\.kubeconfig")
_CNI_DATA = "/var/lib/cni"


def findings(intent: Intent) -> Iterable[Finding]:
    for form in intent.forms:
        yield from _hooks(form.install)
    for form in intent.moving:
        for name, container in _runners(form.install):
            yield from _removes(form.install, name, container)
            yield from _beside(form.install, name, container)


def _hooks(install: Install) -> Iterable[Finding]:
    main = main_of(install)
    for field in _HOOKS:
        if field in main and install.mode == "thin":
            said = _summary(main[field])
            fails = field.endswith("Probe") and _THIN.search(said)
            severity: Severity = "blocker" if fails else "warning"
            yield finding(
                RULE,
                document=install.daemonset,
                source=container_at(install, field),
                severity=severity,
                seen=f"{field}: {said}",
                remedy=_fitting(field, certain=bool(fails)),
                manual=True,
            )


def _fitting(field: str, *, certain: bool) -> str:
    """What can be done about a probe or hook; the daemon answers no probe but on metricsPort."""
    if field == "lifecycle":
        return (
            "remove the hook from the manifest, or make sure that it works in the daemon's "
            "container"
        )
    probe = (
        "remove it from the manifest, or make it an httpGet of /metrics on "
        "metricsPort, which daemon-config.json has to set"
    )
    return probe if certain else f"{probe}; or make sure that it works in the daemon's container"


def _summary(value: Any) -> str:
    for handler in (value, *value.values()) if isinstance(value, Mapping) else ():
        command = dig(handler, "exec", "command")
        if isinstance(command, list):
            return " ".join(map(str, command))
    return ", ".join(value) if isinstance(value, Mapping) else str(value)


def _runners(install: Install) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What else runs commands in the pod: hooks of the Multus container, other containers."""
    pod, main = pod_of(install), main_of(install)
    for hook, handler in mapping(main, "lifecycle").items():
        command = dig(handler, "exec", "command")
        yield (
            f"hook {hook} of container {install.container}",
            {"command": command, "volumeMounts": main.get("volumeMounts")},
        )
    installers = {install.installer, *further_installers(pod)}
    for field, kind in (("initContainers", "init container"), ("containers", "container")):
        for container in pods.items(pod, field):
            name = str(container.get("name", ""))
            if name not in installers and name != install.container:
                yield f"{kind} {name}", container


def _removes(install: Install, name: str, container: Mapping[str, Any]) -> Iterable[Finding]:
    hook = name.startswith("hook ")
    gone = {
        word: lost
        for words in statements(container)
        if posixpath.basename(words[0]) == "rm"
        for word in words[1:]
        if not word.startswith("-") and (lost := _lost(install, container, word, hook=hook))
    }
    if gone:
        what = "; ".join(dict.fromkeys(gone.values()))
        yield finding(
            REMOVES,
            document=install.daemonset,
            seen=f"{name} removes {listed(list(gone))}: {what}",
            remedy="remove it before the rollout, in a change of its own: the old pod still runs "
            "its hooks when it is replaced, and each restart of the daemon repeats the rest",
            manual=True,
        )


def _beside(install: Install, name: str, container: Mapping[str, Any]) -> Iterable[Finding]:
    words = pods.words(container, "command") + pods.words(container, "args")
    said = " ".join([*words, *(str(e.get("value", "")) for e in pods.items(container, "env"))])
    used = _THIN.search(said) or _KUBECONFIG.search(said)
    if used and install.mode == "thin" and not _is_own(words):
        yield finding(
            BESIDE,
            document=install.daemonset,
            seen=f"{name} uses {used.group()}",
            remedy="remove the container, or give it what thick mode has: a kubeconfig of its "
            "own, the process multus-daemon, the binary multus-shim",
            manual=True,
        )


def _is_own(words: list[str]) -> bool:
    """v3.9's init container, which S05 removes."""
    return bool(words) and posixpath.basename(words[0]) == "generate-kubeconfig"


def _lost(install: Install, container: Mapping[str, Any], path: str, *, hook: bool) -> str:
    """What is lost with it on the node, "" if nothing that Multus needs. The daemon itself removes
    00-multus.conf at its end, so a hook that does the same is left alone."""
    host = pods.on_host(pod_of(install), container, path.removesuffix("*").rstrip("/") or "/")
    own = f"{install.paths.cni_conf_dir}/00-multus.conf"
    shim = f"{install.paths.bin_dir}/multus-shim"
    lost = []
    if host and (pods.below(host, _CNI_DATA) is not None or _takes(host, _CNI_DATA)):
        lost.append("the cache of delegates and the reservations of addresses")
    if host and _takes(host, own) and not (hook and host == own):
        lost.append(
            "the runtime then does not call Multus until the daemon writes its config again"
        )
    if host and _takes(host, shim):
        lost.append("the runtime then cannot call Multus at all")
    return ", and ".join(lost)


def _takes(removed: str, needed: str) -> bool:
    return pods.below(needed, removed) is not None or fnmatchcase(needed, removed)
