"""Networks that are written whole: the same objects as patched ones, and as well proved."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import jsonschema
import pytest
import yaml
from msgspec.structs import replace

from migrator.kustomize import emit as emit_module
from migrator.kustomize import replaced
from migrator.kustomize.emit import emit
from migrator.kustomize.plan_json import plan_text
from migrator.kustomize.verify import VerifyReport
from migrator.model.inputs import MISSING
from migrator.model.plan import Plan, Planned
from migrator.plan.judge import judged, prove
from migrator.trees.paths import diff_paths

from .plans import (
    built,
    built_each,
    changed,
    created,
    document,
    kustomize,
    plan_of,
    unchanged,
    write,
)
from .test_verify import ACCOUNT, CONFIG_MAP, daemonset, edit

SCHEMA: Final = json.loads((Path(__file__).parents[2] / "docs/plan.schema.json").read_text())
HEAD: Final = "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\n"
STATED: Final = replaced.MOST_PATCHED
SPEC: Final = '{"cniVersion": "0.3.1", "type": "macvlan"}'
STEM: Final = "networkattachmentdefinition.k8s.cni.cncf.io--apps--"


def network(name: str, metadata: str = "", rest: str = "spec: {}\n") -> Planned:
    text = f"{HEAD}metadata: {{name: {name}, namespace: apps{metadata}}}\n{rest}"
    return changed(document(text), {"spec.config": SPEC})


def networks() -> list[Planned]:
    """The first says something else today."""
    first = network("net-0", rest="spec: {config: '{}'}\n")
    return [first, *(network(f"net-{number}") for number in (1, 2))]


def rest() -> list[Planned]:
    """What stays patched: a network that does not change is not written whole."""
    kept = document(f"{HEAD}metadata: {{name: kept, namespace: apps}}\n")
    return [daemonset(), unchanged(kept), unchanged(document(ACCOUNT)), created(CONFIG_MAP)]


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    """Two networks may be patched, and a part has two objects."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replaced, "MOST_PATCHED", 2)
        patch.setattr(emit_module, "PART_SIZE", 2)
        yield


def patched(plan: Plan) -> dict[str, str]:
    """The same plan with every network patched."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replaced, "MOST_PATCHED", len(plan.objects))
        return emit(plan)


def whole(files: dict[str, str]) -> list[str]:
    return [path for path in files if path.startswith("rollback/networks/")]


def test_the_number_is_stated() -> None:
    text = (Path(__file__).parents[2] / "docs/gitops.md").read_text()
    assert f"**{STATED} networks**" in text


def test_up_to_the_number_each_network_is_patched() -> None:
    files = emit(plan_of(*networks()[:2], *rest()))
    assert files == patched(plan_of(*networks()[:2], *rest()))
    assert not whole(files)
    assert [p for p in files if p.endswith(f"{STEM}net-1.guard.yaml")]


def test_above_it_the_old_ones_leave_the_base() -> None:
    first, *others = networks()
    files = emit(plan_of(first, *rest(), *others))
    old = [
        f"rollback/networks/{part}/{STEM}net-{n}.yaml"
        for part, n in (("001", 0), ("001", 1), ("002", 2))
    ]
    assert [path for path in whole(files) if "kustomization" not in path] == old
    assert replaced.number_in(files) == len(old)
    said = [path for path, text in files.items() if "Networks as they shall be" in text]
    assert said == ["component/003/kustomization.yaml", "component/004/kustomization.yaml"]
    assert [files[path] for path in old] == [p.document.text for p in networks() if p.document]
    assert [path for path in files if "/patches/" in path and "net-" in path] == []
    assert [path for path in files if path.startswith("base/") and "net-" in path] == []
    assert f"base/001/{STEM}kept.yaml" in files or f"base/002/{STEM}kept.yaml" in files


def test_the_new_one_says_why_beside_what_changes() -> None:
    text = emit(plan_of(*networks()))[f"component/001/resources/{STEM}net-0.yaml"]
    assert yaml.safe_load(text) == networks()[0].desired
    above = text[: text.index("  config:")].splitlines()
    assert above[-1] == "  # S99: because of spec.config (multus.yaml:7)"
    assert above[0].startswith(f"# {networks()[0].ref}, whole. As it was, it is in")


def gone(name: str) -> Planned:
    found = document(f"{HEAD}metadata: {{name: {name}, namespace: apps}}\n")
    return changed(found, {"": MISSING})


def new(name: str) -> Planned:
    return created(f"{HEAD}metadata: {{name: {name}, namespace: apps}}\n")


def as_it_is(name: str) -> Planned:
    return unchanged(document(f"{HEAD}metadata: {{name: {name}, namespace: apps}}\n"))


def of_nmstate(name: str) -> Planned:
    text = f"{HEAD}metadata: {{name: {name}, namespace: apps}}\n"
    return changed(document(text.replace("k8s.cni.cncf.io", "nmstate.io")), {"spec.config": SPEC})


@pytest.mark.parametrize("others", [gone, new, as_it_is, of_nmstate])
def test_networks_that_cannot_be_replaced_do_not_count(others: Callable[[str], Planned]) -> None:
    assert not whole(emit(plan_of(*networks()[:2], others("one"), others("two"))))
    files = emit(plan_of(*networks(), others("one"), others("two")))
    assert replaced.number_in(files) == len(networks())


def test_around_a_root_each_is_patched() -> None:
    plan = plan_of(*networks(), *rest())
    assert emit(plan, root_reference="../root") == patched_root(plan)


def patched_root(plan: Plan) -> dict[str, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replaced, "MOST_PATCHED", len(plan.objects))
        return emit(plan, root_reference="../root")


ODD: Final = {
    "annotations: null": network("null-1", ", annotations: null"),
    "annotations: {}": network("empty-1", ", annotations: {}"),
    "no spec": network("none-1", rest=""),
    "spec: null, which the merge replaces": network("none-2", rest="spec: null\n"),
    "a config that says nothing": network("none-3", rest='spec: {config: ""}\n'),
    "more than a config": network("more-1", rest="spec: {x: [1, {y: 1e3}], z: on}\n"),
    "names that are numbers": changed(
        document(f"{HEAD}metadata: {{name: '123', namespace: '456'}}\n"), {"spec.config": SPEC}
    ),
    "no namespace": changed(document(f"{HEAD}metadata: {{name: bare}}\n"), {"spec.config": SPEC}),
    "CRLF and comments": network("crlf-1", rest="# why\r\nspec:\r\n  a: b # c\r\n"),
    "quotes, colons, tabs": network(
        "text-1", ', annotations: {a: "x: \\ty #z", b: "0x1F", c: "yes"}'
    ),
    "a folded text": network("folded-1", rest="spec:\n  note: >\n    a\n      b\n\n    c\n"),
    "of a cluster": changed(
        replace(
            document(
                f"{HEAD}metadata: {{name: live, namespace: apps, uid: u, resourceVersion: '7',\n"
                "  generation: 3, managedFields: [{manager: x}], labels: {a: b}}\nstatus: {a: 1}\n"
            ),
            form="live",
            text="",
        ),
        {"spec.config": "{}\n", "metadata.labels.a": MISSING},
    ),
}


@pytest.mark.kustomize
def test_what_is_built_is_the_same_both_ways(tmp_path: Path) -> None:
    """OUT and rollback/ of real kustomize; in component/ over base/, too."""
    plan = plan_of(*ODD.values(), *rest())
    one, other = emit(plan), patched(plan)
    assert replaced.number_in(one) == len(ODD)
    assert not whole(other)
    write(tmp_path / "one", one)
    write(tmp_path / "other", other)
    own = "resources: [../one/base]\ncomponents: [../one/component]\n"
    write(tmp_path / "own", {"kustomization.yaml": own})
    folders = ("other", "other/rollback", "one", "own", "one/rollback", "one/base")
    after, before, one_out, own_out, one_back, base = built_each([tmp_path / f for f in folders])
    for found, wanted in ((one_out, after), (own_out, after), (one_back, before)):
        assert found.keys() == wanted.keys()
        assert not [ref for ref in found if diff_paths(found[ref], wanted[ref])]
    assert len(base) == len(before) - len(ODD)


@pytest.mark.kustomize
def test_networks_alone_leave_a_base_of_nothing(tmp_path: Path) -> None:
    out = _written(tmp_path, plan_of(*networks()))
    assert checked(out).mismatches == ()
    assert built(out / "base") == {}


@pytest.fixture(scope="module")
def proved(small: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _written(tmp_path_factory.mktemp("proved") / "out", plan_of(*networks(), *rest()))


def _written(folder: Path, plan: Plan) -> Path:
    files = emit(plan)
    return write(folder, {**files, "plan.json": plan_text(plan, files, judged(plan))})


def checked(out: Path) -> VerifyReport:
    return prove(out, kustomize, tool="kustomize v5")


@pytest.mark.kustomize
def test_it_is_proved_by_one_build_each(proved: Path) -> None:
    folders: list[Path] = []

    def build(folder: Path) -> str:
        folders.append(folder)
        return kustomize(folder)

    report = prove(proved, build, tool="t")
    assert report.mismatches == ()
    assert (report.based, report.replaced) == (3, 3)
    assert (report.unchanged, report.changed, report.created, report.removed) == (2, 4, 1, 0)
    assert report.builds.before.keys() == built(proved / "rollback").keys()
    assert sorted(folders) == [proved, proved / "base", proved / "rollback"]


def test_plan_json_says_which_are_not_in_the_base(proved: Path) -> None:
    plan = json.loads((proved / "plan.json").read_text())
    jsonschema.validate(plan, SCHEMA)
    names = {item["object"]["name"] for item in plan["base"] if item.get("replaced")}
    assert names == {"net-0", "net-1", "net-2"}
    places = {item["ref"]["name"]: item["base"] for item in plan["objects"]}
    assert places["net-2"] == f"rollback/networks/002/{STEM}net-2.yaml"
    assert str(places["kept"]).startswith("base/")
    assert places["multus-daemon-config"] is None


Tamper = Callable[[Path], None]
OLD: Final = f"rollback/networks/001/{STEM}net-0.yaml"
NEW: Final = f"component/003/resources/{STEM}net-0.yaml"
NET: Final = "NetworkAttachmentDefinition apps/net-0"


def unlisted(name: str) -> Tamper:
    """The file is not built any more."""
    folder, _, file = name.rpartition("/")
    listed = f"resources/{file}" if "/resources/" in name else file
    folder = folder.removesuffix("/resources")
    return edit(f"{folder}/kustomization.yaml", f"  - {listed}\n", "")


def put_back(version: str = "v1") -> Tamper:
    """The old network in base/ again."""

    def tamper(out: Path) -> None:
        text = (out / OLD).read_text().replace("cncf.io/v1", f"cncf.io/{version}")
        write(out, {"base/001/back.yaml": text})
        edit("base/001/kustomization.yaml", "resources:\n", "resources:\n  - back.yaml\n")(out)

    return tamper


def twice(out: Path) -> None:
    """Two versions of one object, of which a reader by name sees the last alone."""
    text = (out / NEW).read_text().replace("cncf.io/v1", "cncf.io/v1beta1").replace("macvlan", "x")
    write(out, {"component/003/more.yaml": text})
    edit("component/003/kustomization.yaml", "resources:\n", "resources:\n  - more.yaml\n")(out)


@pytest.mark.kustomize
@pytest.mark.parametrize(
    ("tamper", "lines"),
    [
        pytest.param(
            edit(NEW, "macvlan", "ipvlan"),
            [f"{NET}: spec.config: ", f"{NET}: in the build it is not what was planned"],
            id="the new one is another",
        ),
        pytest.param(
            edit(NEW, "namespace: apps\n", "namespace: apps\n  labels: {a: b}\n"),
            [f"{NET}: metadata.labels: ", f"{NET}: metadata.labels: changed, and no planned",
             f"{NET}: in the build it is not what was planned"],
            id="the new one has more",
        ),
        pytest.param(
            edit(OLD, "spec: {", "spec: {a: 1, "),
            [f"{NET}: in the rollback it is not what it was when the plan was made"],
            id="the old one is another",
        ),
        pytest.param(
            edit(OLD, "'{}'", "'[]'"),
            [f"{NET}: in the rollback it is not what it was when the plan was made"],
            id="the old one is another where it changes",
        ),
        pytest.param(
            unlisted(OLD),
            [f"{NET}: not in the rollback"],
            id="the old one is gone",
        ),
        pytest.param(
            unlisted(NEW),
            [f"{NET}: missing in the build"],
            id="the new one is gone",
        ),
        pytest.param(
            put_back(),
            [f"{NET}: in the base, but not in the plan", "it does not build: ", "the rollback does not build: "],
            id="the old one is in the base again",
        ),
        pytest.param(
            put_back("v1beta1"),
            [f"{NET}: in the base, but not in the plan", f"{NET}: in the rollback it is not what",
             f"{NET}: in the build it is not what was",
             f"the build cannot be judged: the build:1: {NET} is also in"],
            id="the old one is in the base again, in a version that collides with none",
        ),
        pytest.param(
            twice,
            [f"{NET}: apiVersion: ", f"{NET}: spec.config: ", f"{NET}: in the build it is not what was",
             f"the build cannot be judged: the build:1: {NET} is also in"],
            id="the new one comes twice",
        ),
        pytest.param(
            edit("rollback/kustomization.yaml", "- networks/002\n", "- networks/009\n"),
            ["the rollback does not build: "],
            id="no rollback",
        ),
        pytest.param(
            edit("rollback/kustomization.yaml", "- networks/001\n", "- networks/001\n  - ../parts/003\n"),
            ["the rollback does not build: "],
            id="the new ones in the rollback",
        ),
    ],
)  # fmt: skip
def test_what_is_not_as_planned_is_said_and_nothing_else(
    proved: Path, tmp_path: Path, tamper: Tamper, lines: list[str]
) -> None:
    """Each in a line of its own, with the network; the edited file is told as well."""
    out = Path(shutil.copytree(proved, tmp_path / "out"))
    tamper(out)
    told = checked(out).mismatches
    of_files = [line for line in told if line.split(": ")[0].endswith(".yaml")]
    assert of_files
    others = [line for line in told if line not in of_files]
    assert not [o for o in others if not any(o.startswith(start) for start in lines)]
    assert all(any(line.startswith(start) for line in others) for start in lines), others
    assert all("\n" not in line for line in told)
