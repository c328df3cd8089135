"""Which of what helm prints post-renderers see."""

from __future__ import annotations

from migrator.read.helm_output import helm_output

CRD = "kind: CustomResourceDefinition\n"


def source(path: str, text: str) -> str:
    return f"---\n# Source: {path}\n{text}"


def test_all_documents_of_a_file_in_crds() -> None:
    """helm says once where they come from."""
    first = source("multus/crds/all.yaml", "{{ if .x }}\n" + CRD + "{{ end }}\n")
    second = "---\n{{- if .y }}\n" + CRD + "{{- end }}\n"
    output = helm_output(first + second + source("multus/templates/ds.yaml", "kind: DaemonSet\n"))
    assert output.crds.count(CRD) == 2
    assert "{{" not in output.crds
    assert output.others == source("multus/templates/ds.yaml", "kind: DaemonSet\n")


def test_crds_of_a_sub_chart_and_what_is_only_called_so() -> None:
    inner = source("a/charts/b/crds/x.yaml", CRD)
    others = (
        source("a/templates/crds/x.yaml", CRD)
        + source("a/charts/crds/templates/x.yaml", CRD)
        + source("crds/templates/x.yaml", CRD)
    )
    assert helm_output(inner + others) == (inner, "", others)


def test_hooks_are_told_apart() -> None:
    hook = source("a/templates/x.yaml", "metadata:\n  annotations:\n    helm.sh/hook: test\n")
    quoted = source("a/templates/y.yaml", 'metadata:\n  annotations:\n    "helm.sh/hook": test\n')
    spoken = source("a/templates/z.yaml", "data: {a: 'helm.sh/hook is no key here'}\n")
    assert helm_output(hook + spoken + quoted) == ("", hook + quoted, spoken)


def test_what_is_no_output_of_helm_is_seen() -> None:
    text = "kind: DaemonSet\n---\nkind: ClusterRole\n"
    assert helm_output(text) == ("", "", text)
