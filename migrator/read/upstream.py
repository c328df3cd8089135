"""Upstream's own manifests, where somebody applies them from its repository: which files those are, of
which release, and what they are called for a download.

Files: deployments/ and images/ of multus-cni v3.1 to v4.3.0.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from migrator.model.errors import MigratorError
from migrator.read.wording import quoted
from migrator.trees import pods

REPOSITORY: Final = "k8snetworkplumbingwg/multus-cni"
THICK: Final = "deployments/multus-daemonset-thick.yml"
THIN: Final = "deployments/multus-daemonset.yml"

_RAW: Final = f"https://raw.githubusercontent.com/{REPOSITORY}"
_DEPRECATED: Final = "deployments/deprecated"
KNOWN: Final = (
    THIN,
    "deployments/multus-daemonset-crio.yml",
    "deployments/multus-daemonset-gke-1.16.yml",
    THICK,
    "deployments/multus-daemonset-thick-plugin.yml",
    f"{_DEPRECATED}/multus-daemonset-pre-1.16.yml",
    f"{_DEPRECATED}/multus-daemonset-crio-pre1.16.yml",
    f"{_DEPRECATED}/multus-daemonset-gke-pre-1.16.yml",
    "images/multus-daemonset.yml",
    "images/multus-daemonset-crio.yml",
    "images/multus-daemonset-gke-1.16.yml",
    "images/multus-crio-daemonset.yml",
)
"""The manifests that install Multus; which of them a release has is found out by the download."""
_UNKNOWN: Final = ("unknown.yml", "unknown.yaml", "multus-daemonset-unknown.yml", "unknown/a.yml")
"""Made-up names: what keeps one of these keeps files of which nothing is known here."""

_URL: Final = re.compile(
    rf"(?:https?://|ssh://(?:git@)?|git@)[\w.-]+(?::\d+)?[/:](?:[\w.-]+/)*?{re.escape(REPOSITORY)}(?:\.git)?/?",
    re.ASCII,
)
"""Without a password: what holds one is no public repository."""
_LISTED: Final = re.compile(
    rf"(https://[\w.-]+(?::\d+)?/(?:[\w.-]+/)*?{re.escape(REPOSITORY)}/(?:raw/)?(?:refs/(?:tags|heads)/)?)"
    r"[\w.-]+/deployments/multus-daemonset[\w.-]*\.yml",
    re.ASCII,
)
_TAG: Final = re.compile(r"v\d+\.\d+(?:\.\d+)?(?:-\w+)?", re.ASCII)
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_BRANCH: Final = re.compile(r"[A-Za-z]\w*(?:[./-]\w+)*", re.ASCII)
_DEFAULT_BRANCH: Final = "master"


class Taken(NamedTuple):
    """Manifests of upstream's repository at one ``revision``: a tag, a commit, or a branch."""

    revision: str
    files: tuple[str, ...]

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(f"{_RAW}/{self.revision}/{file}" for file in self.files)


def is_moving(url: str) -> bool:
    """Whether one of ``Taken.urls`` is that of a branch."""
    name = url.removeprefix(f"{_RAW}/").partition("/")[0]
    return not (_TAG.fullmatch(name) or _COMMIT.fullmatch(name))


def is_upstream(url: str) -> bool:
    """Whether a URL is that of multus-cni itself, or of a mirror of it, by its path."""
    return _URL.fullmatch(url) is not None


def is_manifest(url: str) -> bool:
    """Whether a URL is that of one of upstream's manifests, as a kustomization lists it."""
    return _LISTED.fullmatch(url) is not None


def is_thick(manifest: str) -> bool:
    """Whether a manifest of upstream's is one for thick mode, by its name."""
    return "-thick" in posixpath.basename(manifest)


def runs_daemon(daemonset: Mapping[str, Any]) -> bool:
    """Whether a DaemonSet runs multus-daemon, as all of upstream's for thick mode do by their command."""
    return any(
        word.rpartition("/")[2] == "multus-daemon"
        for _, _, container in pods.containers(pods.pod_spec(daemonset))
        for word in pods.words(container, "command")
    )


def thick_url(url: str, tag: str) -> str:
    """Such a URL with the thick manifest of a tag."""
    before = _LISTED.sub(r"\1", url)
    return f"{before.replace('/refs/heads/', '/refs/tags/')}{tag}/{THICK}"


def revision(text: str) -> str:
    """What a reference names, the default branch where it names nothing.

    Errors: MigratorError for what is no plain name of a tag, a branch or a commit.
    """
    if not text or text == "HEAD":
        return _DEFAULT_BRANCH
    name = re.sub(r"\Arefs/(?:tags|heads)/", "", text)
    if _TAG.fullmatch(name) or _COMMIT.fullmatch(name) or _BRANCH.fullmatch(name):
        return name
    raise MigratorError(f"it takes {quoted(text)}, which names no tag, branch or commit")


def folder(path: str) -> str:
    """A folder of the repository, "" for all of it. Errors: MigratorError for one that leads out."""
    inside = posixpath.normpath(path.strip("/") or ".")
    if inside == ".." or inside.startswith("../"):
        raise MigratorError(f"its path {quoted(path)} leads out of the repository")
    return "" if inside == "." else inside


def kept(inside: str, is_kept: Callable[[str], bool]) -> tuple[str, ...]:
    """The known manifests of a folder that are kept.

    Errors: MigratorError where there is none, or where others would be kept as well.
    """
    unknown = next(filter(is_kept, _made_up(inside)), "")
    if unknown:
        message = f"it keeps whatever {inside or 'the repository'} holds, also files not known here"
        raise MigratorError(message)
    files = tuple(file for file in _below(inside, KNOWN) if is_kept(file))
    if not files:
        raise MigratorError("it keeps none of upstream's manifests that are known here")
    return files


def _below(inside: str, files: Iterable[str]) -> Iterator[str]:
    return (file for file in files if not inside or file.startswith(f"{inside}/"))


def _made_up(inside: str) -> Iterator[str]:
    """In the folder itself and in those that are known below it."""
    folders = {inside, *(posixpath.dirname(file) for file in _below(inside, KNOWN))}
    return (posixpath.join(place, name) for place in sorted(folders) for name in _UNKNOWN)
