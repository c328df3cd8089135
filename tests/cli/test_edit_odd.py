"""``edit`` in repositories whose YAML is odd: it becomes the plan, and what need not change stays.

What is planned is taken from the plan itself, and what the edited files say from PyYAML, which the
program does not use.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from migrator.inventory.build import build_inventory
from migrator.model.plan import Plan
from migrator.multus.releases import DEFAULT_TARGET
from migrator.plan.planner import make_plan
from migrator.read.reading import read_inputs
from migrator.trees.paths import diff_paths
from tests import builders
from tests.cli.test_edit import commit, git, objects
from tests.cli.tools import migrator
from tests.corpus import manifests, plan_of

DAEMONSET = """\
# thin Multus, one pod a node
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: kube-multus-ds
  namespace: kube-system
spec:
  selector:
    matchLabels:
      name: multus
  template:
    metadata:
      labels:
        name: multus
    spec:
      hostNetwork: true
      serviceAccountName: multus
      containers:
        - name: kube-multus
          # renovate: datasource=docker
          image: ghcr.io/k8snetworkplumbingwg/multus-cni:v4.1.4  # thin
          command: ["/thin_entrypoint"]
          args:
            - --multus-conf-file=auto
            - --cni-version=0.3.1
          resources:
            requests:
              cpu: 100m
              memory: 50Mi
            limits:
              cpu: 100m
              memory: 50Mi
          securityContext:
            privileged: true
          volumeMounts:
            - name: cni
              mountPath: /host/etc/cni/net.d
            - name: cnibin
              mountPath: /host/opt/cni/bin
      volumes:
        - name: cni
          hostPath:
            path: /etc/cni/net.d
        - name: cnibin
          hostPath:
            path: /opt/cni/bin
"""
ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: multus
rules:
  - apiGroups: ["k8s.cni.cncf.io"]
    resources: ["*"]
    verbs: ["*"]
  - apiGroups: [""]
    resources: [pods, pods/status]
    verbs: [get, update]  # no more than that
  - apiGroups: ["", events.k8s.io]
    resources: [events]
    verbs: [create, patch, update]
"""
WHOLE = f"{DAEMONSET}---\n{ROLE}"
Odd = Callable[[str], str]


def put(old: str, new: str) -> Odd:
    """A part of the install that stands there otherwise."""

    def change(text: str) -> str:
        assert text.count(old) == 1, old
        return text.replace(old, new)

    return change


def as_flow(text: str) -> str:
    """Each document in braces, a line a key."""
    documents = yaml.load_all(text, yaml.CSafeLoader)
    return "---\n".join(
        "".join(f"{key}: {json.dumps(value)}\n" for key, value in each.items())
        for each in documents
    )


def as_json(text: str) -> str:
    (document,) = yaml.load_all(text.partition("---\n")[0], yaml.CSafeLoader)
    return json.dumps(document, indent="\t") + "\n"


def as_list(text: str) -> str:
    items = [each.replace("\n", "\n    ").rstrip() for each in text.split("---\n")]
    rows = "".join(f"  - {item}\n" for item in items).replace("  - # thin", "  -\n    # thin")
    return f"apiVersion: v1\nkind: List\nitems:\n{rows}"


def with_merge_keys(text: str) -> str:
    return put(
        "            limits:\n              cpu: 100m\n              memory: 50Mi\n",
        "            limits:\n              <<: *asked\n",
    )(put("            requests:\n", "            requests: &asked\n")(text))


def with_an_image_used_twice(text: str) -> str:
    image = "image: ghcr.io/k8snetworkplumbingwg/multus-cni:v4.1.4"
    text = put(image, image.replace(": ", ": &image ", 1))(text)
    env = "          env: [{name: RUNS, value: *image}]\n"
    return put("          command:", f"{env}          command:")(text)


def with_an_anchor_used_anew(text: str) -> str:
    asked = "              cpu: 100m\n              memory: 50Mi\n"
    anchored = "              cpu: &x 100m\n              memory: &x 50Mi\n"
    return text.replace(asked, anchored, 1).replace(asked, asked.replace("50Mi", "*x"), 1)


def with_keys_in_another_order(text: str) -> str:
    line = '          command: ["/thin_entrypoint"]\n'
    return put("          securityContext:\n", f"{line}          securityContext:\n")(
        put(line, "")(text)
    )


ARGS = "            - --multus-conf-file=auto\n            - --cni-version=0.3.1\n"
ODD: Mapping[str, Odd] = {
    "an image used twice by an anchor": with_an_image_used_twice,
    "an anchor used anew": with_an_anchor_used_anew,
    "flow style": as_flow,
    "many documents, some empty": lambda text: (
        f"---\n# nothing\n---\n{text}...\n---\n"
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: apps}\n"
    ),
    "line ends of Windows": lambda text: text.replace("\n", "\r\n"),
    "comments within the list that changes": put(
        ARGS,
        "            # made by itself\n            - --multus-conf-file=auto  # always\n"
        "            # as the runtime has it\n            - --cni-version=0.3.1\n            # end\n",
    ),
    "tabs in comments": put(
        "          args:\n", "          # \ta\ttab\t\n          args:\t# what it is told\t\n"
    ),
    "a folded command": put(
        'command: ["/thin_entrypoint"]\n',
        "command:\n            - >-\n              /thin_entrypoint\n",
    ),
    "a long folded text beside it": put(
        "  namespace: kube-system\nspec:\n",
        "  namespace: kube-system\n  annotations:\n    note: >\n      one line\n"
        "      and more of\n\n      it\nspec:\n",
    ),
    "JSON": as_json,
    "no end of the last line": str.rstrip,
    "lists that are not indented": lambda text: yaml.safe_dump_all(
        list(yaml.load_all(text, yaml.CSafeLoader)), sort_keys=False
    ),
    "four columns": lambda text: yaml.safe_dump_all(
        list(yaml.load_all(text, yaml.CSafeLoader)), indent=4
    ),
    "quoted keys": lambda text: put("          args:", '          "args":')(
        put("      containers:", "      'containers':")(text)
    ),
    "a List": as_list,
    "merge keys": with_merge_keys,
    "letters beyond ASCII": put("# thin Multus, one pod a node", "# Größe: 日本語 🐙 — thin"),
    "blank lines, and blanks at ends": put("      volumes:\n", "\n\n      volumes:   \n\n"),
    "a byte order mark": lambda text: f"\ufeff{text}",
    "a version of YAML": lambda text: f"%YAML 1.2\n---\n{text}",
    "keys in another order": with_keys_in_another_order,
    "a text in quotes over two lines": put(
        "            - --multus-conf-file=auto\n",
        '            - "--multus-conf-file=\\\n              auto"\n',
    ),
}
"""What the repository has in the place of a plain install."""


def planned(folder: Path) -> dict[Any, Any]:
    """Every object as it is to be."""
    plan = _plan(folder)
    wanted = {each.ref: each.desired for each in plan.objects}
    kept = {each.ref: each.data for each in plan.before.inventory.reading.documents}
    return objects(*map(json.dumps, {**kept, **wanted}.values()))


def _plan(folder: Path) -> Plan:
    reading = read_inputs(
        (str(folder),), stdin=io.BytesIO(), node_files=None, build=None, keep_going=False
    )
    plan = make_plan(build_inventory(reading), builders.target())
    assert not plan.blockers
    return plan


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_it_becomes_the_plan_and_the_rest_stays(odd: Odd, tmp_path: Path) -> None:
    repo = commit(tmp_path / "repo", {".gitattributes": "* -text\n"})
    (repo / "deploy").mkdir()
    path = repo / "deploy" / ("multus.json" if odd is as_json else "multus.yaml")
    path.write_bytes(odd(WHOLE).encode())
    commit(repo, {})
    wanted = planned(repo / "deploy")
    run = migrator("edit", "deploy", cwd=repo)
    assert (run.code, run.err) == (0, "")
    found = objects(*map(_plain, (repo / "deploy").iterdir()))
    assert found.keys() == wanted.keys()
    assert [diff_paths(found[key], wanted[key]) for key in wanted] == [[]] * len(wanted)
    _only_what_changes(repo, path)
    commit(repo, {})
    again = migrator("edit", "deploy", cwd=repo)
    assert again.out.startswith("NOTHING TO CHANGE")


def _plain(path: Path) -> str:
    """For PyYAML, which takes no tabs that JSON has, and an anchor once only."""
    text = path.read_text()
    if path.suffix == ".json":
        return json.dumps(json.loads(text))
    return text.replace(" &x 100m", " 100m")


def _only_what_changes(repo: Path, path: Path) -> None:
    """Lines that go are those of values that change; comments and line ends stay."""
    old = git(repo, "show", f"HEAD:{path.relative_to(repo).as_posix()}")
    new = path.read_bytes().decode()
    gone = [
        line[1:]
        for line in git(repo, "diff", "--unified=0").splitlines()
        if line.startswith("-") and not line.startswith("---")
    ]
    assert len(gone) <= 14, gone
    assert new.count("\r\n") in (0, new.count("\n"))
    assert new.startswith("\ufeff") == old.startswith("\ufeff")
    notes = [line for line in old.splitlines() if line.lstrip().startswith("#")]
    assert [note for note in notes if note not in new and note not in gone] == []


@pytest.mark.corpus
@pytest.mark.xdist_group("corpus")
def test_a_real_manifest_of_each_origin_becomes_its_plan(
    corpus: Path, tmp_path: Path, tell: Callable[[str, str], None]
) -> None:
    """One that runs Multus and is not blocked; most have thin Multus, some thick that changes."""
    done = []
    for origin in sorted(path for path in corpus.iterdir() if path.is_dir()):
        plans = (plan_of(path) for path in manifests() if origin in path.parents)
        plan = next((p for p in plans if p and p.changed and not p.blockers), None)
        if plan is None:
            continue
        name = Path(plan.changed[0].document.source.file).name if plan.changed[0].document else ""
        folder = tmp_path / origin.name
        file = next(path for path in origin.rglob(name) if plan_of(path) is plan)
        folder.mkdir()
        (folder / name).write_bytes(file.read_bytes())
        commit(folder, {})
        wanted = planned(folder)
        run = migrator("edit", ".", "-q", "--target", str(DEFAULT_TARGET), cwd=folder)
        assert (run.code, run.err) == (0, ""), origin
        again = _plan(folder)
        assert not again.changed, origin
        documents = again.before.inventory.reading.documents
        assert objects(*(json.dumps(each.data) for each in documents)) == wanted, origin
        lines = git(folder, "diff", "--shortstat").strip()
        assert lines, origin
        done.append(f"{origin.name}: {lines}")
    for line in done:
        tell("lines that edit changes in one manifest of each origin", line)
    assert len(done) > 15
