"""The migration steps, in the order in which their changes are planned and shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from migrator.model.plan import Change, Rule
from migrator.steps import (
    api_version,
    command,
    conf_dir,
    crd,
    daemon_config,
    default_networks,
    environment,
    images,
    installer,
    mounts,
    nad_configmap,
    nad_explicit,
    pod_settings,
    rbac,
    resources,
    rollout_stage,
    selector,
)
from migrator.thick.intent import Intent

Step = tuple[Rule, Callable[[Intent], Iterable[Change]]]

STEPS: tuple[Step, ...] = tuple(
    (module.RULE, module.changes)
    for module in (
        api_version,
        selector,
        command,
        images,
        installer,
        mounts,
        conf_dir,
        environment,
        resources,
        pod_settings,
        rbac,
        daemon_config,
        crd,
        default_networks,
        nad_explicit,
        nad_configmap,
        rollout_stage,
    )
)
