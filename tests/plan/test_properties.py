"""Any NAD, any files, any annotation: planning never raises, and says what it changes."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.model.inputs import CniFile
from migrator.model.plan import Failure, Plan
from migrator.thick.nad_strategy import choose
from tests.plan.estates import cni, deployment, nad, plan, rows

NAMES = st.sampled_from(["lan", "wan", "istio-cni", "a.b"])
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=30)
PLUGINS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"type": st.sampled_from(["macvlan", "bridge", "istio-cni"])},
    optional={
        "master": TEXTS,
        "mtu": st.integers() | st.floats(allow_nan=False),
        "ipam": st.just({}),
    },
)
CONFIGS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(lambda name, plugin: {"name": name, **plugin}, NAMES, PLUGINS),
    st.fixed_dictionaries(
        {"name": NAMES, "plugins": st.lists(PLUGINS, max_size=2)},
        optional={"cniVersion": st.sampled_from(["0.3.1", "0.4.0", "1.0.0", ""])},
    ),
    st.builds(
        lambda name, plugin, version: {"cniVersion": version, "name": name, **plugin},
        NAMES,
        PLUGINS,
        st.sampled_from(["0.3.1", "1.0.0", "1.1.0"]),
    ),
)
CONTENTS = st.one_of(CONFIGS.map(json.dumps), TEXTS)
FILES = st.lists(
    st.builds(
        lambda content, node, name, ext: cni(content, node, f"{name}{ext}"),
        CONTENTS,
        st.sampled_from(["n1", "n2"]),
        st.sampled_from(["00-a", "lan", "wan"]),
        st.sampled_from([".conf", ".conflist", ".json", ".txt"]),
    ),
    max_size=4,
    unique_by=lambda f: (f.node, f.name),
).map(tuple)
NADS = st.lists(st.tuples(NAMES, st.none() | CONTENTS), max_size=3, unique_by=lambda n: n[0])
ANNOTATIONS = st.one_of(
    st.lists(NAMES, max_size=3).map(",".join),
    st.lists(st.fixed_dictionaries({"name": NAMES}), max_size=3).map(json.dumps),
    TEXTS,
)


def _plan(
    nads: list[tuple[str, str | None]], files: tuple[CniFile, ...], annotation: str, wish: str
) -> Plan:
    documents = [nad(name, config=config) for name, config in nads]
    return plan(*documents, deployment(annotation), files=files, nad_config=wish)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NADS, FILES, ANNOTATIONS, st.sampled_from(["auto", "explicit", "configmap", "mount"]))
def test_what_changes_for_a_workload_is_said(
    nads: list[tuple[str, str | None]], files: tuple[CniFile, ...], annotation: str, wish: str
) -> None:
    planned = _plan(nads, files, annotation, wish)
    told = {f.id for f in planned.findings}
    for row in rows(planned):
        if row.verdict == "broken":
            assert "N08" in told
        elif row.verdict == "changed":
            assert "N09" in told
        elif row.verdict == "equal" and row.before.config:
            assert json.loads(row.before.config) == json.loads(row.after.config)
    if not planned.blockers:
        assert {row.verdict for row in rows(planned)} <= {
            "equal",
            "unknown",
            "cured",
            "still-broken",
        }


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NADS, FILES, st.sampled_from(["auto", "explicit"]))
def test_explicit_never_changes_what_a_pod_gets(
    nads: list[tuple[str, str | None]], files: tuple[CniFile, ...], wish: str
) -> None:
    planned = _plan(nads, files, ",".join(name for name, _ in nads), wish)
    explicit = {
        f"{c.nad.namespace}/{c.nad.name}"
        for c in choose(planned.before, planned.target)
        if c.strategy == "explicit" and not c.refused
    }
    for row in rows(planned):
        if row.network in explicit:
            # what today's release refuses at ADD (cniVersion 1.1.0 in v4.0.2) the target may run
            assert row.verdict == "equal" or row.before.failure is Failure.ADD, row
