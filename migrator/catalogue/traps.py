"""Traps of kustomize and of applying: what the generated overlay has to do right.

They are about what the tool writes, not about the inputs, so no check looks for them; tests of the
kustomize part build each of them. Seen with kubectl kustomize (kustomize v5.5.0).
"""

from __future__ import annotations

from migrator.catalogue.pitfalls import Handling
from migrator.model.plan import Rule

_ROWS: tuple[tuple[str, str, str, str], ...] = (
    (
        "volumeMounts merge by mountPath",
        "a patch that names the new mount adds it, and the old one stays",
        "each mount that goes is named with $patch: delete",
        "kustomize#869, #3117",
    ),
    (
        "Volumes of one name merge their types",
        (
            "a volume ends with a configMap and a hostPath, which the API server refuses: may not "
            "specify more than 1 volume type"
        ),
        "a volume of another type gets a name of its own",
        "k8s.io/api core/v1 Volume",
    ),
    (
        "args survive a new command",
        "the daemon is started with thin mode's flags and ends with: flag provided but not defined",
        "args: null on both containers",
        "P05",
    ),
    (
        "ClusterRole rules are one value",
        (
            "a list of rules without a merge key is replaced as a whole: the rules that the patch does "
            "not name are gone"
        ),
        "the complete list is written",
        "k8s.io/api rbac/v1",
    ),
    (
        "Tolerations are one value",
        "the user's own tolerations are gone where a patch names one",
        "they are not in the patch, or complete",
        "k8s.io/api core/v1",
    ),
    (
        "A JSON6902 patch that matches nothing passes",
        "kustomize ends with exit code 0 and without a warning, and nothing is patched",
        (
            "each target is one object by group, kind, namespace and name, and verify compares the build "
            "with the plan"
        ),
        "kustomize v5",
    ),
    (
        "A strategic merge patch needs the base's namespace",
        "with another one, or with one where the base has none: no matches for Id",
        "the namespace is written as the source has it, absent where it is absent",
        "kustomize v5",
    ),
    (
        "namespace: in a kustomization moves every NAD",
        "NADs of all namespaces land in one, and pods no longer find them",
        "it is never written; the user's own, applied after the component, is told",
        "kustomize v5",
    ),
    (
        "commonLabels change the selector",
        "the label is added to spec.selector, which is immutable (P45)",
        "no labels are added; the user's own are told",
        "kustomize v5",
    ),
    (
        "Thin and thick manifests in one build",
        "may not add resource with an already registered id",
        "patches over the base, never a second manifest",
        "kustomize v5",
    ),
    (
        "Hashes of configMapGenerator",
        (
            "a JSON6902 patch that names the ConfigMap literally does not follow the hash; and an edit "
            "of a mounted ConfigMap restarts nothing"
        ),
        "a plain ConfigMap, and its checksum as an annotation on the pod template",
        "kustomize v5",
    ),
    (
        "JSON6902 add below a missing parent",
        "doc is missing path: missing value",
        "the parent is made first",
        "RFC 6902",
    ),
    (
        "JSON6902 by index",
        "containers/0 is another container where a sidecar comes first",
        "containers are addressed by name; an index is used in guards only, where it must match",
        "RFC 6902",
    ),
    (
        "The images transformer matches exact names",
        "an image from a mirror keeps its tag, while the other one changes (P29)",
        "both images are written in the patch, and compared after the build",
        "kustomize v5",
    ),
    (
        "Patched list items come first",
        "every list seems to have changed",
        "named lists are compared as sets by their merge key",
        "kustomize v5",
    ),
    (
        "null removes a ConfigMap's key",
        "data with key: null takes the key out of the build",
        "used for just that",
        "kustomize v5",
    ),
    (
        "$patch: delete takes an object out of the build only",
        "without pruning it stays in the cluster",
        "no object is deleted by a patch; what has to go by hand is in the runbook",
        "kustomize v5",
    ),
    (
        "A NAD's config is one string",
        "a strategic merge patch replaces it whole",
        "the whole text is written, as valid JSON in a literal block",
        "k8s.cni.cncf.io/v1",
    ),
)

RULES: tuple[Rule, ...] = tuple(
    Rule(id=f"K{number}", title=title, why=why, reference=reference, severity="info")
    for number, (title, why, _, reference) in enumerate(_ROWS, start=1)
)
HANDLING = {
    f"K{number}": Handling(how=f"{how[:1].upper()}{how[1:]}.")
    for number, (_, _, how, _) in enumerate(_ROWS, start=1)
}
