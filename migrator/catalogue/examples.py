"""The samples of the rules: manifests that a rule speaks up for, and look-alikes that it leaves.

They are the tests' cases and the examples of ``explain`` and docs/rules.md at once, so an example
cannot be wrong. A sample is a YAML file (and CNI files of nodes in a folder beside it, named like
it with ``.nodes`` at the end). Its first comment lines say what it shows; ``# target: 4.3.0`` and
the like set what the command line would.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from migrator.inventory.build import build_inventory
from migrator.model.inventory import Target
from migrator.model.plan import Plan
from migrator.multus import releases
from migrator.multus.releases import DEFAULT_TARGET
from migrator.plan.planner import make_plan
from migrator.read import read_inputs

_OPTION = re.compile(r"(target|image|source|primary-cni|nad-config|expect): +(\S+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """``triggers`` tells the two kinds apart. ``options`` are those of the comment; ``expect`` is
    "cured" or a severity ("" for the rule's own). ``text`` is the YAML without the comment."""

    path: Path
    rule: str
    triggers: bool
    caption: str
    options: dict[str, str]
    text: str

    @property
    def expect(self) -> str:
        return self.options.get("expect", "")

    @property
    def node_files(self) -> Path | None:
        folder = self.path.with_suffix(".nodes")
        return folder if folder.is_dir() else None


@cache
def samples_dir() -> Path:
    """``migrator/_samples`` in a wheel, ``tests/checks/cases`` in a checkout."""
    package = Path(__file__).resolve().parents[1]
    packaged = package / "_samples"
    return packaged if packaged.is_dir() else package.parent / "tests" / "checks" / "cases"


def samples_of(rule: str) -> tuple[Sample, ...]:
    """Those that the rule speaks up for, then those that it leaves alone; by file name."""
    found = [_sample(path, rule) for path in sorted((samples_dir() / rule).glob("*.yaml"))]
    return tuple(sorted(found, key=lambda sample: not sample.triggers))


def _sample(path: Path, rule: str) -> Sample:
    lines = path.read_text(encoding="utf-8").splitlines()
    options: dict[str, str] = {}
    caption: list[str] = []
    while lines and lines[0].startswith("#"):
        comment = lines.pop(0).lstrip("# ")
        option = _OPTION.match(comment)
        if option:
            options[option[1]] = option[2]
        else:
            caption.append(comment)
    return Sample(
        path=path,
        rule=rule,
        triggers=path.name.startswith("triggers"),
        caption=" ".join(caption),
        options=options,
        text="\n".join(lines) + "\n",
    )


def planned(sample: Sample) -> Plan:
    """What the tool makes of the sample."""
    nodes = sample.node_files
    reading = read_inputs(
        (str(sample.path),),
        stdin=io.BytesIO(),
        node_files=str(nodes) if nodes else None,
        build=None,
        keep_going=False,
    )
    options = sample.options
    target = Target(
        release=releases.parse(options["target"]) if "target" in options else DEFAULT_TARGET,
        image=options.get("image", ""),
        source_release=releases.find(options.get("source", "")),
        nad_config=options.get("nad-config", "auto"),
        nad_overrides={},
        primary_cni=options.get("primary-cni", ""),
    )
    return make_plan(build_inventory(reading, target.source_release), target)
