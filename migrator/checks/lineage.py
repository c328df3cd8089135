"""M23 to M25: what the move makes of the release and of the image that runs today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from migrator.checks.common import container_at, finding, main_of
from migrator.model.plan import Finding, Rule, Severity
from migrator.model.release import Release
from migrator.multus.images import Doubt, Image, doubt_of, parse_image, release_of
from migrator.multus.releases import TARGETS
from migrator.thick.form import Thick
from migrator.thick.intent import Intent

OLDER = Rule(
    id="M23",
    title="The target is older than what runs now",
    why="this would be a downgrade: faults that were fixed since then come back, and "
    "the older daemon does not know the newer one's settings",
    reference="releases of multus-cni, v4.0.2 to v4.3.0",
    severity="warning",
)
DIGEST = Rule(
    id="M24",
    title="The image is no longer pinned by digest",
    why="a digest identifies one image, and the thick image has another; only digests "
    "that are known are written, so what the tag points to may change on the nodes",
    reference="github.com/opencontainers/distribution-spec, pulling manifests",
    handling="The digest is written where it is known: that of upstream's v4.3.0-thick (S04).",
    severity="warning",
)
STATED = Rule(
    id="M25",
    title="--image does not fit the target",
    why="the plan writes configuration, mounts and rights for the multus-daemon of the "
    "target release; a thin image does not contain it, and no pod on the node "
    "would get a network",
    reference="images/Dockerfile and images/Dockerfile.thick v4.0.0 to v4.3.0",
    handling="With --target auto, the release that the image's tag names is chosen, if it "
    "is one of the targets.",
    severity="blocker",
)
RULES = (OLDER, DIGEST, STATED)

_ERRORS: Mapping[Doubt, str] = {
    Doubt.NOT_MULTUS: "exec: /usr/src/multus-cni/bin/multus-daemon: no such file or directory",
    Doubt.THIN: "exec: /usr/src/multus-cni/bin/multus-daemon: no such file or directory",
}


def findings(intent: Intent) -> Iterable[Finding]:
    """For each install that moves; what stays as it is keeps its image."""
    for form in intent.moving:
        yield from _older(form, intent.target.release)
        yield from _stated(form, intent.target.image, intent.target.release)
        yield from _unpinned(form)


def _older(form: Thick, target: Release) -> Iterable[Finding]:
    install = form.install
    if install.mode == "thin" and install.release > target:
        newer = [str(release) for release in TARGETS if release >= install.release]
        yield finding(
            OLDER,
            document=install.daemonset,
            source=container_at(install, "image"),
            seen=f"v{install.release} thin ({install.evidence}) is newer than the target v{target}",
            remedy=f"plan with --target {newer[0]}"
            if newer
            else (
                f"stay on thin until this tool knows v{install.release}, or make sure that "
                f"you need nothing of it that v{target} lacks"
            ),
            manual=True,
        )


def _stated(form: Thick, text: str, target: Release) -> Iterable[Finding]:
    image = parse_image(text)
    doubt = doubt_of(image, target) if text else None
    if doubt is None:
        return
    severity: Severity = "warning" if doubt is Doubt.UNKNOWN else "blocker"
    yield finding(
        STATED,
        document=form.install.daemonset,
        severity=severity,
        seen=_seen(text, image, doubt, target),
        error=_ERRORS.get(doubt, ""),
        remedy=_remedy(image, doubt, target),
        manual=True,
    )


def _seen(text: str, image: Image, doubt: Doubt, target: Release) -> str:
    if doubt is Doubt.OTHER_RELEASE:
        return f"{text} is of another release (v{release_of(image)}) than the target (v{target})"
    return f"--image {text}: {doubt.value}; it is taken for v{target} in thick mode"


def _remedy(image: Image, doubt: Doubt, target: Release) -> str:
    tagged = release_of(image)
    if doubt is Doubt.OTHER_RELEASE and tagged in TARGETS:
        return f"plan with --target {tagged}, or give an image of v{target}"
    if doubt is Doubt.UNKNOWN:
        return f"make sure that it is v{target} in thick mode: run it with multus-daemon -version"
    return f"give the thick image of v{target}, whose upstream tag is v{target}-thick"


def _unpinned(form: Thick) -> Iterable[Finding]:
    install = form.install
    text = str(main_of(install).get("image") or "")
    if parse_image(text).digest and form.image and not parse_image(form.image).digest:
        yield finding(
            DIGEST,
            document=install.daemonset,
            source=container_at(install, "image"),
            seen=f"{text} becomes {form.image}, without a digest",
            remedy=f"ask the registry for it (crane digest {form.image}), and give "
            f"--image {form.image}@sha256:...",
            manual=True,
        )
