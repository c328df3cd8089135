"""What an API server serves: its release, the groups with their versions, and the paths of requests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from migrator.live.lists import Get, answer
from migrator.live.resources import Resource
from migrator.model.errors import EnvironmentProblem
from migrator.tools.kubectl import Refused
from migrator.trees.dig import dig, string
from migrator.trees.pods import items

VERSION: Final = "/version"
GROUPS: Final = "/apis"
_WORD: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
"""Groups, versions and plurals: they become parts of paths and of file names."""
_RELEASE: Final = re.compile(r"[\w.+-]{1,64}", re.ASCII)
_HINT: Final = (
    "kubectl config get-contexts lists what --context may name; KUBECONFIG names the file"
)


class Served(Struct, frozen=True, kw_only=True):
    """``groups`` are those of the API with their versions, the preferred one first; None where the server
    does not say."""

    groups: Mapping[str, tuple[str, ...]] | None

    def versions(self, resource: Resource) -> tuple[str, ...]:
        """Those in which a resource may be served, in the order in which they are asked for."""
        if not resource.group or self.groups is None:
            return (resource.version,)
        return self.groups.get(resource.group, ())


def release(get: Get) -> str:
    """The release of the server, "" if it does not say. Errors: EnvironmentProblem without a server."""
    said = string(_first(get, VERSION), "gitVersion")
    return said if _RELEASE.fullmatch(said) else ""


def served(get: Get) -> Served:
    """The groups that are served. Errors: EnvironmentProblem without a server."""
    said = _first(get, GROUPS)
    if not isinstance(said.get("groups"), list):
        return Served(groups=None)
    return Served(groups={string(each, "name"): _versions(each) for each in items(said, "groups")})


def every_resource(get: Get, groups: Served, resource: Resource) -> tuple[Resource, ...]:
    """The resources of a group, of whatever kind, that can be listed. Errors: Refused."""
    versions = groups.versions(resource)
    if not versions:
        return ()
    said = answer(get, f"/apis/{resource.group}/{versions[0]}")
    return tuple(
        replace(resource, plural=string(each, "name"), kind=string(each, "kind"))
        for each in items(said, "resources")
        if _WORD.fullmatch(string(each, "name"))
        and "list" in (dig(each, "verbs") or ())
        and string(each, "kind") != "Secret"
    )


def path_of(resource: Resource, version: str, namespace: str) -> str:
    """Where the API has a list, of all namespaces if ``namespace`` is "", or a single object."""
    root = f"/apis/{resource.group}/{version}" if resource.group else f"/api/{version}"
    inside = f"/namespaces/{namespace}" if namespace and resource.namespaced else ""
    return f"{root}{inside}/{resource.plural}" + (f"/{resource.name}" if resource.name else "")


def _first(get: Get, path: str) -> Mapping[str, Any]:
    """{} where the server does not let it be asked for."""
    try:
        return answer(get, path)
    except Refused as refused:
        if refused.reached:
            return {}
        raise EnvironmentProblem(
            f"the cluster cannot be asked: {refused.detail}", hint=_HINT
        ) from None


def _versions(group: Mapping[str, Any]) -> tuple[str, ...]:
    named = (
        string(group, "preferredVersion", "version"),
        *(string(v, "version") for v in items(group, "versions")),
    )
    return tuple(dict.fromkeys(version for version in named if _WORD.fullmatch(version)))
