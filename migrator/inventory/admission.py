"""What a pod asks of the host, and whether a policy's match reaches it: True, False, or None where
the inputs do not tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from msgspec import Struct

from migrator.model.inputs import Document
from migrator.read.namespaces import effective_namespace
from migrator.trees import pods
from migrator.trees.dig import mapping, strings


class Asks(Struct, frozen=True, kw_only=True):
    """What is new in the planned pod: ``host_pid`` and the other fields by their names in Pod, and
    the host paths that no volume had before."""

    daemonset: Document
    fields: frozenset[str]
    host_paths: tuple[str, ...]

    @property
    def namespace(self) -> str:
        return effective_namespace(self.daemonset)

    def named_in(self, text: str) -> list[str]:
        """The new fields that the text of an expression is about. One about volumes may allow kinds
        of them only, and hostPath is what it then does not name."""
        named = [field for field in sorted(self.fields) if field in text]
        of_volumes = self.host_paths and ("hostPath" in text or "volumes" in text)
        return [*named, *(["hostPath"] if of_volumes else [])]


def new_asks(daemonset: Document, planned: Mapping[str, Any], container: str) -> Asks:
    """What ``planned``, the pod of thick mode, has and the DaemonSet's pod has not."""
    today = pods.pod_spec(daemonset.data)
    before, after = _fields(today, container), _fields(planned, container)
    had = {pods.host_path(v) for v in pods.items(today, "volumes")}
    paths = [pods.host_path(v) for v in pods.items(planned, "volumes")]
    return Asks(
        daemonset=daemonset,
        fields=frozenset(after - before),
        host_paths=tuple(dict.fromkeys(p for p in paths if p and p not in had)),
    )


def _fields(pod: Mapping[str, Any], container: str) -> set[str]:
    found = {name for name in ("hostPID", "hostNetwork") if pod.get(name) is True}
    main = pods.container(pod, container)
    if mapping(main, "securityContext").get("privileged") is True:
        found.add("privileged")
    return found


def texts(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def matches_any(name: str, patterns: Iterable[str]) -> bool:
    """Wildcards of Kyverno and Gatekeeper: * and ?, whatever is between."""
    return any(fnmatchcase(name, pattern.replace("[", "[[]")) for pattern in patterns)


def is_below(path: str, prefix: str) -> bool:
    """Whether a host path lies in the folder ``prefix``; a prefix ends at a slash (PSP)."""
    clean = prefix.rstrip("/")
    return path == clean or path.startswith(f"{clean}/")


def all_of(values: Iterable[bool | None]) -> bool | None:
    found = list(values)
    if False in found:
        return False
    return None if None in found else True


def any_of(values: Iterable[bool | None]) -> bool | None:
    found = list(values)
    if True in found:
        return True
    return None if None in found else False


def negated(value: bool | None) -> bool | None:
    return None if value is None else not value


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool | None:
    """A label selector; None where it has expressions, but for those on known labels."""
    wanted = strings(selector, "matchLabels")
    if any(not matches_any(labels.get(key, ""), [value]) for key, value in wanted.items()):
        return False
    return all_of(_expression(e, labels) for e in pods.items(selector, "matchExpressions"))


def _expression(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool | None:
    key, values = str(expression.get("key")), texts(expression.get("values"))
    answers = {
        "In": labels.get(key) in values,
        "NotIn": labels.get(key) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }
    return answers.get(str(expression.get("operator")))


def namespace_labels(namespace: str, documents: Iterable[Document]) -> Mapping[str, str]:
    """The labels of a namespace, as far as the inputs hold it; its name is one in any case."""
    own = next(
        (d for d in documents if d.ref.kind == "Namespace" and d.ref.name == namespace), None
    )
    labels = strings(own.data, "metadata", "labels") if own else {}
    return {"kubernetes.io/metadata.name": namespace, **labels}


def pod_labels(asks: Asks) -> Mapping[str, str]:
    return strings(asks.daemonset.data, "spec", "template", "metadata", "labels")
