"""Moves the files of NADs without spec.config to ConfigMaps."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.model.inputs import MISSING, ObjectRef
from migrator.model.plan import Change, Rule
from migrator.thick.intent import Intent
from migrator.thick.nad_strategy import conf_files_by_map

RULE = Rule(
    id="S16",
    title="Keep CNI configurations in ConfigMaps, one for each network plugin",
    why="the configuration is in Git and the same on every node; the daemon reads the "
    "directory at each lookup, so a change needs no restart",
    reference="kubernetes.io/docs/concepts/storage/projected-volumes",
)


def changes(intent: Intent) -> Iterable[Change]:
    """New ConfigMaps in the namespace of each moving DaemonSet (S07 mounts them); one that is in
    the inputs already says the same, or the strategy is refused."""
    present = {document.ref for document in intent.inventory.reading.documents}
    maps = conf_files_by_map(intent.networks)
    namespaces = {form.install.daemonset.ref.namespace for form in intent.moving}
    for namespace in sorted(namespaces):
        for name, files in sorted(maps.items()):
            ref = ObjectRef(group="", kind="ConfigMap", namespace=namespace, name=name)
            if ref in present:
                continue
            metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
            yield Change(
                object=ref,
                path=(),
                before=MISSING,
                after={
                    "apiVersion": "v1",
                    "kind": "ConfigMap",
                    "metadata": {**metadata, "labels": {"app": "multus"}},
                    "data": dict(sorted(files.items())),
                },
                reason=f"the configurations of {', '.join(sorted(files))} for every node",
                rule=RULE.id,
                source=None,
            )
