"""One network selection -> the delegate's config, as an installed Multus resolves it.

Source: getKubernetesDelegate, pkg/k8sclient/k8sclient.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct, field

from migrator.golang import text as gotext
from migrator.golang.errors import GoError, GoPanic
from migrator.model.inventory import Mode
from migrator.model.plan import Failure, Resolution
from migrator.multus import annotation, nad, releases
from migrator.multus import delegate as delegates
from migrator.multus.annotation import Selection
from migrator.multus.defaults import CONF_DIR, NAMESPACE
from migrator.multus.delegate import Delegate
from migrator.multus.nad import Answer, ConfDir
from migrator.multus.releases import Release


class Unknown(Struct, frozen=True, kw_only=True):
    """Files that were not copied, and why or from where."""

    reason: str


class Found(Struct, frozen=True, kw_only=True):
    """A delegate as Multus keeps it, or in ``resolution`` why there is none.

    ``kept`` has the bytes that Multus hands to CHECK and DEL, where they are not the config that
    ADD runs ("" where they are).
    """

    resolution: Resolution
    delegate: Delegate | None = None
    kept: str = ""


class Known(Struct, frozen=True):
    """What one release was seen to make of the NADs that have a config, by (namespace, name): what
    it found, and what ADD made of that with the cniVersion. It is the same on each node, and for
    each pod that brings no cni-args."""

    found: dict[tuple[str, str], Found] = field(default_factory=dict)
    ran: dict[tuple[str, str], tuple[Resolution, str]] = field(default_factory=dict)


class Installed(Struct, frozen=True, kw_only=True, eq=False):
    """An installed Multus and what it sees.

    ``conf_dir`` is the confDir in Multus's own view: a host path when thin, a container path when
    thick. ``files`` has its files by name: None where the directory is not there or not mounted,
    ``Unknown`` where nobody knows. ``nads`` maps (namespace, name) to spec.config, None where the
    NAD has none. ``paths`` has files by absolute path, for a clusterNetwork that names one, and
    ``all_paths`` says that there are no others.
    ``global_namespaces`` is the comma-separated setting, "" where it is not set. ``known`` is
    written to: what is once looked up is told again; None where nothing is kept.
    """

    release: Release
    mode: Mode
    files: Mapping[str, str] | Unknown | None
    nads: Mapping[tuple[str, str], str | None]
    conf_dir: str = CONF_DIR
    namespace_isolation: bool = False
    global_namespaces: str = ""
    multus_namespace: str = NAMESPACE
    system_namespaces: tuple[str, ...] = (NAMESPACE,)
    cluster_network: str = ""
    default_networks: tuple[str, ...] = ()
    paths: Mapping[str, str] = field(default_factory=dict)
    all_paths: bool = False
    known: Known | None = None


def failed(error: str, failure: Failure) -> Found:
    return Found(resolution=Resolution(error=error, failure=failure))


def panicked(panic: str) -> Found:
    """A panic is told as Go prints it."""
    return failed(f"panic: {panic}", Failure.PANIC)


def delegate(installed: Installed, selection: Selection) -> Found:
    """getKubernetesDelegate: the config of the selected NAD with the pod's cni-args in it.

    A device that the kubelet assigns is not part of it: Multus adds deviceID at run time.
    """
    key = (selection.namespace, selection.name)
    if key not in installed.nads:
        return failed(not_found(installed, *key), Failure.NOT_FOUND)
    config = installed.nads[key]
    if not config and isinstance(installed.files, Unknown):
        return Found(resolution=Resolution(unknown=installed.files.reason))
    known = installed.known if config and selection.cni_args is None else None
    if known is not None and key in known.found:
        return known.found[key]
    answer = nad.resolve(selection.name, config, conf_dir(installed), installed.release)
    found = _found(answer, selection)
    if known is not None:
        known.found[key] = found
    return found


@lru_cache(maxsize=1024)
def conf_dir(installed: Installed) -> ConfDir:
    """The confDir with its files; a caller asks first whether they are known."""
    files = None if isinstance(installed.files, Unknown) else installed.files
    return ConfDir(path=installed.conf_dir, files=files)


def _found(answer: Answer, selection: Selection) -> Found:
    if answer.panic:
        return panicked(answer.panic)
    if answer.delegate is None:
        return failed(answer.error or answer.delegate_error, Failure.CONFIG)
    try:
        config = delegates.with_cni_args(answer.config, answer.delegate, selection.cni_args)
    except GoError as error:
        return failed(str(error), Failure.CONFIG)
    except GoPanic as panic:
        return panicked(str(panic))
    where = f"NetworkAttachmentDefinition {selection.namespace}/{selection.name}"
    return Found(
        resolution=Resolution(config=config, where=answer.source or where),
        delegate=delegates.selected(answer.delegate, selection.namespace, selection.name),
    )


def not_found(installed: Installed, namespace: str, name: str) -> str:
    """What Multus says of a NAD that is not there."""
    release = installed.release
    if releases.OLD_DELEGATE_ERRORS.holds(release):
        return (
            "getKubernetesDelegate: failed to get network resource, refer Multus README.md for "
            "the usage guide: the server could not find the requested resource"
        )
    if installed.mode == "thick" and releases.INFORMERS.holds(release):
        reason = f'networkattachmentdefinition.k8s.cni.cncf.io "{name}" not found'
    else:
        reason = _refused(namespace, name) or (
            f'network-attachment-definitions.k8s.cni.cncf.io "{name}" not found'
        )
    return annotation.as_printed(
        f"getKubernetesDelegate: cannot find a network-attachment-definition ({name}) in "
        f"namespace ({namespace}): {reason}",
        release,
    )


def _refused(namespace: str, name: str) -> str:
    """Why client-go does not even ask the API server ("" where it does): rest/request.go."""
    for what, text in (("namespace", namespace), ("resource name", name)):
        problems = _in_a_path(text)
        if problems:
            return f"invalid {what} {gotext.quote(text)}: [{' '.join(problems)}]"
    return "" if name else "resource name may not be empty"


def _in_a_path(text: str) -> list[str]:
    """IsValidPathSegmentName."""
    if text in (".", ".."):
        return [f"may not be '{text}'"]
    return [f"may not contain '{char}'" for char in "/%" if char in text]
