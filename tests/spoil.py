"""Texts and folders in which something is wrong: what ``make fuzz`` gives to the program."""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from tests.plan.test_malformed import Place, places, replaced

VALUES: Final[tuple[Any, ...]] = (
    None, True, 0, -1, 1e300, 2**70, "", "x", "multus", "/etc/cni/net.d", "{}", "[1]", "[" * 300, [], {}, [None],
    {"name": 5}, "${VAR}", "$(VAR)", "{{ x }}", "../../x", "/", "\x85", "\x9b31m", "\u202e", "\ud800", "a" * 300,
    "--multus-conf-file=/x", "--multus-conf-file=auto", "http://127.0.0.1/x", "a\nb", "::error::x", "##[error]x",
    '{"cniVersion": "0.3.1", "name": "n", "type": "bridge"}', '{"plugins": [{}]}', "ns/net@eth1", "a,,b", "a@b@c",
    '[{"name": "a", "name": "b"}]', '{"cniVersion": 1}', "v1", "apps/v1", "List", "DaemonSet", "kube-system", "y" * 70,
)  # fmt: skip
PIECES: Final = (
    "\n", " ", "\t", "'", '"', "- ", ": ", "{", "}", "[", "]", "#", "&a ", "*a", "!!str ", "!!binary ", "|\n", ">-\n",
    "---\n", "...\n", "\x00", "\x1b[31m", "\x85", "\u2028", "\ufeff", "<<: ", "%YAML 1.1\n", "null", "é", "\\",
    "\\ud800", "kind: List\n", "? ", "items:\n- ", "\r", "0x1F", "1_000", "namespace: ''\n",
)  # fmt: skip
NODE_FILES: Final = (
    "10-a.conflist",
    "00-multus.conf",
    "x.conf",
    "05-b.json",
    "multus",
    "99-z.conflist",
)
NODE_FOLDERS: Final = (
    *(
        "etc/cni/net.d",
        "etc/cni/multus/net.d",
        "opt/cni/bin",
        "var/lib/rancher/k3s/agent/etc/cni/net.d",
    ),
    *("run/multus/cni/net.d", "etc/kubernetes/cni/net.d"),
)


def spoiled(text: str, rng: random.Random) -> str:
    """The text with pieces put in, taken out or moved, or its tree with other values."""
    if rng.random() < 0.6 and (other := _other_tree(text, rng)):
        return other
    for _ in range(rng.choice((1, 1, 2, 5))):
        at, to = rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)
        gone = rng.choice((0, 0, 1, 3, 40))
        piece = rng.choice(("", *PIECES, text[to : to + 60]))
        text = text[:at] + piece + text[at + gone :]
    return text


def _other_tree(text: str, rng: random.Random) -> str:
    """The documents with other values, keys, order or number; "" where there is no map in it."""
    try:
        trees = [tree for tree in yaml.load_all(text, yaml.CSafeLoader) if isinstance(tree, dict)]
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, RecursionError):
        return ""
    for _ in range(rng.choice((1, 1, 1, 2, 4)) if trees else 0):
        index = rng.randrange(len(trees))
        trees[index] = _changed(trees[index], rng)
        if rng.random() < 0.1:
            trees.append(copy.deepcopy(rng.choice(trees)))
    rng.shuffle(trees) if rng.random() < 0.2 else None
    if rng.random() < 0.1:
        trees = [{"apiVersion": "v1", "kind": "List", "items": trees}]
    return "\n---\n".join(json.dumps(tree, indent=1, default=str) for tree in trees)


def _changed(tree: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """One place has another value, that of another place, or is gone."""
    found: list[Place] = [place for place in places(tree) if place]
    if not found:
        return tree
    place = rng.choice(found)
    kind = rng.random()
    if kind < 0.6:
        value = rng.choice(VALUES)
    elif kind < 0.8:
        value = _at(tree, rng.choice(found))
    else:
        above = copy.copy(_at(tree, place[:-1]))
        del above[place[-1]]
        return dict(replaced(tree, place[:-1], above))
    return dict(replaced(tree, place, value))


def _at(tree: Any, place: Place) -> Any:
    for step in place:
        tree = tree[step]
    return tree


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8", "surrogatepass", newline="")


def write_nodes(folder: Path, texts: Sequence[str], rng: random.Random) -> None:
    """Files of one host, or of several, some of which are links or no text."""
    for host in rng.choice(((".",), (".",), ("n1", "n2"), ("n1", "etc"))):
        for _ in range(rng.choice((1, 2, 4))):
            path = folder / host / rng.choice(NODE_FOLDERS) / rng.choice(NODE_FILES)
            if rng.random() < 0.05:
                path.parent.mkdir(parents=True, exist_ok=True)
                if not os.path.lexists(path):
                    path.symlink_to(rng.choice(("/etc/passwd", "x.conf", "../bin/multus", ".")))
            elif not os.path.lexists(path):
                write(path, spoiled(rng.choice(texts), rng))


def write_root(folder: Path, texts: Sequence[str], rng: random.Random) -> None:
    """A kustomize root over the files that are there, or a spoiled real one."""
    names = sorted(path.name for path in folder.iterdir())
    plain = json.dumps({"resources": names, "namespace": rng.choice(("", "x", "kube-system"))})
    text = rng.choice((plain, plain, rng.choice(texts) if texts else plain))
    write(folder / "kustomization.yaml", spoiled(text, rng) if rng.random() < 0.7 else text)


def spoil_out(out: Path, rng: random.Random) -> str:
    """Changes something in a folder that was written; returns what, relative to it."""
    path = rng.choice(sorted(path for path in out.rglob("*") if path.is_file()))
    kind = rng.choice(("text", "text", "text", "gone", "link", "more", "pipe", "folder"))
    name = path.relative_to(out).as_posix()
    if kind == "text":
        text = path.read_text("utf-8")
        while (other := spoiled(text, rng)) == text:
            pass
        write(path, other)
    elif kind == "more":
        write(path.with_name("more.yaml"), "kind: x\n")
    else:
        path.unlink()
        if kind == "link":
            path.symlink_to(rng.choice(("/etc/passwd", "plan.json", ".")))
        elif kind == "pipe":
            os.mkfifo(path)
        elif kind == "folder":
            path.mkdir()
    return f"{kind} {name}"
