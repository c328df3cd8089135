"""report.html without a browser: what stands in it, in which order, and that nothing is outside."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from msgspec.structs import replace

from migrator.model.plan import Plan
from migrator.report.html import page as html
from migrator.report.redaction import redacted
from migrator.report.writer import Context
from tests import builders
from tests.report import pages, plans

EVERY = pytest.mark.parametrize(
    "make", [plans.ready, plans.blocked, plans.nothing], ids=["ready", "blocked", "nothing"]
)


ISSUES = "https://github.com/k8snetworkplumbingwg/multus-cni/"


def page(plan: Plan, verification: str = "Verified: built with kustomize.") -> pages.Element:
    return pages.read(html.render(plan, Context(verification=verification)))


def _sha256(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _policy(found: pages.Element) -> dict[str, str]:
    meta = found.one("meta", http_equiv="Content-Security-Policy")
    parts = [part.split(maxsplit=1) for part in meta.attributes["content"].split(";")]
    return {part[0]: part[1] for part in parts}


@EVERY
def test_only_the_pages_own_style_and_script_may_run(make: Callable[[], Plan]) -> None:
    found = page(make())
    assert _policy(found) == {
        "default-src": "'none'",
        "style-src": _sha256(found.one("style").text),
        "script-src": _sha256(found.one("script").text),
        "base-uri": "'none'",
        "form-action": "'none'",
    }


@EVERY
def test_nothing_is_fetched_and_links_lead_into_the_page_or_to_issues_of_multus(
    make: Callable[[], Plan],
) -> None:
    for element in page(make()).walk():
        names = set(element.attributes)
        assert not names & {"src", "srcset", "action", "data", "poster", "background", "style"}
        assert not any(name.startswith("on") for name in names)
        assert element.attributes.get("href", "#").startswith(("#", ISSUES))
    style = html.render(make()).partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


@EVERY
def test_every_anchor_is_there_once_and_every_link_has_one(make: Callable[[], Plan]) -> None:
    found = page(make())
    ids = [e.attributes["id"] for e in found.walk() if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    for element in found.walk():
        for name in ("href", "aria-labelledby", "data-filter"):
            for target in element.attributes.get(name, "").split():
                if target.startswith(ISSUES):
                    continue
                assert target.removeprefix("#") in ids, f"{name}={target}"


def test_the_verdict_comes_first_then_what_changes_then_manual_steps() -> None:
    main = page(plans.ready()).one("main")
    order = [section.all("h2")[0].text for section in main.children if section.tag == "section"]
    assert order == [
        "Ready: 4 changed, 1 new, 1 manual step, 1 unrecognised setting",
        "What changes",
        "Manual steps",
        "Warnings and notes",
        "A node, today and after the migration",
        "Networks of workloads",
        "Plugins on the nodes",
        "Object by object",
        "Settings of the old install",
        "Reference",
    ]


@pytest.mark.parametrize(
    ("make", "verdict"),
    [
        (plans.blocked, "Blocked by 1 problem"),
        (plans.ready, "Ready: 4 changed, 1 new, 1 manual step, 1 unrecognised setting"),
        (plans.nothing, "Nothing to change"),
        (
            lambda: replace(plans.ready(), findings=(), accounts=()),
            "Ready: 4 changed, 1 new, 0 manual steps",
        ),
    ],
    ids=["blocked", "manual steps", "nothing", "nobody has to do anything"],
)
def test_the_verdict(make: Callable[[], Plan], verdict: str) -> None:
    assert page(make()).one("h2", id="verdict").text == verdict


def test_what_changes_is_a_table_and_new_access_a_list() -> None:
    found = page(plans.ready())
    section = found.one("section", id="changes")
    rows = [[cell.text for cell in row.children] for row in section.all("tr")]
    assert [row[0] for row in rows] == [
        "What",
        "image of kube-multus, install-multus-binary",
        "command of kube-multus",
        "new ConfigMap",
        "mounts of kube-multus",
        "RBAC rights",
        "changed ConfigMap",
        "changed NetworkAttachmentDefinition",
    ]
    assert rows[4][1:] == ["", "added: /hostroot"]
    assert [item.text for item in section.all("li")] == [
        "reach the whole file system of the node, mounted at /hostroot",
        "use more of the Kubernetes API: list, watch on pods",
    ]
    assert found.one("p", class_="fates").text == (
        "Networks: 1 of 3 unchanged; changed: app/fast; fixed by this migration: default/istio-cni."
    )


def test_a_plan_that_changes_nothing_has_no_table() -> None:
    assert not page(plans.nothing()).all("section", id="changes")


def test_manual_steps_and_unrecognised_settings_stand_together() -> None:
    todo = page(plans.ready()).one("section", id="todo").text
    assert "remedy of P04" in todo
    assert "--frobnicate=1" in todo
    assert "P12" not in todo


def test_a_blocker_is_told_before_anything_else() -> None:
    todo = page(plans.blocked()).one("section", id="todo")
    assert todo.all("article")[0].attributes["id"] == "finding-p54"


def test_a_plan_without_tasks_says_so() -> None:
    todo = page(plans.nothing()).one("section", id="todo")
    assert "Nothing besides the rollout itself" in todo.text


def test_suppressed_and_cured_findings_have_a_place_of_their_own() -> None:
    known = page(plans.ready()).one("section", id="findings")
    by_title = {
        fold.one("summary").text.rpartition(" ")[0]: fold.text for fold in known.all("details")
    }
    assert set(by_title) == {"Warnings", "Notes", "Fixed by this migration", "Suppressed"}
    assert "plain cp" in by_title["Fixed by this migration"]
    assert "nothing is evicted here" in by_title["Suppressed"]
    assert "P24" not in by_title["Warnings"]


@pytest.mark.parametrize(
    ("statement", "icon"),
    [
        ("Verified: built with kustomize, and compared.", "#i-check"),
        ("Not verified: turned off (--no-verify).", "#i-question"),
        ("Blocked: no patches were written.", "#i-question"),
        ("", "#i-question"),
    ],
    ids=["verified", "not verified", "blocked", "nothing said"],
)
def test_only_what_was_verified_has_a_tick(statement: str, icon: str) -> None:
    proof = page(plans.ready(), statement).one("p", class_="proof")
    assert proof.one("use").attributes["href"] == icon
    assert (statement or "Not verified: neither kustomize nor kubectl was found") in proof.text


def test_each_change_stands_beside_its_reason_and_rule() -> None:
    card = page(plans.ready()).one("details", id="object-daemonset-kube-system-kube-multus-ds")
    reasons = card.all("div", class_="reason")
    assert [(r.one("p", class_="why").text, len(r.all("div", class_="hunk"))) for r in reasons] == [
        ("The daemon starts. S03", 1),
        ("The daemon refuses thin flags (P05). S03", 1),
        ("Thick mode of v4.2.4. S04", 2),
        ("Plugins run in this chroot (P22). S06", 2),
    ]
    command = reasons[0]
    assert command.one("div", class_="old").one("pre").text == '\n["/thin_entrypoint"]'
    assert command.one("div", class_="new").one("pre").text.endswith('multus-daemon"]')


def test_a_removed_field_shows_what_it_was_and_that_it_is_removed() -> None:
    card = page(plans.ready()).one("details", id="object-daemonset-kube-system-kube-multus-ds")
    arguments = card.all("div", class_="reason")[1]
    assert "--multus-conf-file=auto" in arguments.one("div", class_="old").text
    assert arguments.one("div", class_="new").text == "After the migrationremoved"


def test_json_in_a_string_is_compared_by_field() -> None:
    card = page(plans.ready()).one("details", id="object-networkattachmentdefinition-app-storage")
    inner = [p.text for p in card.all("p", class_="inner")]
    assert inner == ["in its JSON ipam.token", "in its JSON name"]


def test_each_object_is_one_unified_diff_with_the_reasons_beside_it() -> None:
    card = page(plans.ready()).one("details", id="object-clusterrole-multus")
    unified = card.one("pre", class_="unified")
    assert [line for line in unified.text.split("\n") if line[:1] in ("+", "-")] == [
        "+  - list",
        "+  - watch",
    ]
    assert {e.tag for e in unified.children} == {"span", "ins"}
    assert card.one("ul", class_="whys").one("li").text == (
        "Informers list and watch (P34). S11rules[resources=pods].verbs"
    )


def test_a_new_object_is_shown_whole_and_once() -> None:
    card = page(plans.ready()).one(
        "details", id="object-configmap-kube-system-multus-daemon-config"
    )
    assert card.text.count("multusMasterCNI") == 1
    assert not card.all("details", class_="fields")


def test_the_same_json_written_differently_has_no_diff() -> None:
    (nad,) = builders.documents(plans.NAD.replace('"token": "abc"', '"x": 1'))
    config = str(nad.data["spec"]["config"]).replace(" ", "")
    change = plans.changed(nad, ("spec", "config"), config, "one form", "S20")
    card = page(plans.plan(plans.planned(nad, change))).one(
        "details", id="object-networkattachmentdefinition-app-storage"
    )
    assert card.text.count("The same JSON, written differently.") == 2
    assert not card.all("pre", class_="unified")


def test_settings_are_what_changed_with_its_object_and_the_rest_as_a_count() -> None:
    known = replace(
        plans.ready(), accounts=(plans.account("--a", "dropped"), plans.account("--b", "kept"))
    )
    settings = page(known).one("section", id="settings")
    assert settings.one("summary").text == "1 changed, 1 unchanged"
    assert [row.children[0].text for row in settings.all("tr")[1:]] == [
        "DaemonSet kube-system/kube-multus-ds"
    ]


def test_issues_of_multus_are_links() -> None:
    known = replace(
        plans.ready(), findings=(plans.finding("P12", reference="multus-cni#1; x <b>#2"),)
    )
    finding = page(known).one("article", id="finding-p12")
    assert finding.one("a").attributes["href"] == f"{ISSUES}issues/1"
    assert "Known from: multus-cni issue 1; x <b>#2" in finding.text


def test_every_object_and_every_network_can_be_filtered() -> None:
    found = page(plans.ready())
    objects = found.one("div", id="objects-list").all("details", data_item="")
    assert {(o.attributes["data-kind"], "data-changed" in o.attributes) for o in objects} == {
        ("DaemonSet", True),
        ("ClusterRoleBinding", False),
        ("ClusterRole", True),
        ("NetworkAttachmentDefinition", True),
        ("ConfigMap", True),
    }
    networks = found.one("div", id="networks-list").all("details", data_item="")
    assert [n.attributes["data-verdict"] for n in networks] == ["changed", "equal", "cured"]


def test_the_filters_offer_what_is_there_and_are_hidden_until_the_script_runs() -> None:
    form = page(plans.ready()).one("form", data_filter="objects-list")
    assert "hidden" in form.attributes
    kinds = form.one("select", data_by="kind")
    assert [option.text for option in kinds.all("option")] == [
        "all",
        "ClusterRole",
        "ClusterRoleBinding",
        "ConfigMap",
        "DaemonSet",
        "NetworkAttachmentDefinition",
    ]


def test_a_finding_is_told_at_its_object_even_outside_of_the_plan() -> None:
    ref = plans.attachment("a/b").workload
    known = replace(plans.ready(), findings=(plans.finding("P12", object=ref),))
    card = page(known).one("details", id="object-deployment-app-web")
    assert card.attributes["data-severity"] == "warning"
    assert card.one("ul", class_="notes").one("a").attributes["href"] == "#finding-p12"
    assert "data-changed" not in card.attributes


def test_a_config_that_changes_shows_both_sides() -> None:
    row = page(plans.ready()).one("details", id="network-app-fast")
    assert [mark.text for mark in row.one("div", class_="new").all("mark")] == [
        '  "type": "macvlan",\n',
        '  "mtu": 9000\n',
    ]
    assert "node1, node2" in row.text


@pytest.mark.parametrize(
    ("clause", "sentence"),
    [
        ("the daemon starts", "The daemon starts."),
        ("asked for", "Asked for."),
        ("spec.config holds it", "spec.config holds it."),
        ("--type thin would win", "--type thin would win."),
        ("/etc/cni is read", "/etc/cni is read."),
        ("renamed", "Renamed."),
        ("Is it?", "Is it?"),
    ],
)
def test_clauses_become_sentences(clause: str, sentence: str) -> None:
    known = replace(plans.ready(), attachments=(plans.attachment("a/b", reason=clause),))
    row = page(known).one("details", id="network-a-b")
    assert row.one("strong").text == sentence


def test_an_error_of_today_is_told_in_multus_words() -> None:
    row = page(plans.ready()).one("details", id="network-default-istio-cni")
    assert row.one("div", class_="old").text == "Todayno configuration"
    assert row.one("code", class_="error").text == "No networks found in /etc/cni/multus/net.d"


@EVERY
def test_secrets_are_not_shown(make: Callable[[], Plan]) -> None:
    shown = html.render(redacted(make()))
    assert "&#34;abc&#34;" not in shown
    assert "xyz" not in shown


def test_a_secret_that_changes_is_seen_to_change() -> None:
    shown = page(redacted(plans.ready()))
    card = shown.one("details", id="object-networkattachmentdefinition-app-storage")
    assert "<redacted, changed>" in card.text


@EVERY
def test_pictures_have_a_name_and_a_description(make: Callable[[], Plan]) -> None:
    for picture in page(make()).all("svg", role="img"):
        assert [child.tag for child in picture.children[:2]] == ["title", "desc"]
        assert all(child.text for child in picture.children[:2])


def test_headings_do_not_skip_a_level() -> None:
    levels = [int(e.tag[1]) for e in page(plans.ready()).walk() if re.fullmatch("h[1-6]", e.tag)]
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


def test_tables_and_regions_are_named() -> None:
    found = page(plans.ready())
    assert all(table.all("caption") for table in found.all("table"))
    assert all(e.attributes.get("aria-label") for e in found.all(role="region"))
    assert len(found.all("main")) == 1
    assert found.one("a", class_="skip").attributes["href"] == "#main"


def _nads(count: int) -> Plan:
    """A plan with many NADs that all change in the same place."""
    (nad,) = builders.documents(plans.NAD)
    objects = []
    for number in range(count):
        document = replace(nad, ref=replace(nad.ref, name=f"net-{number}"))
        change = plans.changed(
            document, ("spec", "config"), f'{{"n": {number}}}', "asked for", "S15"
        )
        objects.append(plans.planned(document, change))
    return plans.plan(*objects)


def test_objects_that_change_alike_are_one_group_with_the_reason_said_once() -> None:
    found = page(_nads(20)).one("div", id="objects-list")
    bundle = found.one("details", class_="bundle")
    assert bundle.one("ul", class_="shared").text.strip() == "spec.config: asked for S15"
    assert len(bundle.all("details", data_item="")) == 20
    assert not bundle.all("p", class_="why")
    assert "open" not in bundle.attributes


def test_few_objects_stand_alone() -> None:
    found = page(_nads(7)).one("div", id="objects-list")
    assert not found.all("details", class_="bundle")
    assert len(found.all("li", class_="why")) == 7


def test_objects_with_the_same_finding_and_no_change_are_lines_below_it() -> None:
    ref = plans.attachment("a/b").workload
    findings = tuple(
        plans.finding("N11", object=replace(ref, name=f"web-{n}"), source=plans.source(n))
        for n in range(1, 10)
    )
    bundle = page(plans.plan(findings=findings)).one("details", class_="bundle")
    assert bundle.one("ul", class_="notes").one("a").attributes["href"] == "#finding-n11"
    lines = bundle.all("p", data_item="")
    assert [line.text for line in lines[:2]] == [
        "app/web-1 multus.yaml:1",
        "app/web-2 multus.yaml:2",
    ]
    assert lines[0].attributes["data-severity"] == "warning"
    assert lines[0].attributes["id"] == "object-deployment-app-web-1"


@pytest.mark.slow
def test_a_large_plan_is_marked_and_says_that_it_has_no_unified_diffs() -> None:
    shown = page(_nads(501))
    assert "large" in shown.one("body").attributes["class"]
    assert "multus-migrator diff" in shown.one("section", id="objects").text
    assert not shown.all("pre", class_="unified")
    small = page(_nads(12))
    assert "class" not in small.one("body").attributes
    assert len(small.all("pre", class_="unified")) == 12


def test_networks_of_a_large_plan_are_folded() -> None:
    few = page(replace(plans.ready(), attachments=(plans.attachment("a/b"),)))
    assert "open" in few.one("div", id="networks-list").one("details", class_="bundle").attributes
    rows = tuple(plans.attachment(f"a/net-{n}") for n in range(400))
    many = page(replace(plans.ready(), attachments=rows)).one("div", id="networks-list")
    assert "open" not in many.one("details", class_="bundle").attributes
    assert len(many.all("details", data_item="")) == 400


@EVERY
def test_no_node_of_the_page_is_a_mere_line_feed(make: Callable[[], Plan]) -> None:
    assert not re.search(r">\n+<", html.render(make()))


def test_lines_of_a_value_stay_lines() -> None:
    """Line feeds between tags are taken out of the page, and none of them is content."""
    row = page(plans.ready()).one("details", id="network-app-fast")
    assert row.one("div", class_="new").one("pre").text == (
        '\n{\n  "type": "macvlan",\n  "mtu": 9000\n}'
    )


@EVERY
def test_the_same_plan_gives_the_same_bytes(make: Callable[[], Plan]) -> None:
    assert html.render(make()) == html.render(make())


def _colours() -> list[dict[str, str]]:
    """The named colours of the light scheme, and of the dark one."""
    style = page(plans.nothing()).one("style").text
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[:2]
    return [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in blocks]


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


PAIRS = [
    *((text, ground) for text in ("ink", "soft", "link") for ground in ("page", "panel", "raised")),
    *((tone, f"{tone}-bg") for tone in ("bad", "warn", "care", "good", "info")),
    *((tone, ground) for tone in ("bad", "warn", "care", "good", "info") for ground in ("raised",)),
    *((text, f"{tone}-bg") for text in ("ink", "soft") for tone in ("bad", "care", "good", "info")),
    *((text, ground) for text in ("ink", "soft") for ground in ("old-bg", "new-bg")),
    ("bad", "old-bg"),
    ("good", "new-bg"),
    ("good", "info-bg"),
    ("warn", "panel"),
    ("ink", "old-mark"),
    ("ink", "new-mark"),
]


@pytest.mark.parametrize("pair", PAIRS, ids=" on ".join)
def test_colours_can_be_told_apart(pair: tuple[str, str]) -> None:
    """Also those in pictures and behind pseudo elements, which axe cannot judge."""
    for colours in _colours():
        assert _contrast(colours[pair[0]], colours[pair[1]]) >= 4.5


def test_both_schemes_name_the_same_colours() -> None:
    light, dark = _colours()
    assert light.keys() == dark.keys()
    assert len(light) > 20
