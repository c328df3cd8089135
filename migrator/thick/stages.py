"""A rollout in two stages (ruling 18): under OnDelete while nodes are moved one by one, then under the
strategy that the DaemonSet had.

Stage one keeps that strategy in an annotation of the DaemonSet, so that stage two can give it back, and
always writes it out: where a manifest names none, nothing that is applied would take OnDelete away
(facts of a real API server: after ``kubectl replace``, and with another field manager).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from migrator.model.inputs import MISSING, Document, Path
from migrator.model.inventory import Stage
from migrator.model.plan import Change
from migrator.trees.dig import mapping
from migrator.trees.embedded import json_map
from migrator.trees.paths import get, same

ANNOTATION: Final = "multus-migrator/update-strategy"
TEMPLATE: Final = ("spec", "template")
STRATEGY: Final = ("spec", "updateStrategy")
HELD: Final = {"type": "OnDelete"}
"""The strategy under which no pod is replaced until somebody deletes it."""
RULE_ID: Final = "S17"

_TYPES: Final = ("RollingUpdate", "OnDelete")
_DEFAULTS: Final[Mapping[str, str]] = {"extensions/v1beta1": "OnDelete"}
"""What the API server fills in where no type stands; RollingUpdate in each later version
(k8s.io/kubernetes pkg/apis/extensions/v1beta1/defaults.go, SetDefaults_DaemonSet)."""


def stage_named(text: str | None) -> Stage | None:
    """What --stage says, None where it says nothing. Errors: KeyError for another word."""
    names: Mapping[str | None, Stage | None] = {None: None, "1": 1, "2": 2}
    return names[text]


def is_staged(daemonset: Mapping[str, Any]) -> bool:
    """Whether a DaemonSet stands at stage one: it keeps a strategy to be given back. An annotation that is
    null is none."""
    return mapping(daemonset, "metadata", "annotations").get(ANNOTATION) is not None


def strategy_of(daemonset: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The update strategy of a DaemonSet outside of a rollout, always with its type: what stage one kept,
    else its own, else the default of its apiVersion. None where what was kept is no strategy."""
    kept = mapping(daemonset, "metadata", "annotations").get(ANNOTATION)
    own = json_map(str(kept)) if kept is not None else mapping(daemonset, *STRATEGY)
    if kept is not None and own.get("type") not in _TYPES:
        return None
    default = _DEFAULTS.get(str(daemonset.get("apiVersion")), "RollingUpdate")
    return {"type": default, **_said(own)}


def _said(strategy: Mapping[str, Any]) -> dict[str, Any]:
    """Without null, which says nothing: the API server fills its defaults in."""
    return {
        key: _said(value) if isinstance(value, Mapping) else value
        for key, value in strategy.items()
        if value is not None
    }


def stage_changes(
    document: Document, stage: Stage, *, was: Mapping[str, Any] | None = None
) -> Iterator[Change]:
    """The Changes that put a DaemonSet into a stage; none where it is there. Where the strategy that was kept
    cannot be read, stage one holds the pods all the same, and nothing is given back. ``was`` is the DaemonSet before the migration, where the document is as that
    leaves it: a raised apiVersion has another default, and what runs keeps the old one. Pure."""
    strategy = strategy_of(document.data if was is None else was)
    if stage == 1:
        yield from _change(document, STRATEGY, dict(HELD), _HOLDS)
        if strategy is not None:
            kept: object = json.dumps(strategy, sort_keys=True, separators=(",", ":"))
            yield from _annotation(document, kept, _KEEPS)
    elif strategy is not None:
        yield from _change(document, STRATEGY, dict(strategy), _GIVES_BACK)
        yield from _annotation(document, MISSING, _DROPS)


_HOLDS: Final = "no pod restarts until somebody deletes it, so that nodes are moved one by one"
_KEEPS: Final = "the strategy that stage two restores"
_GIVES_BACK: Final = "the strategy that the DaemonSet had before the rollout, written out"
_DROPS: Final = "the rollout is over"


def _annotation(document: Document, value: object, reason: str) -> Iterator[Change]:
    """One annotation; the map that holds it where there is none."""
    at: Path = ("metadata", "annotations")
    if get(document.data, at) in (MISSING, None):
        if value is not MISSING:
            yield from _change(document, at, {ANNOTATION: value}, reason)
        return
    yield from _change(document, (*at, ANNOTATION), value, reason)


def _change(document: Document, path: Path, after: object, reason: str) -> Iterator[Change]:
    before = get(document.data, path)
    if not same(before, after):
        yield Change(
            object=document.ref,
            path=path,
            before=before,
            after=after,
            reason=reason,
            rule=RULE_ID,
            source=document.at(tuple(map(str, path))),
        )
