"""One cluster of a fleet: its plan, written as `plan` writes it, unless that was done before."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from migrator import __version__
from migrator.cli.fleet_file import Cluster
from migrator.cli.options import planned, today
from migrator.cli.output import remove_files, remove_plan, write_own
from migrator.cli.places import check_out
from migrator.cli.plans import Plans
from migrator.cli.result import proof, reference_to, write_overlay
from migrator.cli.settings import FILE
from migrator.kustomize.digests import sha256
from migrator.kustomize.owned import held, is_written
from migrator.kustomize.plan_file import written_files
from migrator.kustomize.plan_json import NAME
from migrator.live.fleet import Result
from migrator.model.errors import MigratorError
from migrator.model.inputs import Naming
from migrator.model.plan import Readiness
from migrator.read.files import read_bytes
from migrator.report.fleet import failed, result_of
from migrator.tools.bounds import CONFIG, OUT_FILE
from migrator.tools.kustomize import Tool

CLUSTERS = "clusters"
DONE = "done"
"""The folder of OUT with the results by which a run goes on."""


class Typed(Struct, frozen=True, kw_only=True):
    """What the command line says for all clusters."""

    allow: tuple[str, ...]
    image: str
    fetch: bool
    verify: bool


class Job(Struct, frozen=True, kw_only=True):
    """What is to be done with a cluster: ``folder`` is that of FLEET.yaml, ``out`` that of the fleet as it is called
    from there, so that no error names a folder of the machine; ``tool`` builds the plans."""

    folder: Path
    out: Path
    typed: Typed
    tool: Tool | None

    def result(self, cluster: Cluster) -> Result:
        """Its plan is in OUT then, where there is one. No error of one cluster is one of the others."""
        with _within(self.folder), contextlib.redirect_stderr(io.StringIO()):
            try:
                return self._result(cluster)
            except MigratorError as error:
                return self._without_plan(failed(cluster.name, error.lines()))
            except Exception as error:
                bug = f"a bug of this tool: {type(error).__name__}: {error}"
                told = f"{bug}; plan it alone to see where"
                return self._without_plan(failed(cluster.name, [told]))

    def _result(self, cluster: Cluster) -> Result:
        plans = planned(_options(cluster, self.typed), telling=False)
        place = place_of(self.out, cluster.name)
        root = reference_to(plans.reading.wrapped, place) or ""
        key = self._key(cluster, plans, root)
        known = self._known(cluster.name)
        if known is not None and known.key == key and self._is_there(known):
            return known
        plan = plans.named(Naming.COMMON)
        clean = plans.reports(Naming.COMMON).clean
        result = replace(result_of(cluster.name, clean), key=key, root=root)
        if plan.readiness is Readiness.NOT_FOUND:
            remove_plan(place)
        else:
            given = filter(None, (*cluster.inputs, cluster.node_files))
            check_out(place, plans.reading, tuple(given))
            said = proof(plan, self.tool, wanted=self.typed.verify)
            wanted, fetch = cluster.smoke_tests, self.typed.fetch
            files = write_overlay(plans, place, self.tool, said, wanted, fetch=fetch)
            result = replace(result, plan=sha256(files[NAME].encode()))
        write_result(self.out, result)
        return result

    def _known(self, name: str) -> Result | None:
        """What an earlier run found, None where there is nothing that can be read."""
        with contextlib.suppress(MigratorError, msgspec.DecodeError, OSError):
            return read_result(_record_of(self.out, name))
        return None

    def _is_there(self, result: Result) -> bool:
        """Whether the plan of a result lies in OUT as it was written."""
        place = place_of(self.out, result.name)
        if not result.plan:
            return not os.path.lexists(place)
        with contextlib.suppress(MigratorError, OSError):
            return bool(plan_files(place, result.plan))
        return False

    def _without_plan(self, result: Result) -> Result:
        """An older plan would be taken for that of today."""
        try:
            remove_result(self.out, result.name)
        except MigratorError as error:
            return failed(result.name, [*result.error, *error.lines()])
        return result

    def _key(self, cluster: Cluster, plans: Plans, root: str) -> str:
        """The digest of everything that the result is made of: where it is the same, so is the result. What was
        built or rendered counts by itself: the files that it was made of may lie elsewhere."""
        reading = plans.reading
        nodes = reading.node_files
        settings = Path(cluster.config or FILE)
        config = read_bytes(settings, CONFIG) if settings.is_file() else b""
        found = {
            "version": __version__,
            "cluster": msgspec.to_builtins(cluster),
            "typed": msgspec.to_builtins(self.typed),
            "tool": str(self.tool) if self.tool else "",
            "root": root,
            "settings": config.hex(),
            "day": str(today()) if b"expires" in config else "",
            "inputs": [(each.name, each.sha256) for each in reading.inputs],
            "problems": [(str(p.source), p.message) for p in reading.problems],
            "others": [str(each.source) for each in reading.foreign],
            "renders": [(each.name, each.chart, each.unknown) for each in reading.renders],
            "nodes": [sorted(nodes.directories), [msgspec.to_builtins(n) for n in nodes.links]],
            "built": [each.data for each in reading.documents if each.form == "build"],
        }
        return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()


def place_of(out: Path, name: str) -> Path:
    """The folder of a cluster's plan."""
    return out / CLUSTERS / name


def _record_of(out: Path, name: str) -> Path:
    return out / DONE / f"{name}.json"


def write_result(out: Path, result: Result) -> None:
    """Comes after the plan, so that what is noted is there."""
    write_own(_record_of(out, result.name), msgspec.json.encode(result).decode() + "\n")


def remove_result(out: Path, name: str) -> None:
    """Removes what OUT has of a cluster. Errors: MigratorError where a person changed it."""
    remove_plan(place_of(out, name))
    remove_files([_record_of(out, name)])


def plan_files(folder: Path, digest: str) -> dict[str, Path]:
    """The files of a plan by their paths, plan.json among them, whose SHA-256 is ``digest``; none where
    anything is missing, was changed, or is strange. Errors: OSError, MigratorError."""
    found = held(folder)
    plan = found.files.get(NAME)
    if plan is None or found.strange or not is_written(plan, digest):
        return {}
    written = {**written_files(plan.read_bytes().decode()), NAME: digest}
    if written.keys() != found.files.keys():
        return {}
    same = all(is_written(path, written[name]) for name, path in found.files.items())
    return dict(found.files) if same else {}


def read_result(path: Path) -> Result:
    """Errors: MigratorError, or DecodeError for what is no result."""
    found = msgspec.json.decode(read_bytes(path, OUT_FILE), type=Result)
    if path.name != f"{found.name}.json":
        raise MigratorError(f"{path} is the result of {found.name}")
    return found


def _options(cluster: Cluster, typed: Typed) -> dict[str, Any]:
    """What `plan` would be told. A cluster without Multus is a result, and no error."""
    return {
        "inputs": cluster.inputs,
        "node_files": cluster.node_files,
        "target": cluster.target,
        "source": cluster.source,
        "image": typed.image,
        "primary_cni": cluster.primary_cni,
        "nad_config": cluster.nad_config,
        "allow": typed.allow,
        "config": cluster.config,
        "rendered": cluster.rendered,
        "stage": cluster.stage,
        "fetch": typed.fetch,
        "keep_going": cluster.keep_going,
        "if_present": True,
    }


@contextlib.contextmanager
def _within(folder: Path) -> Iterator[None]:
    """Paths are those of FLEET.yaml's folder, as if `plan` were called there."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
