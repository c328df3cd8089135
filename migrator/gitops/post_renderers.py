"""The writer for a Flux HelmRelease: what its chart renders is patched before it is applied.

Flux runs ``spec.postRenderers`` over the output of the chart, in order, at each install and upgrade
(fluxcd.io/flux/components/helm/helmreleases, "Post renderers").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from migrator.gitops.dollars import unfilled
from migrator.gitops.places import Carried
from migrator.kustomize.emit import inline_patches
from migrator.model.errors import MigratorError
from migrator.model.inputs import Path, Render
from migrator.model.plan import Planned
from migrator.trees.dig import keys_and_texts
from migrator.trees.paths import get, put

FIELD: Final[Path] = ("spec", "postRenderers")
"""What the writer changes of a release."""

_HOOK: Final[Path] = ("metadata", "annotations", "helm.sh/hook")
_KIND: Final = "HelmRelease"


def with_post_renderers(
    release: Mapping[str, Any], render: Render, objects: Sequence[Planned]
) -> Carried:
    """The release with one post-renderer more, behind its own: it patches ``objects``, which the
    chart made, into what was planned. Pure.

    Errors: MigratorError for a release that has none, for hooks of a chart, and those of `inline_patches`.
    """
    if render.release.kind != _KIND:
        message = f"{render.release} has no post-renderers, so what its chart makes stays as it is"
        hint = "change the chart's values (see the plan), or use the overlay that plan writes"
        raise MigratorError(message, source=render.source, hint=hint)
    for planned in objects:
        if isinstance(get(planned.desired, _HOOK), str):
            message = f"{planned.ref} is a hook of the chart, which no post-renderer sees"
            hint = "change it in the chart or its values, or use the overlay that plan writes"
            raise MigratorError(message, source=render.source, hint=hint)
    earlier = get(release, FIELD)
    renderers = [*earlier] if isinstance(earlier, list) else []
    own = "\n".join(keys_and_texts(release))
    patches = [{**p, "patch": unfilled(p["patch"], own)} for p in inline_patches(objects)]
    ours = {"kustomize": {"patches": patches}}
    return Carried(put(release, FIELD, [*renderers, ours]))
