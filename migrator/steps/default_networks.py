"""Makes NADs of the delegates that a hand-written config gave to every pod."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from migrator.model.inputs import MISSING, ObjectRef
from migrator.model.plan import Change, Rule
from migrator.multus.defaults import NAMESPACE
from migrator.thick.intent import Intent
from migrator.trees.embedded import lines_of

RULE = Rule(
    id="S14",
    title="Turn further delegates into NADs in defaultNetworks",
    why="in auto mode the thick daemon has one delegate, the primary CNI; any others would vanish",
    reference="pkg/types/conf.go LoadNetConf; pkg/k8sclient GetDefaultNetworks",
)


def changes(intent: Intent) -> Iterable[Change]:
    """One new NAD in multusNamespace for each of delegates[1..]."""
    made = {document.ref for document in intent.inventory.reading.documents}
    for form in intent.moving:
        namespace = str(form.config.get("multusNamespace") or NAMESPACE)
        for name, config in form.translation.networks:
            ref = ObjectRef(
                group="k8s.cni.cncf.io",
                kind="NetworkAttachmentDefinition",
                namespace=namespace,
                name=name,
            )
            if ref in made or not re.fullmatch(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?", name):
                continue
            made.add(ref)
            yield Change(
                object=ref,
                path=(),
                before=MISSING,
                after={
                    "apiVersion": "k8s.cni.cncf.io/v1",
                    "kind": "NetworkAttachmentDefinition",
                    "metadata": {"name": name, "namespace": namespace},
                    "spec": {"config": lines_of(json.loads(config), 2)},
                },
                reason="a delegate of the hand-written config, which every pod gets",
                rule=RULE.id,
                source=form.install.config.source if form.install.config else None,
            )
