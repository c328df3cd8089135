"""``review`` as a user runs it: exit codes, formats, settings, and the two sides."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.tools import ROOT, Run, migrator
from tests.read.snapshots import snapshot, unread
from tests.report.hostile import TEXTS

SAMPLE = ROOT / "samples" / "v4.0-thin" / "manifests"
MARKER = "<!-- multus-migrator review -->"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the sample as ``before`` and as ``after``."""
    for side in ("before", "after"):
        (tmp_path / side).mkdir()
        for file in SAMPLE.iterdir():
            (tmp_path / side / file.name).write_bytes(file.read_bytes())
    return tmp_path


def edit(place: Path, old: str, new: str, name: str = "multus.yaml") -> None:
    """Changes a file of ``after``."""
    file = place / "after" / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def review(place: Path, *arguments: str, stdin: bytes = b"") -> Run:
    return migrator("review", "before", "after", *arguments, cwd=place, stdin=stdin)


def test_0_nothing_changes(place: Path) -> None:
    run = review(place, "--detailed-exitcode")
    assert (run.code, run.err) == (0, "")
    assert run.out.startswith("NOTHING CHANGES\n")


def test_0_and_2_a_network_changes(place: Path) -> None:
    edit(place, "br-cam", "br-other", "video.yaml")
    assert review(place).code == 0
    run = review(place, "--detailed-exitcode")
    assert run.code == 2
    assert run.out.startswith("CHANGES: 1 network changes; nothing is lost\n")
    assert '    bridge: from "br-cam" to "br-other"\n' in run.out


def test_4_a_network_is_lost(place: Path) -> None:
    edit(place, "name: cameras, namespace: video", "name: camera, namespace: video", "video.yaml")
    run = review(place, "--detailed-exitcode")
    assert run.code == 4
    assert run.out.startswith("BREAKS: 1 network is lost\n")
    assert "its NetworkAttachmentDefinition is gone" in run.out


def test_4_the_install_after_cannot_work(place: Path) -> None:
    edit(place, "v4.0.2", "v4.2.4-thick")
    run = review(place)
    assert run.code == 4
    assert run.out.startswith("BREAKS: 1 new blocker\n")
    assert review(place, "--allow", "P66").code == 0


def test_4_what_cannot_be_read_any_more(place: Path) -> None:
    edit(place, "kind: DaemonSet", "kind: [DaemonSet")
    run = review(place)
    assert run.code == 4
    assert run.out.startswith("NOT SEEN WHOLE: ")
    assert "M16" in run.out
    before = migrator("review", "after", "before", cwd=place)
    assert before.code == 0, "what can be read again is no fault"


def test_1_a_side_that_is_not_there(place: Path) -> None:
    run = migrator("review", "before", "absent", cwd=place)
    assert run.code == 1
    assert run.err.startswith("error: absent")


def test_1_an_object_that_kubernetes_does_not_take(place: Path) -> None:
    edit(place, "      containers:\n", "      containers: none\n      x:\n")
    run = review(place)
    assert (run.code, run.out) == (1, "")
    assert run.err.startswith("error: after/multus.yaml:78: DaemonSet kube-system/kube-multus-ds")


@pytest.mark.kustomize
def test_two_roots_of_the_same_are_the_same(place: Path) -> None:
    for side in ("before", "after"):
        root = "resources: [multus.yaml, video.yaml]\nnamePrefix: ''\n"
        (place / side / "kustomization.yaml").write_text(root)
    assert review(place, "--detailed-exitcode").code == 0


@pytest.mark.parametrize(
    "arguments",
    [("before",), ("before", "after", "third"), ("-", "-"), ("before", "after", "--format", "x")],
    ids=["one side", "three sides", "standard input twice", "no such format"],
)
def test_64_wrong_command_line(place: Path, arguments: tuple[str, ...]) -> None:
    assert migrator("review", *arguments, cwd=place).code == 64


def test_64_an_id_that_no_check_has(place: Path) -> None:
    assert review(place, "--allow", "P666").code == 64


def test_without_multus_it_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text("apiVersion: v1\nkind: Service\nmetadata: {name: shop}\n")
    run = migrator("review", "shop.yaml", "shop.yaml", cwd=tmp_path)
    assert (run.code, run.out.count("\n")) == (0, 1)
    assert run.out.startswith("NOT FOUND: no Multus")


def test_one_side_from_standard_input(place: Path) -> None:
    text = (place / "after" / "multus.yaml").read_text().replace("v4.0.2", "v4.2.4-thick")
    run = migrator("review", "before/multus.yaml", "-", cwd=place, stdin=text.encode())
    assert run.code == 4
    assert "after: -: Multus v4.2.4 thin" in run.out


@pytest.mark.kustomize
def test_the_built_plan_of_a_sample_loses_nothing(place: Path) -> None:
    planned = migrator("plan", "before", "-o", "out", cwd=place)
    assert planned.code == 0, planned.err
    run = migrator("review", "before/multus.yaml", "out", cwd=place)
    assert run.code == 0, run.out
    assert run.out.startswith("CHANGES: no network; nothing is lost\n")
    assert "installs: multus -> multus-shim" in run.out


def test_a_conf_file_that_the_nodes_no_longer_have(place: Path) -> None:
    conf = '{"cniVersion": "0.3.1", "name": "cameras", "type": "bridge"}'
    for side in ("old", "new"):
        folder = place / side / "etc/cni/multus/net.d"
        folder.mkdir(parents=True)
        (folder / "lan.conf").write_text(conf.replace("cameras", "lan"))
    (place / "old/etc/cni/multus/net.d/cameras.conf").write_text(conf)
    for side in ("before", "after"):
        file = place / side / "video.yaml"
        file.write_text(
            re.sub(r"spec:\n  config: \|\n.*\n.*\n", "spec: {}\n", file.read_text(), count=1)
        )
    same = review(place, "--node-files", "old", "--detailed-exitcode")
    assert same.code == 0, same.out
    run = review(place, "--node-files", "old", "--node-files-after", "new")
    assert run.code == 4, run.out
    assert "lost: Deployment video/recorder: video/cameras" in run.out


def test_what_is_said_of_files_is_no_difference(place: Path) -> None:
    """An empty value in a list of plugins is told with the file of the nodes that holds it."""
    (place / "nodes/etc/cni/net.d").mkdir(parents=True)
    conflist = (ROOT / "samples/v4.0-thin/nodes/etc/cni/net.d/10-calico.conflist").read_text()
    (place / "nodes/etc/cni/net.d/10-calico.conflist").write_text(conflist)
    for side in ("before", "after"):
        (place / side / "broken.yaml").write_text("kind: [\nmultus: 1\napiVersion: 1\n")
    run = review(place, "--node-files", "nodes", "--detailed-exitcode")
    assert run.code == 0, run.out
    assert "M16 (blocker)" in run.out.partition("Findings that stay")[2]


TOML = '[[suppress]]\nid = "P66"\nobject = "*"\nreason = "our own build"\n'


def test_settings_of_before_are_obeyed(place: Path) -> None:
    for side in ("before", "after"):
        (place / side / "multus-migrator.toml").write_text(TOML)
    edit(place, "v4.0.2", "v4.2.4-thick")
    run = review(place)
    assert run.code == 0, run.out
    assert "suppressed: our own build" in run.out
    assert "M15" not in run.out


@pytest.mark.parametrize("where", ["after", "."], ids=["in the change", "in the working directory"])
def test_settings_of_the_change_are_not(place: Path, where: str) -> None:
    (place / where / "multus-migrator.toml").write_text(TOML)
    edit(place, "v4.0.2", "v4.2.4-thick")
    run = review(place)
    assert run.code == 4
    assert ("M15" in run.out) == (where == "after")


def test_settings_of_the_change_that_are_no_toml_do_no_harm(place: Path) -> None:
    (place / "after" / "multus-migrator.toml").write_bytes(b"\xff[[[")
    run = review(place)
    assert run.code == 0
    assert "multus-migrator.toml is new" in run.out


def formats(place: Path, *names: str) -> dict[str, str]:
    """What the formats hold, by name."""
    options = [word for name in names for word in ("--format", f"{name}={name}.out")]
    review(place, *options)
    return {name: (place / f"{name}.out").read_text(encoding="utf-8") for name in names}


def test_every_format_tells_what_is_new(place: Path) -> None:
    edit(place, "v4.0.2", "v4.2.4-thick")
    found = formats(place, "text", "markdown", "json", "sarif", "junit", "github", "github-summary")
    assert all("P66" in text for text in found.values())
    assert found["markdown"].startswith(f"{MARKER}\n")
    assert found["markdown"] == found["github-summary"]
    data = json.loads(found["json"])
    assert data["outcome"] == "breaks"
    assert [each["id"] for each in data["blockers"]] == ["P66"]
    assert [each["turn"] for each in data["findings"] if each["id"] == "P23"] == ["same"]
    (run,) = json.loads(found["sarif"])["runs"]
    assert [result["ruleId"] for result in run["results"]] == ["P66"]
    assert (
        '<testsuites name="multus-migrator: BREAKS: 1 new blocker" tests="1" failures="1"'
        in (found["junit"])
    )
    assert "P23" not in found["junit"] + found["sarif"] + found["github"]
    first, second = found["github"].splitlines()
    assert first.startswith("::error title=multus-migrator::BREAKS: 1 new blocker")
    assert second.startswith("::error file=multus.yaml,line=80,"), "from the repository's top on"
    assert "(after/multus.yaml:80)" in review(place).out, "as it was typed"


def test_formats_of_a_change_without_fault(place: Path) -> None:
    found = formats(place, "sarif", "junit", "github")
    (run,) = json.loads(found["sarif"])["runs"]
    assert run["results"] == []
    assert 'tests="1" failures="0"' in found["junit"]
    assert found["github"] == "::notice title=multus-migrator::NOTHING CHANGES\n"


def test_json_has_both_delegates_and_both_nodes(place: Path) -> None:
    edit(place, "br-cam", "br-other", "video.yaml")
    data = json.loads(review(place, "--format", "json").out)
    (network,) = [each for each in data["networks"] if each["origin"] == "annotation"]
    assert network["fate"] == "changed"
    assert "br-cam" in network["before"]["config"] and "br-other" in network["after"]["config"]
    (node,) = data["nodes"]
    assert node["before"] == node["after"]
    assert node["after"]["conf_file"] == "/etc/cni/net.d/00-multus.conf"


def test_a_report_is_not_written_over_an_input(place: Path) -> None:
    run = review(place, "--format", "text=after/multus.yaml")
    assert run.code == 1
    assert "is an input" in run.err


def test_a_secret_of_a_network_is_not_told(place: Path) -> None:
    edit(place, '"bridge": "br-cam"', '"bridge": "br-cam", "password": "hunter2x"', "video.yaml")
    found = formats(place, "text", "markdown", "json", "github", "junit", "sarif")
    assert not [name for name, text in found.items() if "hunter2x" in text]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_text_of_the_change_is_inert_in_a_comment(place: Path, text: str) -> None:
    data = {"cniVersion": "0.3.1", "name": "cameras", "type": "bridge", "bridge": text}
    (place / "after" / "video.yaml").write_text(
        "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\n"
        "metadata: {name: cameras, namespace: video}\n"
        f"spec: {{config: {json.dumps(json.dumps(data))}}}\n---\n"
        + (place / "before" / "video.yaml").read_text().partition("---\n")[2],
        encoding="utf-8",
    )
    found = formats(place, "markdown", "text", "github")
    assert found["markdown"].count(MARKER) == 1
    shown = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", found["markdown"].partition("\n")[2])
    shown = re.sub(r"\\[!-/:-@[-`{-~]", "", shown)  # what is escaped is no markup (CommonMark, 2.4)
    for markup in ("<script", "http://", "@octocat", "](", "</summary", "<!--", "# Heading"):
        assert markup not in shown.replace("### ", "").replace("## ", "")
    for form in ("text", "github"):
        assert all(line.isprintable() for line in found[form].splitlines())
    ours = re.compile(r"::(error|warning|notice) (file=[^,]*,line=\d+,)?title=")
    assert all(ours.match(line) for line in found["github"].splitlines())


def test_a_comment_is_never_too_long_for_a_forge(place: Path) -> None:
    """Long names, long values, many workloads and many networks."""
    nad = (
        "---\napiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\n"
        "metadata: {{name: {name}, namespace: video}}\n"
        'spec: {{config: \'{{"cniVersion": "0.3.1", "type": "a", "{value}": 1}}\'}}\n'
    )
    pod = (
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p{n}, namespace: video, annotations: "
        "{{k8s.v1.cni.cncf.io/networks: '{names}'}}}}\nspec: {{containers: [{{name: a, image: b}}]}}\n"
    )
    names = [f"{'n' * 200}{number}" for number in range(60)]
    pods = "".join(pod.format(n=n, names=",".join(names)) for n in range(30))
    for side, value in (("before", "\u00e9" * 3000), ("after", "\u00e8" * 3000)):
        nads = "".join(nad.format(name=name, value=value) for name in names)
        with (place / side / "video.yaml").open("a", encoding="utf-8") as file:
            file.write(nads + pods)
    edit(place, "v4.0.2", "v4.2.4-thick")
    found = review(place, "--format", "markdown").out
    assert len(found.encode()) <= 60_000
    assert found.startswith(MARKER)
    assert "1,800 networks change" in found


def test_two_snapshots_of_a_cluster(tmp_path: Path) -> None:
    objects = {file.stem: file.read_text(encoding="utf-8") for file in SAMPLE.iterdir()}
    hidden = [unread("clusterroles.rbac.authorization.k8s.io")]
    snapshot(tmp_path / "before", objects, unread=hidden)
    objects["video"] = objects["video"].replace("br-cam", "br-other")
    later = "2026-12-01T08:00:00Z"
    snapshot(tmp_path / "after", objects, collected=later, context="", unread=hidden)
    run = review(tmp_path)
    assert run.code == 0
    head = run.out.splitlines()[:4]
    assert head[0] == "CHANGES: 1 network changes; nothing is lost"
    assert head[2].endswith("thin, collected 2026-11-26T11:30:00Z from the context lab")
    assert head[3].endswith("thin, collected 2026-12-01T08:00:00Z")
    assert "M31 (warning): Part of the cluster was not collected" in run.out


def test_4_what_may_not_be_read_any_more_is_not_taken_for_gone(tmp_path: Path) -> None:
    objects = {file.stem: file.read_text(encoding="utf-8") for file in SAMPLE.iterdir()}
    snapshot(tmp_path / "before", objects)
    hidden = [unread("deployments.apps")]
    snapshot(tmp_path / "after", {"multus": objects["multus"]}, unread=hidden)
    run = review(tmp_path)
    assert run.code == 4
    assert run.out.startswith("NOT SEEN WHOLE: ")
    assert review(tmp_path, "--allow", "M31").code == 0


def test_4_the_networks_of_a_snapshot_were_not_given(tmp_path: Path) -> None:
    objects = {file.stem: file.read_text(encoding="utf-8") for file in SAMPLE.iterdir()}
    hidden = [unread("network-attachment-definitions.k8s.cni.cncf.io")]
    snapshot(tmp_path / "before", objects)
    snapshot(tmp_path / "after", objects, unread=hidden)
    run = review(tmp_path)
    assert run.code == 4
    assert run.out.startswith("NOT SEEN WHOLE: ")
    assert migrator("review", "after", "after", cwd=tmp_path).code == 0
