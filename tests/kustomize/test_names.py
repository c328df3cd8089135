from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.kustomize.names import file_stem, target
from migrator.model.inputs import ObjectRef


def ref(group: str, kind: str, namespace: str, name: str) -> ObjectRef:
    return ObjectRef(group=group, kind=kind, namespace=namespace, name=name)


@pytest.mark.parametrize(
    ("of", "stem"),
    [
        pytest.param(
            ref("apps", "DaemonSet", "kube-system", "kube-multus-ds"),
            "daemonset.apps--kube-system--kube-multus-ds", id="namespaced",
        ),
        pytest.param(
            ref("rbac.authorization.k8s.io", "ClusterRole", "", "multus"),
            "clusterrole.rbac.authorization.k8s.io--_cluster--multus", id="no namespace",
        ),
        pytest.param(ref("", "ConfigMap", "a", "b"), "configmap--a--b", id="core group"),
        pytest.param(ref("", "A", "", "system:multus"), "a--_cluster--system%3Amultus", id="colon"),
        pytest.param(ref("", "A", "", "Multus"), "a--_cluster--%4Dultus", id="upper case"),
        pytest.param(ref("", "A", "", "é/..%"), "a--_cluster--%C3%A9%2F..%25", id="no path"),
        pytest.param(ref("", "A", "a--b", "-c-"), "a--a-%2Db--%2Dc%2D", id="dashes"),
    ],
)  # fmt: skip
def test_file_stem(of: ObjectRef, stem: str) -> None:
    assert file_stem(of) == stem


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(("a--b", "c"), ("a", "b--c"), id="dashes in namespace or name"),
        pytest.param(("a-", "b"), ("a", "-b"), id="a dash at the seam"),
        pytest.param(("", "a"), ("_cluster", "a"), id="a namespace called _cluster"),
        pytest.param(("a", "Multus"), ("a", "multus"), id="case"),
        pytest.param(("a", "x%3A"), ("a", "x:"), id="encoded already"),
    ],
)
def test_different_objects_have_different_files(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    stems = [file_stem(ref("g", "Kind", *names)).casefold() for names in (one, other)]
    assert stems[0] != stems[1]


_names = st.text("abA-.:%_", min_size=1, max_size=6)


@given(st.tuples(_names, _names), st.tuples(_names, _names))
def test_no_two_names_share_a_file_on_any_file_system(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    stems = [file_stem(ref("", "Kind", *names)) for names in (one, other)]
    assert (stems[0].casefold() == stems[1].casefold()) == (one == other)
    assert re.fullmatch(r"kind--[a-z0-9.%A-F-]+--[a-z0-9.%A-F-]+", stems[0])


def test_a_long_name_is_shortened_and_stays_unique() -> None:
    stems = {file_stem(ref("g", "Kind", "n" * 63, "x" * 240 + end)) for end in "ab"}
    assert len(stems) == 2
    assert all(len(stem) <= 200 for stem in stems)


def test_selectors_are_escaped_for_gos_regular_expressions() -> None:
    of = ref("k8s.cni.cncf.io", "NetworkAttachmentDefinition", "a.b", "x+y(z)|[0]{1}^$*?\\")
    selector = target(of, frozenset({of.group}))
    assert selector["group"] == r"k8s\.cni\.cncf\.io"
    assert re.fullmatch(selector["name"], of.name)
    assert re.fullmatch(selector["namespace"], "a.b")
    assert not re.fullmatch(selector["namespace"], "aXb")


def test_the_core_group_is_not_every_group() -> None:
    selector = target(ref("", "ConfigMap", "", "x"), frozenset({""}))
    assert re.fullmatch(selector["group"], "")
    assert not re.fullmatch(selector["group"], "example.com")


def test_both_groups_of_a_raised_api_version_are_hit() -> None:
    selector = target(ref("extensions", "DaemonSet", "n", "x"), frozenset({"extensions", "apps"}))
    assert selector["group"] == "apps|extensions"
