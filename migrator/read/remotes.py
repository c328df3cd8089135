"""Which repository a URL means, however it is spelled."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/@]*@)?(\[[^]/]*\]|[^/:]*)(?::\d*)?/(.*)", re.I)
_SHORT: Final = re.compile(r"(?:[^/@:]+@)?([^/@:]{2,}):(?!//)(.+)")
"""As scp has it; one letter is a drive of Windows."""
_UNKNOWN: Final = re.compile(r"\$\{|\{\{")
"""What somebody else fills in."""
_HOSTS: Final = {
    "ssh.github.com": "github.com",
    "www.github.com": "github.com",
    "altssh.gitlab.com": "gitlab.com",
    "altssh.bitbucket.org": "bitbucket.org",
    "ssh.dev.azure.com": "dev.azure.com",
}
"""Names of a host for those whose network lets ssh through on 443 only, or that ssh has for itself."""
_ENCODED: Final = re.compile(r"%([2-7][0-9a-f])", re.I)
_BETWEEN: Final = {"dev.azure.com": ("v3", "_git")}
"""Parts of a path that only one of the spellings has (learn.microsoft.com/azure/devops/repos/git)."""
_SCM: Final = "scm"
"""The first part of such a path, by https, of a Bitbucket server."""


def repository_of_url(url: str) -> str:
    """Host and path of the repository, the same for https, ssh and ``git@host:path``, whoever logs in,
    at whatever port, with ``.git`` or without, in capitals or not; "" for a folder of some machine,
    and for what is no URL."""
    match = _URL.fullmatch(url.strip()) or _SHORT.fullmatch(url.strip())
    host = match[1].lower().rstrip(".") if match else ""
    if match is None or not host:
        return ""
    host = _HOSTS.get(host, host)
    path = _ENCODED.sub(lambda sign: chr(int(sign[1], 16)), match[2].partition("?")[0])
    path = path.strip("/").lower().removesuffix(".git")
    parts = [part for part in path.split("/") if part and part not in _BETWEEN.get(host, ())]
    if len(parts) > 2 and parts[0] == _SCM:
        del parts[0]
    return "/".join((host, *parts)) if parts else ""


def is_elsewhere(url: str, remotes: Collection[str]) -> bool:
    """Whether a URL is that of another repository than the one that has ``remotes`` (as
    `repository_of_url` writes them); False where either is not known."""
    there = "" if _UNKNOWN.search(url) else repository_of_url(url)
    return bool(there and remotes) and there not in remotes
