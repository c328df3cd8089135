"""The cases of the rules, one YAML file a rule: what it speaks up for, and look-alikes it leaves.

They are the tests' cases and the examples of ``explain`` at once, so an example cannot be wrong.
``tests/rules/P01.yaml``::

    base: [thick, istio-cni-empty]  # what each case starts from, unless it names another base
    triggers:                       # one at least; the first is the example of ``explain``
      - name: The default conf dir is mounted nowhere      # says what the case shows
        expect: cured               # or a severity, where it is not the rule's own
    leaves_alone:                   # two at least
      - name: The conf dir is mounted
        container:                  # merged into the Multus container of the base
          volumeMounts: [{name: conf, mountPath: /etc/cni/multus/net.d}]
        pod:                        # the same for the pod's spec; ``daemonset`` for the whole object
          volumes: [{name: conf, hostPath: {path: /etc/cni/multus/net.d}}]
      - name: Every NAD has its own spec.config
        base: thick
        manifests: |                # documents that follow the base
          apiVersion: k8s.cni.cncf.io/v1
          ...
        nodes:                      # CNI files; a node's name may stand before the path
          /etc/cni/net.d/10-calico.conflist: '{"cniVersion": "0.3.1", ...}'
        options: {target: 4.1.4}    # what the command line would say: OPTIONS

A name in ``base`` is a file of ``tests/rules/_base/``; a text of several lines stands for itself, and
``[]`` for nothing. Maps and named lists merge as a strategic merge patch does, null removes a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from migrator.catalogue.overlay import merged
from migrator.model.errors import InputError, MigratorError
from migrator.model.inputs import Source
from migrator.read.yamltext import parse_yaml

OPTIONS = frozenset({"target", "image", "source", "primary-cni", "nad-config", "stage"})
_CASE = frozenset({"name", "expect", "options", "base", "manifests", "nodes"})
_OVERLAYS = ("daemonset", "pod", "container")


class Case(Struct, frozen=True, kw_only=True):
    """``parts`` are texts of YAML, ``patches`` what is laid over the first DaemonSet of those (kind
    of overlay -> its tree), ``manifests`` the YAML that follows; ``nodes`` maps
    ``[node]/absolute/path`` to a CNI file's text.

    ``expect`` is "cured", a severity, or "" for the rule's own severity.
    """

    rule: str
    name: str
    triggers: bool
    expect: str
    options: Mapping[str, str]
    parts: tuple[str, ...]
    patches: Mapping[str, Mapping[str, Any]]
    manifests: str
    nodes: Mapping[str, str]

    @property
    def text(self) -> str:
        """The whole YAML, made when it is asked for: most of those who list cases never do."""
        return "---\n".join(filter(None, (*merged(self.parts, self.patches), self.manifests)))

    def __str__(self) -> str:
        return f"{self.rule} {'triggers' if self.triggers else 'leaves alone'}: {self.name}"


def cases_dir() -> Path:
    """``tests/rules`` of the checkout."""
    return Path(__file__).resolve().parents[2] / "tests" / "rules"


@cache
def cases_of(rule: str) -> tuple[Case, ...]:
    """Those that the rule speaks up for, then those that it leaves alone; () without a file."""
    path = cases_dir() / f"{rule}.yaml"
    return read_cases(path) if path.is_file() else ()


def read_cases(path: Path) -> tuple[Case, ...]:
    """The cases of one file; raises MigratorError where it is not what the format says."""
    parsed = parse_yaml(path.read_text(encoding="utf-8"), file=str(path), line=1)
    if parsed.problems:
        raise InputError(parsed.problems)
    whole = _mapping(parsed.value)
    _only({"base", "triggers", "leaves_alone"}, whole, path)
    return tuple(
        _case(given, path, triggers=kind == "triggers", base=whole.get("base", []))
        for kind in ("triggers", "leaves_alone")
        for given in whole.get(kind, [])
    )


def _case(given: Mapping[str, Any], path: Path, *, triggers: bool, base: Any) -> Case:
    _only({*_CASE, *_OVERLAYS}, given, path)
    options = _mapping(given.get("options"))
    _only(OPTIONS, options, path)
    names = given.get("base", base)
    parts = tuple(_base(name) for name in ([names] if isinstance(names, str) else names))
    patches = {kind: given[kind] for kind in _OVERLAYS if kind in given}
    if patches and not any("kind: DaemonSet\n" in part for part in parts):
        raise _flaw(path, f"{given.get('name')!r} has {', '.join(patches)}, its base no DaemonSet")
    return Case(
        rule=path.stem,
        name=given.get("name", ""),
        triggers=triggers,
        expect=given.get("expect", ""),
        options={key: str(value) for key, value in options.items()},
        parts=parts,
        patches=patches,
        manifests=given.get("manifests", ""),
        nodes={at: _with_end(text) for at, text in _mapping(given.get("nodes")).items()},
    )


@cache
def _base(name: str) -> str:
    """A document of ``_base/``; a text that is none of these names stands for itself."""
    if "\n" in name:
        return name
    return (cases_dir() / "_base" / f"{name}.yaml").read_text(encoding="utf-8")


def _with_end(text: str) -> str:
    return text if text.endswith("\n") or not text else f"{text}\n"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value or {}


def _only(known: frozenset[str] | set[str], given: Mapping[str, Any], path: Path) -> None:
    """A key that nobody reads would be a case that tests something else than it says."""
    if unknown := sorted(set(given) - known):
        where = given.get("name", "the file")
        raise _flaw(
            path, f"{where!r} has {', '.join(unknown)}; known are {', '.join(sorted(known))}"
        )


def _flaw(path: Path, message: str) -> MigratorError:
    return MigratorError(message, source=Source(file=str(path), line=1))
