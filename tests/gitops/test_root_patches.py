"""What becomes of a root's patches, where they make what a plan changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path as FilePath
from typing import Any

import pytest
import yaml

from migrator.gitops.patch_texts import Spot
from migrator.gitops.places import user_file
from migrator.gitops.rewrite import rewritten
from migrator.gitops.root_patches import RootPatches, Taken
from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING, ItemKey, ObjectRef, Path
from migrator.model.plan import Change
from migrator.read.kustomization import closure, kustomization_in

REF = ObjectRef(group="apps", kind="DaemonSet", namespace="kube-system", name="multus")
MAIN = ItemKey("name", "main")
ARGS: Path = ("containers", MAIN, "args")
TARGET = "  target: {kind: DaemonSet, name: multus}\n"
HERE = {"containers": [{"name": "main", "args": ["a"]}, {"name": "b"}], "volumes": [{"name": "v"}]}
BUILT = {**HERE, "containers": [{"name": "main", "args": ["a", "b"]}, {"name": "b"}]}


def inline(*operations: str) -> str:
    return "patches:\n- patch: |-\n" + "".join(f"    - {each}\n" for each in operations) + TARGET


def change(path: Path, before: Any, after: Any) -> Change:
    return Change(
        object=REF, path=path, before=before, after=after, reason="", rule="S01", source=None
    )


def root(folder: FilePath, text: str, **files: str) -> RootPatches:
    (folder / "kustomization.yaml").write_text(text)
    for name, content in files.items():
        (folder / name).write_text(content)
    found = kustomization_in(folder)
    assert found is not None
    return RootPatches(closure(found))


@contextmanager
def stopped(said: str) -> Iterator[None]:
    with pytest.raises(MigratorError) as caught:
        yield
    assert said in caught.value.lines()[0]


def written(patches: RootPatches) -> dict[str, str]:
    """The texts that change, by the name of the file."""
    first: dict[FilePath, dict[int, Any]] = {}
    then: dict[FilePath, dict[int, Any]] = {}

    def there(wanted: dict[FilePath, dict[int, Any]], spot: Spot) -> dict[int, Any]:
        trees = wanted.setdefault(spot.file, {})
        trees.setdefault(spot.document, user_file(spot.file).trees[spot.document])
        return trees

    patches.thinned(lambda spot: there(first, spot))
    patches.into(lambda spot: there(then, spot))
    texts = {}
    for path, trees in then.items():
        text = path.read_text()
        for wanted in filter(None, (first.get(path), trees)):
            text = rewritten(text, wanted, file=path.name)
        texts[path.name] = text
    return texts


@pytest.mark.parametrize(
    ("given", "planned", "becomes"),
    [
        pytest.param(
            inline("{op: add, path: /containers/0/args, value: [a, b]}"),
            change(ARGS, ["a", "b"], ["c"]),
            inline("{op: add, path: /containers/0/args, value: [c]}"),
            id="a value",
        ),
        pytest.param(
            inline("{op: add, path: /containers/0, value: {name: main, args: [a, b]}}  # why"),
            change(ARGS, ["a", "b"], MISSING),
            inline("{op: add, path: /containers/0, value: {name: main}}  # why"),
            id="within a value",
        ),
        pytest.param(
            inline("{op: add, path: /x, value: 1}  # x", "# y", "{op: add, path: /y, value: 1}"),
            change(("y",), 1, MISSING),
            inline("{op: add, path: /x, value: 1}  # x", "# y"),
            id="an operation that has to go",
        ),
        pytest.param(
            f"# ours\n{inline('{op: add, path: /y, value: 1}')}images: []\n",
            change(("y",), 1, MISSING),
            "# ours\nimages: []\n",
            id="a patch that has to go",
        ),
        pytest.param(
            inline("{op: add, path: /y, value: 1}") + "- path: x.yaml  # stays\n",
            change(("y",), 1, MISSING),
            "patches:\n- path: x.yaml  # stays\n",
            id="a patch that has to go before another",
        ),
        pytest.param(
            inline("{op: add, path: /containers/0/args/-, value: b}", "{op: add, path: /z}"),
            change(ARGS, ["a", "b"], MISSING),
            inline("{op: add, path: /z}"),
            id="a part of what goes",
        ),
        pytest.param(
            inline("{op: remove, path: /y}", "{op: add, path: /z}"),
            change(("y",), MISSING, 2),
            inline("{op: add, path: /z}"),
            id="a removal of what comes",
        ),
        pytest.param(
            inline("{op: add, path: /volumes, value: [{name: v}]}"),
            change(("volumes", ItemKey("name", "w")), MISSING, {"name": "w"}),
            inline("{op: add, path: /volumes, value: [{name: v}, {name: w}]}"),
            id="an item of a list that an operation makes whole",
        ),
        pytest.param(
            "patchesStrategicMerge:\n- |\n  apiVersion: apps/v1\n  kind: DaemonSet\n"
            "  metadata: {name: multus}\n  y: 1  # why\n",
            change(("y",), 1, 2),
            "patchesStrategicMerge:\n- |\n  apiVersion: apps/v1\n  kind: DaemonSet\n"
            "  metadata: {name: multus}\n  y: 2  # why\n",
            id="a part of the object, inline",
        ),
        pytest.param(
            'Patches:\n- Target: {kind: DaemonSet}\n  Patch: \'{"kind": "X", "y": 1}\'\n',
            change(("y",), 1, 2),
            'Patches:\n- Target: {kind: DaemonSet}\n  Patch: \'{"kind": "X", "y": 2}\'\n',
            id="JSON, in Go's letters",
        ),
    ],
)
def test_a_patch_makes_what_is_planned(
    tmp_path: FilePath, given: str, planned: Change, becomes: str
) -> None:
    patches = root(tmp_path, given)
    assert patches.take(REF, planned, HERE, BUILT) is not Taken.NOT
    assert written(patches) == {"kustomization.yaml": becomes}


@pytest.mark.parametrize(
    ("given", "planned"),
    [
        pytest.param(inline("{op: add, path: /y, value: 2}"), change(("y",), 1, 2), id="value"),
        pytest.param(
            inline("{op: add, path: /y, value: 1}").replace("multus", "flannel"),
            change(("y",), 1, 2),
            id="another object",
        ),
        pytest.param(
            inline("{op: add, path: /y, value: 1}", "{op: replace, path: /y, value: 1}"),
            change(("y",), 1, 2),
            id="two of them",
        ),
        pytest.param("patches: no list\n", change(("y",), 1, 2), id="no list"),
        pytest.param(
            "patches:\n- patch: '{'\n- path: no.yaml\n", change(("y",), 1, 2), id="no YAML"
        ),
        pytest.param("patches: [3, {patch: [x]}]\n", change(("y",), 1, 2), id="no patch"),
        pytest.param(inline("3", "{op: add}"), change(("y",), 1, 2), id="no operation"),
    ],
)
def test_a_patch_that_makes_something_else_is_left_alone(
    tmp_path: FilePath, given: str, planned: Change
) -> None:
    patches = root(tmp_path, given)
    assert patches.take(REF, planned, HERE, BUILT) is Taken.NOT
    assert written(patches) == {}


def test_several_changes_of_one_patch_are_one(tmp_path: FilePath) -> None:
    patches = root(
        tmp_path,
        inline("{op: add, path: /x, value: 1}", "{op: add, path: /y, value: {a: 1, b: 1}}  # y"),
    )
    for path in (("x",), ("y", "a")):
        assert patches.take(REF, change(path, 1, MISSING), HERE, BUILT) is Taken.WITH_FILE
    assert patches.take(REF, change(("y", "b"), 1, 2), HERE, BUILT) is Taken.BY_PATCH
    assert written(patches) == {
        "kustomization.yaml": inline("{op: add, path: /y, value: {b: 2}}  # y")
    }


def test_a_test_holds_for_what_the_file_has_then(tmp_path: FilePath) -> None:
    tests = [{"op": "test", "path": "/y", "value": 1}, {"op": "test", "path": "/z", "value": 1}]
    text = "patchesJson6902:\n- path: p.json\n" + TARGET
    patches = root(tmp_path, text, **{"p.json": json.dumps(tests, indent=1)})
    here = {"y": 1, "z": 1}
    assert patches.take(REF, change(("y",), 1, 2), here, here) is Taken.WITH_FILE
    assert patches.take(REF, change(("z",), 1, MISSING), here, here) is Taken.WITH_FILE
    assert json.loads(written(patches)["p.json"]) == [{"op": "test", "path": "/y", "value": 2}]


def test_a_test_of_what_is_not_there_is_one_of_what_comes(tmp_path: FilePath) -> None:
    patches = root(tmp_path, inline("{op: test, path: /y, value: null}", "{op: add, path: /z}"))
    assert patches.take(REF, change(("y",), MISSING, 1), {}, {}) is Taken.WITH_FILE
    assert written(patches) == {
        "kustomization.yaml": inline("{op: test, path: /y, value: 1}", "{op: add, path: /z}")
    }


MERGE = "kind: DaemonSet\napiVersion: apps/v1\nmetadata: {name: multus}\n"


@pytest.mark.parametrize(
    ("patch", "taken"),
    [
        ("a: {x: 1}\nb: [{name: v, $patch: delete}]\n", Taken.BY_PATCH),
        ("a: {x: 1, $patch: replace}\n", Taken.NOT),
        ("a: {x: 1}\n$retainKeys: [a]\n", Taken.NOT),
        ("a: {x: {$patch: delete}}\n", Taken.NOT),
    ],
)
def test_a_directive_on_the_way_stops_it(tmp_path: FilePath, patch: str, taken: Taken) -> None:
    patches = root(tmp_path, "patches: [path: p.yaml]\n", **{"p.yaml": MERGE + patch})
    assert patches.take(REF, change(("a", "x"), 1, 2), {"a": {"x": 0}}, {"a": {"x": 1}}) is taken


def test_a_test_of_what_only_a_patch_changes_stays(tmp_path: FilePath) -> None:
    given = inline("{op: test, path: /y, value: 0}", "{op: replace, path: /y, value: 1}")
    patches = root(tmp_path, given)
    assert patches.take(REF, change(("y",), 1, 2), {"y": 0}, {"y": 1}) is Taken.BY_PATCH
    text = written(patches)["kustomization.yaml"]
    operations = yaml.safe_load(yaml.safe_load(text)["patches"][0]["patch"])
    assert [each["value"] for each in operations] == [0, 2]


@pytest.mark.parametrize("what", ["move", "copy"])
@pytest.mark.parametrize(
    "ends", ["path: /y, from: /o", "path: /o, from: /y", "path: /y/a, from: /o"]
)
def test_what_is_taken_elsewhere_stops_it(tmp_path: FilePath, what: str, ends: str) -> None:
    patches = root(tmp_path, inline("{op: add, path: /z}", f"{{op: {what}, {ends}}}"))
    assert patches.take(REF, change(("x",), 1, 2), {"x": 1}, {"x": 1}) is Taken.WITH_FILE
    with stopped(f"kustomization.yaml:4: op: {what} has to do with"):
        patches.take(REF, change(("y",), 1, 2), {"y": 1}, {"y": 1})


def test_an_index_that_meant_another_item_stops_it(tmp_path: FilePath) -> None:
    text = "patches:\n- path: p.yaml\n" + TARGET
    given = (
        "- {op: remove, path: /containers/0}\n- {op: add, path: /containers/0/args, value: [x]}\n"
    )
    patches = root(tmp_path, text, **{"p.yaml": given})
    built = {"containers": [{"name": "b", "args": ["x"]}]}
    planned = change(("containers", ItemKey("name", "b"), "args"), ["x"], MISSING)
    with stopped("p.yaml:1: its index means another item"):
        patches.take(REF, planned, HERE, built)


def test_an_index_that_will_mean_another_item_stops_it(tmp_path: FilePath) -> None:
    patches = root(tmp_path, inline("{op: add, path: /volumes/0/x, value: 1}"))
    patches.settle(REF, HERE, HERE)
    patches.settle(ObjectRef(group="", kind="ConfigMap", namespace="", name="x"), HERE, {})
    with stopped("kustomization.yaml:3: its index would mean another"):
        patches.settle(REF, HERE, {"volumes": []})


def test_a_file_of_which_nothing_would_be_left_stops_it(tmp_path: FilePath) -> None:
    """kustomize takes an empty list of operations for an error."""
    text = "patches:\n- path: p.yaml\n" + TARGET
    patches = root(tmp_path, text, **{"p.yaml": "- {op: add, path: /y, value: 1}\n"})
    assert patches.take(REF, change(("y",), 1, MISSING), {}, {"y": 1}) is Taken.WITH_FILE
    with stopped("p.yaml:1: all operations of this patch would have"):
        written(patches)
