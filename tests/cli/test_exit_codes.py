"""False all-clears and whole repositories: what each input ends with, for plan and for check.

Exit code 1 is an error or NOT FOUND, and nothing is written; 4 is NOT SEEN WHOLE or BLOCKED. None
of these inputs may be told READY or NOTHING TO CHANGE unless Multus was among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.test_contract import INSTALL
from tests.cli.tools import Run, migrator, tree
from tests.plan.estates import nad

SHOP = "apiVersion: v1\nkind: Service\nmetadata: {name: shop}\n"
NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: net}\n"
LAN = nad("lan", config='{"cniVersion": "0.3.1", "name": "lan", "type": "macvlan"}')
TEMPLATE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: {{ .Values.name }}\n"
TEMPLATE_OF_MULTUS = TEMPLATE.replace("Values.name", "Values.multus")
REMOTE = (
    'resources: ["https://github.com/k8snetworkplumbingwg/multus-cni//deployments?ref=v4.0.2"]\n'
)
LOOKALIKE = INSTALL.replace("ghcr.io/k8snetworkplumbingwg/multus-cni", "registry.example/net/agent")
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: kube-multus-ds-x7k2p, namespace: kube-system}
spec:
  containers:
  - {name: kube-multus, image: "ghcr.io/k8snetworkplumbingwg/multus-cni:v4.0.2"}
"""
CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: cni-conf, namespace: kube-system}
data:
  00-multus.conf: '{"name": "m", "type": "multus", "delegates": [{"name": "a", "type": "b"}]}'
"""
FLUX_SOURCE = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: multus, namespace: flux-system}
spec: {url: "https://github.com/k8snetworkplumbingwg/multus-cni", ref: {tag: v4.0.2}}
"""
FLUX_PATH = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: net, namespace: flux-system}
spec: {path: ./infra/multus, prune: true, sourceRef: {kind: GitRepository, name: fleet}}
"""
ARGO = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: multus, namespace: argocd}
spec:
  source:
    repoURL: https://github.com/k8snetworkplumbingwg/multus-cni
    path: deployments
    targetRevision: v4.0.2
"""
FIRST = {0: ("READY",), 4: ("NOT SEEN WHOLE", "BLOCKED")}


@dataclass(frozen=True)
class Input:
    """Files below the folder ``in``, and how a run on it ends.

    ``told`` stands in what is said: in the error, or in the report.
    """

    files: Mapping[str, str]
    code: int
    told: str
    options: tuple[str, ...] = ()


def one(text: str, code: int, told: str, *options: str) -> Input:
    return Input({"a.yaml": text}, code, told, options)


def beside(files: Mapping[str, str], code: int, told: str, *options: str) -> Input:
    """With a good install in the same folder."""
    return Input({"multus.yaml": INSTALL, **files}, code, told, options)


NOT_FOUND = "NOT FOUND: no Multus"
EMPTY_LIST = "apiVersion: v1\nkind: List\nitems: []\n"
ALL_CLEARS = {
    "no Multus": one(SHOP, 1, NOT_FOUND),
    "an empty file": one("", 1, NOT_FOUND),
    "comments": one("# to do\n---\n", 1, NOT_FOUND),
    "a List without items": one(EMPTY_LIST, 1, NOT_FOUND),
    "a DaemonSetList without items": one(
        "apiVersion: apps/v1\nkind: DaemonSetList\nitems: []\n", 1, NOT_FOUND
    ),
    "nothing but a broken file": Input({"a.yaml": TEMPLATE, "b.yaml": SHOP}, 1, NOT_FOUND),
    "if present: no Multus": one(SHOP, 0, "NOT FOUND", "--if-present"),
    "if present: a List": one(EMPTY_LIST, 0, "NOT FOUND", "--if-present"),
    "if present: it is": one(INSTALL, 0, "READY", "--if-present"),
    "if present: seems to be": one(POD, 4, "M18", "--if-present"),
    "if present: left out": Input(
        {"a.yaml": TEMPLATE_OF_MULTUS}, 4, "M16", ("--if-present", "--keep-going")
    ),
    "no manifests": Input({"README.md": "multus"}, 1, "the folder holds no .yaml"),
    "Multus left out": Input(
        {"a.yaml": TEMPLATE_OF_MULTUS, "b.yaml": SHOP}, 4, "M16", ("--keep-going",)
    ),
    "a part left out": beside({"a.yaml": TEMPLATE_OF_MULTUS}, 4, "M16", "--keep-going"),
    "a root left out": Input(
        {"app/kustomization.yaml": REMOTE, "b.yaml": SHOP},
        4,
        "kustomize build in/app | multus-migrator plan -",
        ("--keep-going",),
    ),
    "left out and allowed": beside(
        {"a.yaml": TEMPLATE_OF_MULTUS},
        0,
        "READY IF what was not read does not matter",
        "--keep-going",
        "--allow=M16",
    ),
    "an unknown image": one(LOOKALIKE, 4, "registry.example/net/agent"),
    "a dumped Pod": one(POD, 4, "a Pod that runs Multus, and no DaemonSet"),
    "a config without a DaemonSet": one(CONFIG, 4, "00-multus.conf is a config of type multus"),
    "Flux fetches it": one(FLUX_SOURCE, 4, "M17"),
    "Flux applies a folder": one(FLUX_PATH, 4, "M17"),
    "Argo CD fetches it": one(ARGO, 4, "M17"),
    "Argo CD, and networks": Input({"a.yaml": ARGO, "lan.yaml": LAN}, 4, "M17"),
}
ROOT = {"kustomization.yaml": "resources: [multus.yaml]\n", "multus.yaml": INSTALL}
REPOSITORIES = {
    "Namespaces twice": beside({"a/ns.yaml": NAMESPACE, "b/ns.yaml": NAMESPACE}, 0, "READY"),
    "Services twice": beside({"a/s.yaml": SHOP, "b/s.yaml": SHOP}, 0, "READY"),
    "a DaemonSet twice": Input(
        {"a/m.yaml": INSTALL, "b/m.yaml": INSTALL},
        1,
        "DaemonSet kube-system/kube-multus-ds is also in in/a/m.yaml:1",
    ),
    "a NAD twice, and differently": beside(
        {"a.yaml": LAN, "b.yaml": LAN.replace("macvlan", "ipvlan")}, 1, "is also in in/a.yaml:1"
    ),
    "a file that cannot matter": beside(
        {"a.yaml": TEMPLATE}, 0, "left out, with nothing in them that a plan reads: in/a.yaml:3"
    ),
    "a file that may matter": beside({"a.yaml": TEMPLATE_OF_MULTUS}, 1, "error: in/a.yaml:3: "),
    "a remote root": Input(
        {"app/kustomization.yaml": REMOTE}, 4, "kustomize build in/app | multus-migrator plan -"
    ),
    "a remote root of another program": beside(
        {"app/kustomization.yaml": 'resources: ["https://git.example/shop?ref=v1"]\n'}, 0, "READY"
    ),
    "two roots, one has Multus": Input(
        {
            **{f"net/{name}": text for name, text in ROOT.items()},
            "shop/kustomization.yaml": "resources: [shop.yaml]\n",
            "shop/shop.yaml": SHOP,
        },
        0,
        "READY",
    ),
    "a root that changes the install": Input(
        {
            **{f"net/{name}": text for name, text in ROOT.items()},
            "net/kustomization.yaml": f"{ROOT['kustomization.yaml']}namespace: edge\n",
        },
        4,
        "M20",
    ),
    "an install for each cluster": Input(
        {f"{cluster}/{name}": text for cluster in "ab" for name, text in ROOT.items()},
        1,
        "give the kustomize root that builds them",
    ),
    "variables in quoted scalars": beside(
        {"s.yaml": SHOP.replace("shop", '"${NAME}"'), "t.yaml": SHOP.replace("shop", '"{{ n }}"')},
        0,
        "READY",
    ),
}


def ended(case: Input, command: str, folder: Path) -> Run:
    for name, text in case.files.items():
        path = folder / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    plan = ["--no-verify"] if case.code == 1 else ["--no-verify", "--dry-run"]
    more = plan if command == "plan" else []
    return migrator(command, "in", *case.options, *more, cwd=folder)


@pytest.mark.parametrize("command", ["plan", "check"])
@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=name)
        for table in (ALL_CLEARS, REPOSITORIES)
        for name, case in table.items()
    ],
)
def test_how_an_input_ends(tmp_path: Path, case: Input, command: str) -> None:
    run = ended(case, command, tmp_path)
    assert run.code == case.code, run.out + run.err
    assert case.told in " ".join((run.out + run.err).split())
    if case.code == 1:
        assert run.out == ""
        assert "error: " in run.err
        assert {name.split("/")[0] for name in tree(tmp_path)} <= {"in"}
    elif not run.out.startswith("NOT FOUND"):
        assert run.out.startswith(FIRST[case.code])


@pytest.mark.parametrize(
    ("stdin", "told"),
    [
        ("", "standard input is empty"),
        ("No resources found in kube-system namespace.\n", "text 'No resources found in"),
        ('error: the server doesn\'t have a resource type "ds"\n', "error: "),
    ],
    ids=["nothing", "No resources found", "an error of kubectl"],
)
@pytest.mark.parametrize("options", [(), ("--if-present",), ("--keep-going",)], ids=" ".join)
def test_what_a_failed_command_leaves_in_the_pipe(
    tmp_path: Path, stdin: str, told: str, options: tuple[str, ...]
) -> None:
    """Neither option makes an all-clear of it: the command before the pipe may have failed."""
    for command in ("plan", "check"):
        run = migrator(command, "-", *options, cwd=tmp_path, stdin=stdin.encode())
        assert (run.code, run.out) == (1, "")
        assert told in run.err
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("text", ["", "No resources found\n"], ids=["empty", "kubectl's text"])
def test_a_file_that_is_named_and_holds_nothing_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    for command in ("plan", "check"):
        run = migrator(command, "a.yaml", cwd=tmp_path)
        assert (run.code, run.out) == (1, "")
        assert run.err.startswith("error: a.yaml:1: ")
