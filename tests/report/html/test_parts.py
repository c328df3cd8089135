"""The data behind the page: the matrix, the rows of networks, the cards, the panes, the anchors."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from migrator.model.inputs import ObjectRef
from migrator.model.plan import Attachment, Plan, Resolution
from migrator.report.html.anchors import anchors
from migrator.report.html.matrix import REST, Cell, Line, matrix
from migrator.report.html.networks import networks
from migrator.report.html.objects import bundles
from migrator.report.html.panes import configs
from tests import builders
from tests.report import plans


def workload(namespace: str, name: str) -> ObjectRef:
    return ObjectRef(group="apps", kind="Deployment", namespace=namespace, name=name)


def attached(number: int, network: str, verdict: str = "equal", space: str = "app") -> Attachment:
    return plans.attachment(network, verdict, workload=workload(space, f"web-{number}"))


def test_a_small_matrix_has_a_row_for_each_workload_and_a_column_for_each_network() -> None:
    found = matrix((attached(1, "a/x"), attached(1, "a/y", "broken"), attached(2, "a/x@net1")))
    assert [line.name for line in found.rows] == [
        ("workload", "Deployment app/web-1"),
        ("workload", "Deployment app/web-2"),
    ]
    assert [line.name for line in found.columns] == [("network", "a/x"), ("network", "a/y")]
    assert [(c.row, c.column, c.verdict) for c in found.cells] == [
        (0, 0, "equal"),
        (0, 1, "broken"),
        (1, 0, "equal"),
    ]
    assert found.verdicts == ("broken", "equal")


def test_a_cell_shows_the_worst_of_its_attachments() -> None:
    found = matrix((attached(1, "a/x@net1"), attached(1, "a/x@net2", "changed")))
    assert found.cells == (Cell(row=0, column=0, verdict="changed", count=2),)


def test_many_workloads_are_a_row_for_each_namespace() -> None:
    rows = [attached(n, "a/x", space=f"team-{n % 3}") for n in range(30)]
    assert matrix(rows).rows == tuple(
        Line(name=("namespace", f"team-{n}"), members=10) for n in range(3)
    )


def test_many_networks_are_a_column_for_each_namespace() -> None:
    rows = [attached(1, f"lan-{n % 2}/net-{n}") for n in range(40)]
    assert matrix(rows).columns == (
        Line(name=("namespace", "lan-0"), members=20),
        Line(name=("namespace", "lan-1"), members=20),
    )


def test_what_has_no_room_is_counted_and_what_breaks_keeps_its_place() -> None:
    rows = [attached(n, f"lan-{n}/net", space=f"team-{n}") for n in range(100)]
    rows.append(attached(100, "lan-bad/net", "broken", space="team-bad"))
    found = matrix(rows)
    assert len(found.rows) == 24
    assert len(found.columns) == 16
    assert found.rows[-1] == Line(name=REST, members=101 - 23)
    assert found.columns[-1] == Line(name=REST, members=101 - 15)
    assert ("namespace", "team-bad") in [line.name for line in found.rows]
    assert ("namespace", "lan-bad") in [line.name for line in found.columns]
    assert sum(cell.count for cell in found.cells) == 101
    assert sum(cell.count for cell in found.cells if cell.row == 23) == 101 - 23
    assert sum(cell.count for cell in found.cells if cell.column == 15) == 101 - 15


@pytest.mark.parametrize("count", [24, 25], ids=["fits exactly", "one too many"])
def test_the_number_of_rows_is_bounded(count: int) -> None:
    found = matrix([attached(n, "a/x") for n in range(count)])
    assert found.rows[0].name[0] == ("workload" if count == 24 else "namespace")


@pytest.mark.parametrize("count", [16, 17], ids=["fits exactly", "one too many"])
def test_the_number_of_columns_is_bounded(count: int) -> None:
    found = matrix([attached(1, f"a/net-{n}") for n in range(count)])
    assert found.columns[0].name[0] == ("network" if count == 16 else "namespace")


def test_as_many_namespaces_as_fit_leave_no_rest() -> None:
    found = matrix([attached(n, "a/x", space=f"team-{n % 24}") for n in range(48)])
    assert len(found.rows) == 24
    assert REST not in [line.name for line in found.rows]


def test_workloads_that_get_the_same_are_one_row() -> None:
    second = replace(attached(2, "a/x"), network="a/x@net1")
    (group,) = networks((attached(1, "a/x"), second, attached(3, "a/x")), anchors())
    (row,) = group.rows
    assert row.users == (
        "Deployment app/web-1",
        "Deployment app/web-2 (net1)",
        "Deployment app/web-3",
    )
    assert (row.network, row.namespace, row.same) == ("a/x", "a", True)


@pytest.mark.parametrize(
    "other",
    [
        {"nodes": ("n2",)},
        {"verdict": "changed", "after": Resolution(config="{}")},
        {"reason": "another one"},
        {"origin": "injected"},
        {"after": Resolution(config='{"type": "macvlan"}', where="elsewhere")},
    ],
    ids=["nodes", "result", "reason", "origin", "place"],
)
def test_workloads_that_differ_in_something_are_two_rows(other: dict[str, Any]) -> None:
    first = attached(1, "a/x")
    (group,) = networks((first, replace(first, **other)), anchors())
    assert len(group.rows) == 2


def test_networks_are_grouped_by_namespace_with_the_worst_first() -> None:
    rows = (attached(1, "b/x"), attached(1, "a/x"), attached(1, "b/y", "broken"))
    found = networks(rows, anchors())
    assert [group.namespace for group in found] == ["a", "b"]
    assert [row.verdict for row in found[1].rows] == ["broken", "equal"]
    assert found[1].verdicts == (("broken", 1), ("equal", 1))


def test_an_annotation_that_names_no_network_has_a_row_without_a_namespace() -> None:
    (group,) = networks((attached(1, "(the annotation)", "still-broken"),), anchors())
    assert (group.namespace, group.rows[0].network) == ("", "(the annotation)")


def test_configs_are_written_alike_before_they_are_compared() -> None:
    pane = configs('{"a":1,"b":2}', '{\n "a": 1,\n "b": 3}\n')
    assert [line for line, alone in pane.before if alone] == ['  "b": 2']
    assert [line for line, alone in pane.after if alone] == ['  "b": 3']


@pytest.mark.parametrize("text", ["{", "a: b", "[" * 5000], ids=["cut off", "YAML", "too deep"])
def test_what_is_no_json_is_shown_as_it_is(text: str) -> None:
    assert configs(text, text).before == ((text, False),)


def test_an_absent_config_has_no_lines() -> None:
    assert configs("", '{"a": 1}').before == ()


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [("{}", "{}", "changed"), ("", "{}", "added"), ("{}", "", "removed")],
    ids=["both", "only after", "only before"],
)
def test_a_config_on_one_side_only(before: str, after: str, kind: str) -> None:
    assert configs(before, after).kind == kind


def test_lines_of_a_text_that_is_no_json_are_compared_too() -> None:
    pane = configs("a\nb\n", "a\nc\n")
    assert pane.before == (("a", False), ("b", True))
    assert pane.after == (("a", False), ("c", True))


@pytest.mark.parametrize(
    ("count", "marked"), [(400, True), (401, False)], ids=["short enough", "too long"]
)
def test_a_very_long_text_is_shown_without_marks(count: int, marked: bool) -> None:
    lines = [f"line {n}" for n in range(count)]
    pane = configs("\n".join(lines), "\n".join([*lines[:-1], "other"]))
    assert any(alone for _, alone in pane.after) == marked


def test_a_single_line_is_not_marked() -> None:
    assert configs("a", "b\nc").before == (("a", False),)


def test_cards_keep_the_order_of_the_plan_and_what_does_not_change_comes_last() -> None:
    about = plans.finding(object=workload("app", "web"))
    found = bundles(replace(plans.ready(), findings=(about,)), anchors())
    assert [(b.cards[0].ref.kind, b.cards[0].status) for b in found] == [
        ("DaemonSet", "changed"),
        ("ClusterRole", "changed"),
        ("NetworkAttachmentDefinition", "changed"),
        ("ConfigMap", "changed"),
        ("ConfigMap", "new"),
        ("ClusterRoleBinding", "same"),
        ("Deployment", "outside"),
    ]


def test_a_finding_about_many_objects_outside_of_the_plan_is_one_bundle() -> None:
    findings = tuple(
        plans.finding("P12", object=workload("app", f"web-{n}"), source=plans.source(n + 1))
        for n in range(9)
    )
    (found,) = bundles(plans.plan(findings=findings), anchors())
    assert len(found.cards) == 9
    assert [note.id for note in found.cards[0].notes] == ["P12"]
    assert found.cards[8].source == "multus.yaml:9"


def test_notes_say_how_it_stands_with_a_finding() -> None:
    ref = workload("app", "web")
    findings = (
        plans.finding("P1", "blocker", object=ref),
        plans.finding("P2", "blocker", object=ref, cured=True),
        plans.finding("P3", object=ref, suppressed="agreed"),
        plans.finding("P4", "info", object=ref),
        plans.finding("P4", "info", object=ref, seen="again"),
    )
    ((card,),) = (bundle.cards for bundle in bundles(plans.plan(findings=findings), anchors()))
    assert [(note.id, note.severity) for note in card.notes] == [
        ("P1", "blocker"),
        ("P2", "cured"),
        ("P3", "suppressed"),
        ("P4", "info"),
    ]
    assert card.severities == ("blocker", "cured", "suppressed", "info")


def _alike(*reasons: str) -> Plan:
    """NADs that change in the same place, each for its reason."""
    (nad,) = builders.documents(plans.NAD)
    objects = []
    for number, reason in enumerate(reasons):
        document = replace(nad, ref=replace(nad.ref, name=f"net-{number}"))
        change = plans.changed(document, ("spec", "config"), "{}", reason, "S15")
        objects.append(plans.planned(document, change))
    return plans.plan(*objects)


@pytest.mark.parametrize("count", [7, 8], ids=["too few", "enough"])
def test_objects_that_change_alike_are_bundled(count: int) -> None:
    found = bundles(_alike(*["asked for"] * count), anchors())
    assert [len(b.cards) for b in found] == ([8] if count == 8 else [1] * 7)


def test_a_bundle_says_its_reasons_once_only_where_all_are_the_same() -> None:
    (same,) = bundles(_alike(*["asked for"] * 8), anchors())
    assert [(r.reason, r.rule) for r in same.reasons] == [("asked for", "S15")]
    (other,) = bundles(_alike(*["asked for"] * 7, "another reason"), anchors())
    assert other.reasons == ()


@pytest.mark.parametrize("count", [500, 501], ids=["few enough", "too many"])
@pytest.mark.slow
def test_a_unified_diff_is_made_for_a_bounded_number_of_objects(count: int) -> None:
    (found,) = bundles(_alike(*["asked for"] * count), anchors())
    assert (found.cards[0].unified is not None) == (count == 500)


def test_objects_with_other_findings_are_told_apart() -> None:
    findings = tuple(
        plans.finding("P12" if n % 2 else "P13", object=workload("app", f"web-{n}"))
        for n in range(18)
    )
    assert [len(b.cards) for b in bundles(plans.plan(findings=findings), anchors())] == [9, 9]


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("spec.replicas", ("spec", ".replicas")),
        ("spec.containers[name=a].image", ("spec.containers[name=a]", ".image")),
        ("volumes[name=a.b]", ("volumes", "[name=a.b]")),
        ('annotations["k8s.v1/x"]', ("annotations", '["k8s.v1/x"]')),
        ("rules", ("", "rules")),
        ("", ("", "")),
    ],
    ids=["a field", "in an item", "an item", "a quoted key", "the first", "the object"],
)
def test_the_last_part_of_a_path_stands_out(path: str, parts: tuple[str, str]) -> None:
    from migrator.report.html.objects import _split

    assert _split(path) == parts


def test_anchors_are_unique_and_harmless() -> None:
    anchor = anchors()
    found = [
        anchor("object", "ConfigMap", "a", "b"),
        anchor("object", "ConfigMap", "A", "B"),
        anchor("object", "ConfigMap", "a", "b-2"),
        anchor("object", 'x" onclick="y', "<b>"),
        anchor("object", "", ""),
    ]
    assert len(set(found)) == 5
    assert found[0] == "object-configmap-a-b"
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-") for name in found)
