"""Changes to an install, as somebody makes them: the objects of a sample, edited as data."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from migrator.live.review import review
from migrator.live.reviewed import Review
from migrator.model.inputs import CniFile
from migrator.plan.planner import make_plan
from migrator.read.nodefiles import read_node_files
from tests.builders import documents, inventory, target

SAMPLES = Path(__file__).parents[2] / "samples"
Objects = list[dict[str, Any]]
Change = Callable[[Objects], None]
UPSTREAM = "ghcr.io/k8snetworkplumbingwg/multus-cni"


def thin(sample: str = "v4.0-thin") -> Objects:
    """The objects of a sample."""
    files = sorted((SAMPLES / sample / "manifests").rglob("*.yaml"))
    found = documents(*(file.read_text(encoding="utf-8") for file in files))
    return [copy.deepcopy(dict(document.data)) for document in found]


def nodes(sample: str = "v4.0-thin") -> tuple[CniFile, ...]:
    """The files of its nodes, () where it has none."""
    folder = SAMPLES / sample / "nodes"
    return read_node_files(folder).node_files.files if folder.is_dir() else ()


def thick(sample: str = "v4.0-thin", to: str = "4.2.4") -> Objects:
    """The same after the move."""
    before = inventory(*_texts(thin(sample)), files=nodes(sample))
    plan = make_plan(before, target(to))
    desired = {planned.ref: planned.desired for planned in plan.objects}
    kept = [dict(d.data) for d in before.reading.documents if d.ref not in desired]
    return [copy.deepcopy(dict(each)) for each in (*kept, *desired.values())]


def changed(objects: Objects, *edits: Change) -> Objects:
    """A copy of the objects with the edits in it."""
    found = copy.deepcopy(objects)
    for edit in edits:
        edit(found)
    return found


def reviewed(
    before: Objects,
    after: Objects,
    *,
    files: tuple[CniFile, ...] = (),
    files_after: tuple[CniFile, ...] | None = None,
    **settings: Any,
) -> Review:
    """The review of two lists of objects."""
    return review(
        inventory(*_texts(before), files=files),
        inventory(*_texts(after), files=files if files_after is None else files_after),
        **settings,
    )


def _texts(objects: Objects) -> list[str]:
    return [json.dumps(each) for each in objects]


def one(objects: Objects, kind: str, name: str = "") -> dict[str, Any]:
    """The object of that kind and name."""
    return next(o for o in objects if o["kind"] == kind and name in ("", o["metadata"]["name"]))


def pod(objects: Objects, kind: str = "DaemonSet", name: str = "") -> dict[str, Any]:
    """The pod spec of an object."""
    spec: dict[str, Any] = one(objects, kind, name)["spec"]["template"]["spec"]
    return spec


def main(objects: Objects) -> dict[str, Any]:
    """The container that runs Multus."""
    container: dict[str, Any] = pod(objects)["containers"][0]
    return container


def without(kind: str, name: str = "") -> Change:
    """Deletes an object."""
    return lambda objects: objects.remove(one(objects, kind, name))


def image(tag: str, *, both: bool = True) -> Change:
    """Bumps the tag of the image, as a bot does; of the main container alone, or of the other too."""

    def edit(objects: Objects) -> None:
        main(objects)["image"] = f"{UPSTREAM}:{tag}"
        if both:
            for init in pod(objects).get("initContainers", []):
                init["image"] = f"{UPSTREAM}:{tag}"

    return edit


def set_pod(**fields: Any) -> Change:
    """Sets fields of the pod, or takes them away where the value is None."""
    return lambda objects: _set(pod(objects), fields)


def set_main(**fields: Any) -> Change:
    """The same for the container that runs Multus."""
    return lambda objects: _set(main(objects), fields)


def set_init(**fields: Any) -> Change:
    """The same for the container that installs it."""
    return lambda objects: _set(pod(objects)["initContainers"][0], fields)


def _set(tree: dict[str, Any], fields: dict[str, Any]) -> None:
    tree |= fields
    for name, value in fields.items():
        if value is None:
            del tree[name]


def annotated(key: str, value: str) -> Change:
    """Annotates the DaemonSet."""

    def edit(objects: Objects) -> None:
        one(objects, "DaemonSet")["metadata"].setdefault("annotations", {})[key] = value

    return edit


def unmounted(path: str) -> Change:
    """Takes a mount from the main container."""

    def edit(objects: Objects) -> None:
        mounts = main(objects)["volumeMounts"]
        gone = [m for m in mounts if m["mountPath"] == path]
        assert gone, [m["mountPath"] for m in mounts]
        mounts.remove(gone[0])

    return edit


def daemon_config(**keys: Any) -> Change:
    """Sets keys of daemon-config.json, or takes them away where the value is None."""

    def edit(objects: Objects) -> None:
        held = next(
            o["data"]
            for o in objects
            if o["kind"] == "ConfigMap" and "daemon-config.json" in o["data"]
        )
        config = json.loads(held["daemon-config.json"])
        config |= keys
        kept = {key: value for key, value in config.items() if value is not None}
        held["daemon-config.json"] = json.dumps(kept)

    return edit


def argument(word: str) -> Change:
    """Adds an argument to the main container."""
    return lambda objects: main(objects).setdefault("args", []).append(word)


def networks(value: str | None, name: str = "recorder") -> Change:
    """Sets the annotation of a Deployment, or takes it away."""

    def edit(objects: Objects) -> None:
        meta = one(objects, "Deployment", name)["spec"]["template"]["metadata"]
        meta["annotations"] = {"k8s.v1.cni.cncf.io/networks": value} if value else {}

    return edit


def nad(config: dict[str, Any] | str | None, name: str = "cameras") -> Change:
    """Sets the config of a NAD, or takes it away."""

    def edit(objects: Objects) -> None:
        spec = one(objects, "NetworkAttachmentDefinition", name)["spec"]
        spec.pop("config", None)
        if config is not None:
            spec["config"] = config if isinstance(config, str) else json.dumps(config)

    return edit


def moved_nad(namespace: str, name: str = "cameras") -> Change:
    """Moves a NAD to another namespace."""

    def edit(objects: Objects) -> None:
        one(objects, "NetworkAttachmentDefinition", name)["metadata"]["namespace"] = namespace

    return edit


def added(*more: dict[str, Any]) -> Change:
    """Adds objects."""
    return lambda objects: objects.extend(more)


def suppressed(rule: str, reason: str) -> Change:
    """Annotates the DaemonSet so that a finding of it is not told."""
    return annotated(f"multus-migrator/ignore.{rule}", reason)
