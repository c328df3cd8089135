"""The checks: what a person must know or do, in the order in which the report shows them.

A check of the *move* looks at the Intent: what it yields stays true whatever the patches do. A
check of the *state* looks at manifests as if thick mode of the target ran on them: it is run on
the inputs and on the planned build, and what only the inputs show is cured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from migrator.checks import (
    applied_after,
    architectures,
    attached,
    chained,
    charts,
    cilium,
    collected,
    conf_files,
    conf_removal,
    container,
    daemon_config,
    daemon_config_file,
    default_bin_dir,
    deletion,
    devices,
    doubled_keys,
    drain,
    eras,
    faults,
    flag_dirs,
    gitops,
    guess,
    hooks,
    identity,
    images,
    ipam,
    isolation,
    kubeconfig,
    leftovers,
    lineage,
    live_config,
    meshes,
    mounts,
    networks,
    ownership,
    permissions,
    platforms,
    plugin_dirs,
    policies,
    primary,
    recognition,
    removed_fields,
    resources,
    rollout,
    secrets,
    settings,
    several,
    stages,
    status,
    suspended,
    today,
    token,
    unseen,
    variables,
)
from migrator.model.inventory import State
from migrator.model.plan import Finding, Rule
from migrator.thick.intent import Intent

T = TypeVar("T")

Check = tuple[tuple[Rule, ...], Callable[[T], Iterable[Finding]]]
"""Rules, and the generator that speaks up for them."""

MOVE_CHECKS: tuple[Check[Intent], ...] = tuple(
    (module.RULES, module.findings)
    for module in (
        today,
        live_config,
        unseen,
        collected,
        recognition,
        variables,
        lineage,
        default_bin_dir,
        hooks,
        architectures,
        ownership,
        charts,
        policies,
        networks,
        secrets,
        doubled_keys,
        meshes,
        settings,
        flag_dirs,
        isolation,
        rollout,
        drain,
        leftovers,
        conf_removal,
        chained,
        kubeconfig,
        status,
        eras,
        applied_after,
        suspended,
        stages,
    )
)

STATE_CHECKS: tuple[Check[State], ...] = tuple(
    (module.RULES, module.findings)
    for module in (
        several,
        identity,
        images,
        container,
        mounts,
        plugin_dirs,
        daemon_config_file,
        daemon_config,
        primary,
        conf_files,
        resources,
        permissions,
        token,
        cilium,
        ipam,
        devices,
        deletion,
        faults,
        platforms,
        gitops,
    )
)

RULES: tuple[Rule, ...] = (
    *attached.RULES,
    *guess.RULES,
    *removed_fields.RULES,
    *(rule for rules, _ in MOVE_CHECKS for rule in rules),
    *(rule for rules, _ in STATE_CHECKS for rule in rules),
)
"""Every rule that a finding may have, but for those of the suppressions themselves."""
