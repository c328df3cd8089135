"""P25, P29, P30, P32, P66: the images, and the command that installs the binary."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.checks.common import container_at, daemons, finding, installer_of, main_of
from migrator.model.inventory import Install, State
from migrator.model.plan import Finding, Rule
from migrator.multus import releases
from migrator.multus.images import (
    Image,
    is_upstream,
    parse_image,
    release_of,
    says_thick,
)
from migrator.trees import pods
from migrator.trees.variables import has_variables

BUSY = Rule(
    id="P25",
    title="The binary is installed with plain cp, or by something else",
    why="plain cp fails on a running binary, which is a deadlock after a reboot: the "
    "runtime runs the shim, which waits for the daemon, whose init container waits "
    "for the binary; install_multus renames instead. And the shim has to be on "
    "every node before the daemon starts",
    reference="multus-cni#1221, PR#1213, PR#1445; cluster-network-addons-operator#1810",
    handling="The shim is installed with install_multus, which renames (S05).",
    severity="blocker",
    unmoved="warning",  # upstream's own manifests up to v4.2.2 install with cp
)
TWO_IMAGES = Rule(
    id="P29",
    title="Shim and daemon come from different images",
    why="they speak a protocol of their own that changes between releases: every pod "
    "on the node fails, while the DaemonSet looks ready",
    reference="pkg/server/api/api.go; keiretsu-labs/kubernetes-manifests PR#2903",
    handling="Both containers get the same image (S04).",
    severity="blocker",
)
FLOATING = Rule(
    id="P30",
    title="Floating image tag",
    why="the tags stable, snapshot, latest and thick have moved across major releases, "
    "and with IfNotPresent each node may have another build; upstream's own "
    "release manifests name snapshot-thick",
    reference="multus-cni#1103, #1106, #1140",
    handling="Both images are pinned to vX.Y.Z-thick (S04).",
    severity="warning",
)
DEAD = Rule(
    id="P32",
    title="entrypoint.sh with an image of v4",
    why="the image of v4 has neither a shell nor entrypoint.sh; upstream's CRI-O "
    "manifest was never changed for it",
    reference="deployments/multus-daemonset-crio.yml v4.0.0 to v4.3.0; multus-cni#1140, #325",
    handling="The daemon's command, image and mounts replace both (S03, S04, S06).",
    severity="warning",
)
OTHER_MODE = Rule(
    id="P66",
    title="The image and the manifest are of different modes or releases",
    why="of upstream's images, the thick one has no /thin_entrypoint, the thin one no "
    "multus-daemon, and those of v3 have neither: the container cannot start. "
    "Tools that update tags offer one for the other",
    reference="images/Dockerfile and images/Dockerfile.thick v4.0.0 to v4.3.0",
    handling="The daemon's command and image replace both (S03, S04).",
    severity="blocker",
)
RULES = (BUSY, TWO_IMAGES, FLOATING, DEAD, OTHER_MODE)

_FLOATING = frozenset(
    {"", "latest", "stable", "snapshot", "snapshot-thick", "thick", "nightly", "master", "main"}
)


def findings(state: State) -> Iterable[Finding]:
    for install in state.inventory.installs:
        yield from _busy(install)
        yield from _floating(install)
        yield from _dead(install)
        yield from _other_mode(install)
    for install in daemons(state):
        yield from _two_images(install)


def _busy(install: Install) -> Iterable[Finding]:
    init = installer_of(install)
    line = " ".join(pods.words(init, "command") + pods.words(init, "args")).split()
    if "install_multus" in " ".join(line) or "cp" not in [w.rsplit("/", 1)[-1] for w in line]:
        return
    forced = any(w.startswith("-") and ("f" in w or w == "--force") for w in line if w != "-c")
    if not forced:
        yield finding(
            BUSY,
            document=install.daemonset,
            seen=f"init container {install.installer}: {' '.join(line)}",
            error="cp: cannot create regular file '/host/opt/cni/bin/multus-shim': Text file busy",
            remedy="set command: [/usr/src/multus-cni/bin/install_multus, -d, /host/opt/cni/bin, "
            "-t, thick]",
        )


def _floating(install: Install) -> Iterable[Finding]:
    image = parse_image(str(main_of(install).get("image") or ""))
    if image.repository and not set("{$") & set(image.repository + image.tag) and _moves(image):
        yield finding(
            FLOATING,
            document=install.daemonset,
            source=container_at(install, "image"),
            seen=f"image {image.repository}:{image.tag or '(no tag, which is latest)'}",
            error="stat /entrypoint.sh: no such file or directory",
            remedy="use a tag such as v4.2.4-thick (without -thick it is the thin image), or a "
            "digest",
        )


def _moves(image: Image) -> bool:
    tag = image.tag.removesuffix("-amd64").removesuffix("-arm64").removesuffix("-ppc64le")
    return not image.digest and (tag in _FLOATING or tag.split("-")[0] in ("stable", "latest"))


def _two_images(install: Install) -> Iterable[Finding]:
    main, init = main_of(install).get("image"), installer_of(install).get("image")
    if install.installer and main != init:
        yield finding(
            TWO_IMAGES,
            document=install.daemonset,
            source=container_at(install, "image"),
            seen=f"{install.container}: {main}; {install.installer}: {init}",
            error="CmdAdd (shim): timed out waiting for the condition",
            remedy="use the same image for both",
        )


def _dead(install: Install) -> Iterable[Finding]:
    image = parse_image(str(main_of(install).get("image") or ""))
    release = release_of(image)
    if (
        install.entrypoint == "shell"
        and release is not None
        and releases.THIN_ENTRYPOINT.holds(release)
    ):
        yield finding(
            DEAD,
            document=install.daemonset,
            source=container_at(install, "image"),
            seen=f"entrypoint.sh in {image.repository}:{image.tag}",
            error="stat /entrypoint.sh: no such file or directory",
            remedy="nothing like this can run today: plan the manifest that is applied"
            + ("" if install.confidence == "stated" else ", or state with --source what ran"),
        )


_THIN_PROGRAM = "/thin_entrypoint"
"""Where the thin image has it; both images hold what they were built with elsewhere."""


def _other_mode(install: Install) -> Iterable[Finding]:
    """Of images whose tags say their mode, and programs whose place in them is known."""
    text = str(main_of(install).get("image") or "")
    image, program = parse_image(text), "".join(pods.words(main_of(install), "command")[:1])
    release = release_of(image)
    if has_variables(text) or image.digest or not image.tag or not is_upstream(image):
        return
    v3 = release is not None and not releases.THIN_ENTRYPOINT.holds(release)
    thin = program == _THIN_PROGRAM
    fits = not (v3 or says_thick(image)) if thin else says_thick(image) and not v3
    daemon = install.mode == "thick" and program.endswith("/multus-daemon")
    if (thin or daemon) and not fits:
        yield finding(
            OTHER_MODE,
            document=install.daemonset,
            source=container_at(install, "image"),
            seen=f"{program} in {image.repository}:{image.tag}",
            error=f'exec: "{program}": stat {program}: no such file or directory',
            remedy=(
                "use the tag that the manifest was written for, or the manifest that belongs "
                "to the tag"
            )
            + ("" if v3 or not thin else ": multus-migrator plan"),
        )
