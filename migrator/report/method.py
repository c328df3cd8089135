"""How what is planned reaches the cluster: which commands the runbook and the script have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from migrator.inventory.made_by import KUBECTL, Made, made_by, managers
from migrator.inventory.operators import applied_by
from migrator.model.plan import Plan
from migrator.report.safe import shell

Method = Literal["kubectl", "server-side", "commit", "helm"]

_GROUPS = ("argoproj.io", "kustomize.toolkit.fluxcd.io")
_KINDS = ("Application", "ApplicationSet", "Kustomization")
_MADE: dict[Made, Method] = {
    Made.HELM: "helm",
    Made.FLUX: "commit",
    Made.ARGO: "commit",
    Made.SERVER_SIDE: "server-side",
}


class How(Struct, frozen=True, kw_only=True):
    """``method``: kubectl applies by the client, server-side does by the server as ``manager``, commit
    leaves it to Argo CD, Flux or k3s, helm to the chart of a release. ``by`` names the objects that
    apply it; ``flux`` says that Flux is among them."""

    method: Method
    manager: str = KUBECTL
    by: tuple[str, ...] = ()
    flux: bool = False

    @property
    def server_side(self) -> str:
        """The options of kubectl apply, diff and so on, "" for apply by the client."""
        if self.method != "server-side":
            return ""
        flag = "" if self.manager == KUBECTL else f"--field-manager={shell(self.manager)} "
        return f"--server-side {flag}"


def how(plan: Plan) -> How:
    """What is known of it: the live objects' own marks, then the objects of Argo CD and Flux among the
    inputs; kubectl where nothing is. Pure."""
    installs = [install.daemonset for install in plan.before.inventory.installs]
    made = [made_by(document) for document in installs]
    by = tuple(dict.fromkeys(_appliers(plan)))
    flux = Made.FLUX in made or any(
        name.startswith(("Kustomization", "HelmRelease")) for name in by
    )
    if Made.HELM in made and not by:
        return How(method="helm")
    if by or any(_MADE.get(each) == "commit" for each in made):
        return How(method="commit", by=by, flux=flux)
    if Made.SERVER_SIDE in made:
        names = [m.name for d in installs for m in managers(d) if m.applies]
        return How(method="server-side", manager=names[0] if names else KUBECTL)
    return How(method="kubectl")


def _appliers(plan: Plan) -> Iterator[str]:
    reading = plan.before.inventory.reading
    files = {install.daemonset.source.file for install in plan.before.inventory.installs}
    for install in plan.before.inventory.installs:
        applied = applied_by(install.daemonset)
        if applied:
            yield f"{applied.applier.value} {applied.name}"
    for render in reading.renders:
        if render.name in files:
            yield str(render.release)
    for document in reading.documents:
        if document.ref.group in _GROUPS and document.ref.kind in _KINDS:
            yield str(document.ref)
