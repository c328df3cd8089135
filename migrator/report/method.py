"""How what is planned reaches the cluster: which commands the runbook and the script have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

from migrator.inventory.made_by import ARGO, FLUX, KUBECTL, Made, made_by, managers
from migrator.inventory.operators import applied_by
from migrator.model.inputs import Document
from migrator.model.plan import Plan
from migrator.report.safe import shell
from migrator.trees.unseen import json_text

Method = Literal["kubectl", "server-side", "commit", "helm"]

_ARGO: Final = "argoproj.io"
_FLUX: Final = "kustomize.toolkit.fluxcd.io"
_GROUPS = (_ARGO, _FLUX)
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
    apply it; ``flux`` says that Flux is among them. ``asks`` are the options of kubectl apply with which a
    dry run answers what the tool that applies would be answered; () where Helm or k3s does, whose
    merge kubectl cannot ask for."""

    method: Method
    manager: str = KUBECTL
    by: tuple[str, ...] = ()
    flux: bool = False
    asks: tuple[str, ...] = ()

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
        return How(method="commit", by=by, flux=flux, asks=tuple(dict.fromkeys(_asks(plan))))
    if Made.SERVER_SIDE in made:
        names = [m.name for d in installs for m in managers(d) if m.applies]
        return How(method="server-side", manager=names[0] if names else KUBECTL)
    return How(method="kubectl")


_AS: Final = "--server-side --force-conflicts --field-manager={manager} "
_SERVER_SIDE: Final = "ServerSideApply=true"


def _asks(plan: Plan) -> Iterator[str]:
    """As the tools apply: Flux on the server as kustomize-controller, Argo CD by the client unless it is
    told otherwise (docs: sync options). Only the manager that owns a field removes it, so a dry run as
    another one is refused where the tool itself is not."""
    inventory = plan.before.inventory
    installs = [install.daemonset for install in inventory.installs]
    files = {daemonset.source.file for daemonset in installs}
    rendered = [r.release for r in inventory.reading.renders if r.name in files and r.is_chart]
    made = {made_by(daemonset) for daemonset in installs}
    if Made.HELM in made or any(release.group != _ARGO for release in rendered):
        return
    applying = [document for document in inventory.reading.documents if _applies(document)]
    if Made.FLUX in made or any(each.ref.group == _FLUX for each in applying):
        yield _AS.format(manager=FLUX)
    argo = [each for each in applying if each.ref.group == _ARGO]
    if Made.ARGO in made or argo:
        told = any(_SERVER_SIDE in json_text(each.data) for each in argo)
        owned = any(m.applies and m.name == ARGO for each in installs for m in managers(each))
        yield _AS.format(manager=ARGO) if told or owned else ""


def _applies(document: Document) -> bool:
    return document.ref.group in _GROUPS and document.ref.kind in _KINDS


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
        if _applies(document):
            yield str(document.ref)
