"""Traps of kustomize and of applying: what the generated overlay has to do right.

They are about what the tool writes, not about the inputs, so no check looks for them; tests of the
kustomize part build each of them. Seen with kubectl kustomize (kustomize v5.5.0).
"""

from __future__ import annotations

from migrator.model.plan import Rule

RULES = (
    Rule(
        id="K1",
        title="volumeMounts merge by mountPath",
        why="a patch that names the new mount adds it, and the old one stays",
        reference="kustomize#869, #3117",
        handling="Each mount that is removed is named with $patch: delete.",
    ),
    Rule(
        id="K2",
        title="Volumes of one name merge their types",
        why="a volume ends up with a configMap and a hostPath, which the API server "
        "refuses: may not specify more than 1 volume type",
        reference="k8s.io/api core/v1 Volume",
        handling="A volume of another type gets a name of its own.",
    ),
    Rule(
        id="K3",
        title="args survive a new command",
        why="the daemon is started with thin mode's flags and exits with: flag provided "
        "but not defined",
        reference="P05",
        handling="`args: null` on both containers.",
    ),
    Rule(
        id="K4",
        title="ClusterRole rules are one value",
        why="a list of rules without a merge key is replaced as a whole: the rules that the patch "
        "does not name are gone",
        reference="k8s.io/api rbac/v1",
        handling="The complete list is written.",
    ),
    Rule(
        id="K5",
        title="Tolerations are one value",
        why="your own tolerations are gone if a patch names one",
        reference="k8s.io/api core/v1",
        handling="They are either not in the patch, or complete.",
    ),
    Rule(
        id="K6",
        title="A JSON6902 patch that matches nothing passes",
        why="the build then exits with code 0 and without a warning, and nothing is patched",
        reference="kustomize v5",
        handling="Each target is one object by group, kind, namespace and name, and verify "
        "compares the build with the plan.",
    ),
    Rule(
        id="K7",
        title="A strategic merge patch needs the base's namespace",
        why="with another one, or with one where the base has none, kustomize fails with: "
        "no matches for Id",
        reference="kustomize v5",
        handling="The namespace is written as the source has it, and left out where the source "
        "has none.",
    ),
    Rule(
        id="K8",
        title="namespace: in a kustomization moves every NAD",
        why="NADs of all namespaces end up in one, and pods no longer find them",
        reference="kustomize v5",
        handling="It is never written; one of yours that is applied after the component is "
        "reported.",
    ),
    Rule(
        id="K9",
        title="commonLabels change the selector",
        why="the label is added to spec.selector, which is immutable (P45)",
        reference="kustomize v5",
        handling="No labels are added; yours are reported.",
    ),
    Rule(
        id="K10",
        title="Thin and thick manifests in one build",
        why="kustomize refuses it with: may not add resource with an already registered id",
        reference="kustomize v5",
        handling="Only patches over the base, never a second manifest.",
    ),
    Rule(
        id="K11",
        title="Hashes of configMapGenerator",
        why="a JSON6902 patch that names the ConfigMap literally does not follow the hash; "
        "and editing a mounted ConfigMap restarts nothing",
        reference="kustomize v5",
        handling="A plain ConfigMap, and its checksum as an annotation on the pod template.",
    ),
    Rule(
        id="K12",
        title="JSON6902 add below a missing parent",
        why="kustomize refuses it with: doc is missing path: missing value",
        reference="RFC 6902",
        handling="The parent is created first.",
    ),
    Rule(
        id="K13",
        title="JSON6902 by index",
        why="containers/0 is another container if a sidecar comes first",
        reference="RFC 6902",
        handling="Containers are addressed by name; an index is used only in guards, where it "
        "must match.",
    ),
    Rule(
        id="K14",
        title="The images transformer matches exact names",
        why="an image from a mirror keeps its tag, while the other one changes (P29)",
        reference="kustomize v5",
        handling="Both images are written in the patch, and compared after the build.",
    ),
    Rule(
        id="K15",
        title="Patched list items come first",
        why="every list seems to have changed",
        reference="kustomize v5",
        handling="Named lists are compared as sets by their merge key.",
    ),
    Rule(
        id="K16",
        title="null removes a ConfigMap's key",
        why="a key with the value null is removed from the build",
        reference="kustomize v5",
        handling="Used for exactly that.",
    ),
    Rule(
        id="K17",
        title="$patch: delete takes an object out of the build only",
        why="without pruning it stays in the cluster",
        reference="kustomize v5",
        handling="No patch deletes an object; what has to be removed by hand is in the runbook.",
    ),
    Rule(
        id="K18",
        title="A NAD's config is one string",
        why="a strategic merge patch replaces it whole",
        reference="k8s.cni.cncf.io/v1",
        handling="The whole text is written, as valid JSON in a literal block.",
    ),
)
