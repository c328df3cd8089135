"""Pins both images to the thick build of the target release."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.model.plan import Change, Rule
from migrator.steps.common import change, container_path, main_path
from migrator.thick.intent import Intent

RULE = Rule(
    id="S04",
    title="Pin both images to the target release's thick image",
    why="shim and daemon must come from the same image (P29); floating tags have moved "
    "across major releases (P30), and a tag without -thick is the thin image",
    reference="multus-cni#1103, #1106, #1140",
)


def changes(intent: Intent) -> Iterable[Change]:
    """The image of the main container and of the installer, where the thick tag is known."""
    for form in intent.moving:
        if not form.image:
            continue
        document, install = form.install.daemonset, form.install
        reason = f"thick mode of v{intent.target.release}"
        if form.image_remark:
            reason = f"{reason}; {form.image_remark}"
        paths = [main_path(install)]
        if install.installer:
            paths.append(container_path("initContainers", install.installer))
        for path in paths:
            yield from change(document, (*path, "image"), form.image, reason, RULE)
