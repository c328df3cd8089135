"""M29, M30: a rollout in two stages, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migrator.checks.charts import POST_RENDERED, renders_of
from migrator.checks.common import finding
from migrator.model.inputs import Reading, Render
from migrator.model.inventory import Install
from migrator.model.plan import Finding, Rule
from migrator.thick.intent import Intent
from migrator.thick.stages import ANNOTATION, is_staged, strategy_of

HALF_WAY = Rule(
    id="M29",
    title="The rollout is at stage one",
    why="under OnDelete, a Multus pod is replaced only when somebody deletes it: a "
    "later change would reach no node",
    reference="kubernetes.io/docs/tasks/manage-daemon/update-daemon-set",
    handling="--stage 2 restores the update strategy that the annotation holds (S17).",
    severity="info",
    when="after the rollout",
)
NO_VALUE = Rule(
    id="M30",
    title="The chart has no value for the update strategy",
    why="a rollout in two stages needs OnDelete, and what such a release renders cannot be patched",
    reference="docs.k3s.io/helm; argo-cd.readthedocs.io/en/stable/user-guide/helm",
    handling="A HelmRelease of Flux gets a post-renderer instead.",
    severity="blocker",
)
RULES = (HALF_WAY, NO_VALUE)


def findings(intent: Intent) -> Iterable[Finding]:
    """Each DaemonSet at stage one that is not given its strategy back; each that is asked into a stage
    and that a chart renders."""
    for form in intent.forms:
        install = form.install
        if is_staged(install.daemonset.data):
            yield from _standing(install, intent, moves=form.moves)
        if intent.target.stage is not None and form.moves:
            yield from _rendered(install, intent)


def _standing(install: Install, intent: Intent, *, moves: bool) -> Iterable[Finding]:
    """What is kept and cannot be read blocks where it has to be given back, now or after the nodes moved."""
    document = install.daemonset
    at = ("metadata", "annotations", ANNOTATION)
    if strategy_of(document.data) is None:
        yield finding(
            HALF_WAY,
            document=document,
            source=document.at(at),
            severity="blocker" if moves or intent.target.stage == 2 else "warning",
            seen=f"{document.ref} is at stage one, and its annotation {ANNOTATION} holds no "
            "update strategy",
            remedy='write the strategy into it as JSON, such as {"type":"RollingUpdate"}',
            manual=True,
        )
    elif intent.target.stage is None:
        yield finding(
            HALF_WAY,
            document=document,
            source=document.at(at),
            seen=f"{document.ref} is at stage one: no pod is replaced until somebody deletes it",
            remedy="when all nodes have moved, plan (or edit) with --stage 2",
            manual=True,
        )


def _rendered(install: Install, intent: Intent) -> Iterable[Finding]:
    for render in without_stages(intent.inventory.reading, install):
        yield finding(
            NO_VALUE,
            document=install.daemonset,
            source=render.source,
            seen=f"{render.release} renders {install.daemonset.ref}",
            remedy="leave --stage out: the chart's own strategy moves one node after the other by "
            "itself; afterwards delete the pods that verify --pods lists",
            manual=True,
        )


def without_stages(reading: Reading, install: Install) -> Iterator[Render]:
    """The renders that hold the DaemonSet of an install and that nothing can patch: what moves its
    nodes is the strategy that the chart renders. Pure."""
    renders = renders_of(reading, [install.daemonset])
    return (render for render in renders if render.release.kind != POST_RENDERED)
