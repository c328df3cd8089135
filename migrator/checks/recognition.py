"""What could not be understood of the Multus install itself."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.checks.common import finding, installer_of, main_of, pod_of
from migrator.inventory.installer import further_installers, other_work
from migrator.model.inventory import Install, Target
from migrator.model.plan import Finding, Rule
from migrator.multus.images import parse_image, release_of
from migrator.multus.releases import TABLE, TARGETS, is_read, unknown_of_target
from migrator.thick.form import Thick
from migrator.thick.intent import Intent
from migrator.trees import pods
from migrator.trees.dig import mapping
from migrator.trees.wording import listed

IMAGE = Rule(
    id="M01",
    title="No thick image can be derived",
    why="shim and daemon must come from a thick image of the target release; a wrong tag stops "
    "all pod creation",
    reference="github.com/k8snetworkplumbingwg/multus-cni/pkgs/container/multus-cni",
    severity="blocker",
)
WRAPPER = Rule(
    id="M02",
    title="A shell script starts Multus",
    why="multus-daemon and install_multus replace the scripts, and whatever else the "
    "scripts do would be lost silently",
    reference="cmd/multus-daemon/main.go",
    severity="blocker",
)
PROGRAM = Rule(
    id="M03",
    title="Cannot tell what the Multus container runs",
    why="settings can be carried over only where it is known which program reads them",
    reference="images/entrypoint.sh v3, cmd/thin_entrypoint v4",
    severity="blocker",
)
MIRROR = Rule(
    id="M04",
    title="The mirror must hold the thick image",
    why="an image that cannot be pulled leaves the node without a daemon",
    reference="multus-cni#1103",
    severity="warning",
    when="before the rollout",
)
NEWER = Rule(
    id="M06",
    title="Multus is newer than the target",
    why="a thick install is never moved back: shim and daemon of different releases "
    "cannot talk to each other (P29)",
    reference="pkg/server/api/api.go",
    severity="warning",
)


UNREAD = Rule(
    id="M14",
    title="A release is not fully known",
    why="what each workload gets depends on what a release does, needs and answers; "
    "nothing can be promised for a release that was not examined and recorded",
    reference="migrator/multus/releases.py TABLE",
    severity="blocker",
)
SECOND = Rule(
    id="M26",
    title="A second init container installs Multus",
    why="it would overwrite what install_multus installs, with the thin binary or with "
    "the shim of another release",
    reference="cmd/install_multus/main.go",
    handling="An init container that does nothing else is removed (S05).",
    severity="blocker",
)


RULES = (IMAGE, WRAPPER, SECOND, PROGRAM, MIRROR, NEWER, UNREAD)


def findings(intent: Intent) -> Iterable[Finding]:
    """What to know of each install."""
    yield from _unread(intent)
    for form in intent.forms:
        yield from _one(form, intent)


def _unread(intent: Intent) -> Iterable[Finding]:
    target = intent.target.release
    lacking = unknown_of_target(target) if intent.moving else ()
    if lacking:
        yield finding(
            UNREAD,
            seen=f"of the target v{target} it is not known {listed(lacking)}",
            remedy=f"plan for one of {listed(f'v{known}' for known in TARGETS)}",
        )
    for install in intent.inventory.installs:
        if not is_read(install.release):
            yield finding(
                UNREAD,
                document=install.daemonset,
                seen=f"v{install.release} runs today ({install.evidence}), and this tool does "
                "not know that release",
                remedy=_known_release(install),
            )


def _known_release(install: Install) -> str:
    newest = max(release for release in TABLE if is_read(release))
    if install.confidence == "stated":
        return (
            f"state a known release that it behaves like in place of {install.release}: "
            f"v{newest} is the newest"
        )
    return "state with --source RELEASE which known release it behaves like"


def _one(form: Thick, intent: Intent) -> Iterable[Finding]:
    install, target = form.install, intent.target
    document = install.daemonset
    if install.mode == "thick":
        if install.release > target.release:
            yield finding(
                NEWER,
                document=document,
                seen=f"v{install.release} ({install.evidence}), target v{target.release}",
                remedy=f"nothing is planned; plan for --target {install.release} or newer",
            )
            return
        if install.release == target.release:
            return
    if install.entrypoint == "unknown":
        yield finding(
            PROGRAM,
            document=document,
            seen=f"container {install.container} of {document.ref} runs neither entrypoint.sh, "
            "thin_entrypoint nor multus-daemon",
            remedy="give the rendered manifest that is applied to the cluster",
        )
    if install.wrapper:
        yield finding(
            WRAPPER,
            document=document,
            seen=f"container {install.container} runs a script around the entrypoint"
            + _files_of_script(install),
            remedy="move whatever the script does besides starting Multus elsewhere (an init "
            "container, daemon-config.json), then pass --allow M02",
        )
    pod = pod_of(install)
    for name in further_installers(pod):
        more = other_work(pods.container(pod, name, "initContainers"))
        if more:
            yield finding(
                SECOND,
                document=document,
                seen=f"init container {name} installs Multus too, and does more: {'; '.join(more)}",
                remedy=f"leave the installation to {install.installer}, and keep in {name} only "
                "what else it does; then plan again",
            )
    lost = other_work(installer_of(install))
    if lost:
        yield finding(
            WRAPPER,
            document=document,
            seen=f"init container {install.installer} does more than install Multus: "
            f"{'; '.join(lost)}",
            remedy="move that to an init container of its own, then plan again; install_multus "
            "replaces the whole script",
        )
    yield from _image(form, target)


def _files_of_script(install: Install) -> str:
    """The ConfigMaps that the container sees, which its script may use as templates."""
    main, pod = main_of(install), pod_of(install)
    read = [
        f"ConfigMap {mapping(volume, 'configMap').get('name')} at {mount.get('mountPath')}"
        for mount in pods.items(main, "volumeMounts")
        if mapping(volume := pods.volume(pod, str(mount.get("name"))), "configMap")
    ]
    return f", which sees {listed(read)}" if read else ""


def _image(form: Thick, target: Target) -> Iterable[Finding]:
    install = form.install
    if target.image:
        return
    text = str(main_of(install).get("image") or "")
    image, origin, remark = form.image, form.image_origin, form.image_remark
    if not image:
        yield finding(
            IMAGE,
            document=install.daemonset,
            seen=f"{text or '(no image)'}: {remark}",
            remedy=f"state the thick image of v{target.release} with --image REPOSITORY:TAG"
            if origin != "eks"
            else (
                "choose the tag of a _thick build that this registry holds, and state both: "
                "--image REPOSITORY:TAG --target RELEASE"
            ),
        )
    elif origin == "mirror" and release_of(parse_image(text)) != target.release:
        yield finding(
            MIRROR,
            document=install.daemonset,
            seen=f"{text} becomes {image}",
            remedy=f"push v{target.release}-thick to the mirror first, or give --image",
        )
