"""What is asked of a cluster, and what becomes of each answer. The stub answers as an API server does,
without HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from migrator.live import snapshot
from migrator.live.collect import Collected, read_cluster, requests
from migrator.live.resources import RESOURCES
from migrator.model.errors import EnvironmentProblem, MigratorError
from migrator.tools.bounds import DOCUMENTS, FILE
from migrator.tools.kubectl import Answer, Refused
from tests.live.apiserver import Object, Stub, status
from tests.live.changes import thin
from tests.live.objects import pod, thing

PODS = "/api/v1/pods"
DAEMONSETS = "/apis/apps/v1/daemonsets"
ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
CONSTRAINTS = "/apis/constraints.gatekeeper.sh/v1beta1"


@contextmanager
def quietly(_: str) -> Iterator[None]:
    yield


def read(stub: Stub, *namespaces: str) -> Collected:
    return read_cluster(stub.get, namespaces, quietly)


def files(stub: Stub, *namespaces: str) -> dict[str, str]:
    found = read(stub, *namespaces)
    return dict(snapshot.files(found, namespaces=namespaces, context="c", when="now"))


def about(stub: Stub, *namespaces: str) -> dict[str, Any]:
    """snapshot.json."""
    found: dict[str, Any] = json.loads(files(stub, *namespaces)["snapshot.json"])
    return found


def cluster(*more: Object, groups: Sequence[str] = ()) -> Stub:
    return Stub([*thin(), *more], groups)


def test_two_requests_tell_what_is_served_and_each_list_is_asked_for_once() -> None:
    stub = cluster()
    read(stub)
    assert stub.paths[:3] == ["/version", "/apis", DAEMONSETS]
    assert len(stub.paths) == len(set(stub.paths)) == 19


def test_nobody_asks_for_secrets_whatever_is_served() -> None:
    stub = cluster(groups=[f"{r.group}/{r.version}" for r in RESOURCES if r.group])
    read(stub)
    assert len(stub.paths) > len(RESOURCES)
    assert not any("secret" in path for _, path in stub.requests)
    assert {method for method, _ in stub.requests} == {"GET"}


def test_the_snapshot_says_what_was_read_and_what_is_not_served() -> None:
    found = about(cluster(pod("web")))
    assert list(found) == [
        *("tool", "version", "snapshot", "collected", "context", "server", "namespaces"),
        *("read", "absent", "unread"),
    ]
    assert (found["server"], found["namespaces"], found["unread"]) == ("v1.31.2", [], [])
    assert (found["read"]["daemonsets.apps"], found["read"]["pods"]) == (1, 1)
    assert found["read"]["statefulsets.apps"] == 0
    assert "helmreleases.helm.toolkit.fluxcd.io" in found["absent"]
    assert not found["read"].keys() & set(found["absent"])
    for part in ("read", "absent"):
        assert list(found[part]) == sorted(found[part])


def test_a_kind_without_objects_has_no_file() -> None:
    found = files(cluster())
    assert "objects/daemonsets.apps.yaml" in found
    assert "objects/pods.yaml" not in found


def test_pages_are_read_to_the_end() -> None:
    stub = cluster(*(pod(f"web-{number}") for number in range(1203)))
    assert about(stub)["read"]["pods"] == 1203
    asked = [path for _, path in stub.requests if path.startswith(PODS)]
    assert asked == [f"{PODS}?limit=500", *(f"{PODS}?limit=500&continue={n}" for n in (500, 1000))]


def test_a_token_goes_back_as_it_came() -> None:
    stub = cluster()
    first = {
        "kind": "PodList",
        "apiVersion": "v1",
        "metadata": {"continue": "a+/=&b c"},
        "items": [],
    }
    stub.faults[PODS] = [(200, json.dumps(first).encode()), None]
    read(stub)
    assert stub.requests[-1][1] == f"{PODS}?limit=500&continue=a%2B%2F%3D%26b%20c"


def test_a_list_whose_token_expired_is_begun_anew() -> None:
    stub = cluster(*(pod(f"web-{number}") for number in range(600)))
    stub.faults[PODS] = [None, status(410), None]
    assert about(stub)["read"]["pods"] == 600


def test_a_list_that_expires_again_and_again_is_given_up() -> None:
    stub = cluster(*(pod(f"web-{number}") for number in range(600)))
    stub.faults[PODS] = [None, status(410)] * 3
    found = about(stub)
    assert [(each["resource"], each["reason"]) for each in found["unread"]] == [("pods", "failed")]
    assert "pods" not in found["read"]


def test_a_server_that_gives_one_page_for_ever_is_given_up() -> None:
    stub = cluster()
    page = {"kind": "PodList", "apiVersion": "v1", "metadata": {"continue": "1"}, "items": []}
    stub.faults[PODS] = [(200, json.dumps(page).encode())]
    (unread,) = about(stub)["unread"]
    assert unread["detail"] == "the server gives the same page again and again"


def test_what_is_forbidden_is_told_and_the_rest_is_read() -> None:
    stub = cluster(pod("web"))
    stub.faults = {ROLES: [status(403)], "/api/v1/nodes": [status(403)]}
    found = about(stub)
    assert [(each["resource"], each["namespace"], each["reason"]) for each in found["unread"]] == [
        ("clusterroles.rbac.authorization.k8s.io", "", "forbidden"),
        ("nodes", "", "forbidden"),
    ]
    assert found["read"]["pods"] == 1


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"kind": "PodList", "items": [{"meta', id="truncated"),
        pytest.param(b"<html>log in</html>", id="a page to log in"),
        pytest.param(b"[]", id="no object"),
        pytest.param(b'{"kind": "Pod", "items": []}', id="no list"),
        pytest.param(b'{"kind": "PodList", "items": {}}', id="items that are no list"),
        pytest.param(b'{"kind": "PodList", "items": ["web"]}', id="a name in place of an object"),
        pytest.param(
            b'{"kind": "PodList", "items": [{"spec": {}}]}', id="an object without a name"
        ),
        pytest.param(
            b'{"kind": "PodList", "items": [{"metadata": {"name": 1}}]}', id="a number as name"
        ),
        pytest.param(b"[" * 100_000, id="levels without end"),
        pytest.param(b'{"kind": "PodList", "items": [' + b"\xff" + b"]}", id="not UTF-8"),
        pytest.param(
            b'{"kind": "PodList", "items": [{"metadata": {"name": "a"}, "spec": %s1%s}]}'
            % (b"[" * 150, b"]" * 150),
            id="an object with more levels than a plan reads",
        ),
    ],
)
def test_a_broken_answer_leaves_that_kind_alone_unread(body: bytes) -> None:
    stub = cluster(pod("web"))
    stub.faults[PODS] = [(200, body)]
    found = about(stub)
    (unread,) = found["unread"]
    assert (unread["resource"], unread["reason"]) == ("pods", "failed")
    assert "\n" not in unread["detail"]
    assert found["read"]["daemonsets.apps"] == 1


@pytest.mark.parametrize("items", [None, [None, None]], ids=["of an empty list", "in a list"])
def test_null_is_no_object(items: object) -> None:
    stub = cluster()
    page = {"kind": "PodList", "apiVersion": "v1", "metadata": None, "items": items}
    stub.faults[PODS] = [(200, json.dumps(page).encode())]
    found = about(stub)
    assert (found["read"]["pods"], found["unread"]) == (0, [])


@pytest.mark.parametrize("kind", ["List", "ConfigMapList", "SecretList"])
def test_a_list_with_a_secret_in_it_was_not_read(kind: str) -> None:
    stub = cluster()
    secret = {"metadata": {"name": "cni", "namespace": "x"}, "data": {"multus": "s3cret"}}
    stated = {} if kind == "SecretList" else {"kind": "Secret"}
    page = {"kind": kind, "apiVersion": "v1", "metadata": {}, "items": [{**stated, **secret}]}
    stub.faults["/api/v1/configmaps"] = [(200, json.dumps(page).encode())]
    found = files(stub)
    assert "s3cret" not in "".join(found.values())
    (unread,) = json.loads(found["snapshot.json"])["unread"]
    assert unread["detail"] == "an item of the list is of kind 'Secret', not ConfigMap"


def test_items_that_nobody_types_were_not_read() -> None:
    stub = cluster()
    page = {"kind": "List", "apiVersion": "v1", "items": [{"metadata": {"name": "web"}}]}
    stub.faults[PODS] = [(200, json.dumps(page).encode())]
    found = about(stub)
    assert [each["resource"] for each in found["unread"]] == ["pods"]
    assert "pods" not in found["read"]


def test_more_than_a_plan_reads_is_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    four, three = (cluster(*(pod(f"web-{n}") for n in range(most))) for most in (4, 3))
    monkeypatch.setenv(DOCUMENTS.variable, "3")
    (unread,) = about(four)["unread"]
    assert (unread["resource"], unread["reason"]) == ("pods", "failed")
    assert about(three)["unread"] == []


def test_the_bound_is_that_of_all_namespaces_together(monkeypatch: pytest.MonkeyPatch) -> None:
    stub = cluster(
        *(pod(f"web-{n}", space) for n in range(2) for space in ("one", "kube-system")),
        *(thing("Namespace", "v1", name) for name in ("one", "kube-system")),
    )
    monkeypatch.setenv(DOCUMENTS.variable, "3")
    found = about(stub, "one", "kube-system")
    assert [(each["resource"], each["namespace"]) for each in found["unread"]] == [("pods", "")]
    assert "pods" not in found["read"]


def test_the_bound_is_one_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FILE.variable, "1")
    wide = [
        {**pod(f"web-{n}"), "spec": {"containers": [{"name": "\u4e2d" * 100_000}]}}
        for n in range(5)
    ]
    assert about(cluster(*wide[:3]))["unread"] == []
    assert [each["resource"] for each in about(cluster(*wide))["unread"]] == ["pods"]


@pytest.mark.parametrize("code", [403, 404, 500])
def test_without_daemonsets_there_is_nothing_to_plan(code: int) -> None:
    stub = cluster()
    stub.faults[DAEMONSETS] = [status(code)]
    with pytest.raises(MigratorError, match="the DaemonSets of the cluster cannot be read") as told:
        read(stub)
    assert stub.paths[-1] == DAEMONSETS
    assert "\n" not in told.value.message


def test_a_cluster_without_daemonsets_is_no_error() -> None:
    found = read(Stub())
    assert not found.finds_multus
    assert read(cluster()).finds_multus


def test_a_server_that_does_not_answer_any_more_ends_it() -> None:
    stub = cluster()
    stub.faults = {path: [status(500)] for path in stub.lists if path != DAEMONSETS}
    with pytest.raises(MigratorError, match="5 requests in a row failed"):
        read(stub)


def test_a_server_that_goes_away_on_the_way_ends_it() -> None:
    """What it does not serve is no answer of it: nobody asks."""
    stub = cluster()
    asked: list[str] = []

    def get(path: str) -> bytes:
        asked.append(path)
        if len(asked) > 8:
            raise Refused(Answer.FAILED, "connection refused", reached=False)
        return stub.get(path)

    with pytest.raises(MigratorError, match=r"5 requests in a row failed, .*: connection refused"):
        read_cluster(get, (), quietly)
    assert len(asked) == 13


def test_four_failures_in_a_row_do_not() -> None:
    stub = cluster()
    paths = ("namespaces", "nodes", "configmaps", "serviceaccounts")
    stub.faults = {f"/api/v1/{name}": [status(500)] for name in paths}
    assert len(about(stub)["unread"]) == 4


def test_no_server_is_an_error_of_the_environment() -> None:
    def get(_: str) -> bytes:
        raise Refused(Answer.FAILED, "connection refused", reached=False)

    with pytest.raises(EnvironmentProblem, match="the cluster cannot be asked: connection refused"):
        read_cluster(get, (), quietly)


def test_a_server_that_hides_its_groups_is_asked_for_everything() -> None:
    stub = cluster(thing("HelmRelease", "helm.toolkit.fluxcd.io/v2", namespace="x"))
    stub.faults = {"/apis": [status(403)], "/version": [status(403)]}
    found = about(stub)
    assert found["server"] == ""
    assert found["read"]["helmreleases.helm.toolkit.fluxcd.io"] == 1
    assert "kustomizations.kustomize.toolkit.fluxcd.io" in found["absent"]


@pytest.mark.parametrize("said", ["v1.31.2\n", "v1 $(x)", "", 7, None])
def test_a_release_that_is_none_is_not_known(said: object) -> None:
    stub = cluster()
    stub.whole["/version"] = {"gitVersion": said}
    assert about(stub)["server"] == ""


def test_the_preferred_version_is_asked_for() -> None:
    stub = cluster()
    stub.versions["helm.toolkit.fluxcd.io"] = ["v2beta2", "v2beta1"]
    path = "/apis/helm.toolkit.fluxcd.io/v2beta2/helmreleases"
    stub.lists[path] = [thing("HelmRelease", "helm.toolkit.fluxcd.io/v2beta2", namespace="x")]
    stub.kinds[path] = "HelmRelease"
    found = files(stub)["objects/helmreleases.helm.toolkit.fluxcd.io.yaml"]
    assert "apiVersion: helm.toolkit.fluxcd.io/v2beta2\n" in found


def test_a_resource_that_only_an_older_version_of_its_group_has_is_found() -> None:
    stub = cluster()
    stub.versions["admissionregistration.k8s.io"] = ["v1", "v1beta1"]
    path = "/apis/admissionregistration.k8s.io/v1beta1/validatingadmissionpolicies"
    stub.lists[path], stub.kinds[path] = [], "ValidatingAdmissionPolicy"
    found = about(stub)
    assert found["read"]["validatingadmissionpolicies.admissionregistration.k8s.io"] == 0
    assert "mutatingwebhookconfigurations.admissionregistration.k8s.io" in found["absent"]


@pytest.mark.parametrize("name", ["../../../api/v1/secrets", "a b", "", "A", "v1?x=", "x" * 300])
def test_a_version_that_is_none_becomes_no_path(name: str) -> None:
    stub = cluster()
    stub.versions["helm.toolkit.fluxcd.io"] = [name]
    assert "helmreleases.helm.toolkit.fluxcd.io" in about(stub)["absent"]
    assert not any("fluxcd" in path for path in stub.paths)


def constraints(*resources: Object) -> Stub:
    stub = cluster()
    stub.versions["constraints.gatekeeper.sh"] = ["v1beta1"]
    stub.whole[CONSTRAINTS] = {"kind": "APIResourceList", "resources": [*resources]}
    return stub


def served(name: str, kind: str = "K8sPSPHostNamespace", verb: str = "list") -> Object:
    return {"name": name, "kind": kind, "verbs": ["get", verb]}


def test_constraints_are_whatever_gatekeeper_serves() -> None:
    stub = constraints(
        served("k8spsphostnamespace"), served("k8spsphostnamespace/status", verb="x")
    )
    path = f"{CONSTRAINTS}/k8spsphostnamespace"
    item = thing("K8sPSPHostNamespace", "constraints.gatekeeper.sh/v1beta1", "no-host-pid")
    stub.lists[path], stub.kinds[path] = [item], "K8sPSPHostNamespace"
    name = "k8spsphostnamespace.constraints.gatekeeper.sh"
    found = files(stub)
    assert "name: no-host-pid\n" in found[f"objects/{name}.yaml"]
    told = json.loads(found["snapshot.json"])
    assert told["read"][name] == 1
    assert not any("*" in each for each in told["absent"])


@pytest.mark.parametrize("name", ["../../../api/v1/secrets", "a/b", "..", "a b", ""])
def test_a_constraint_of_an_odd_name_is_no_path_and_no_file(name: str) -> None:
    found = about(constraints(served(name)))
    assert "*.constraints.gatekeeper.sh" in found["absent"]
    assert found["unread"] == []


def test_constraints_that_may_not_be_listed_are_told() -> None:
    stub = constraints()
    stub.faults[CONSTRAINTS] = [status(403)]
    (unread,) = about(stub)["unread"]
    assert (unread["resource"], unread["reason"]) == ("*.constraints.gatekeeper.sh", "forbidden")


def test_namespaces_that_are_given_are_asked_one_by_one() -> None:
    stub = cluster(
        pod("a", "one"),
        pod("b", "two"),
        pod("c", "three"),
        *(thing("Namespace", "v1", name) for name in ("one", "two", "kube-system")),
    )
    found = about(stub, "one", "two", "kube-system")
    assert found["namespaces"] == ["kube-system", "one", "two"]
    assert (found["read"]["pods"], found["read"]["namespaces"]) == (2, 3)
    assert found["read"]["daemonsets.apps"] == 1
    assert PODS not in stub.paths
    assert ROLES in stub.paths, "what has no namespace is asked for as a whole"


def test_a_namespace_that_may_not_be_seen_is_told_with_what_it_hides() -> None:
    stub = cluster(*(thing("Namespace", "v1", name) for name in ("one", "kube-system")))
    stub.faults["/api/v1/namespaces/one/pods"] = [status(403)]
    found = about(stub, "one", "kube-system")
    assert [(each["resource"], each["namespace"]) for each in found["unread"]] == [("pods", "one")]
    assert found["read"]["pods"] == 0


def test_a_namespace_that_is_not_there_is_an_error() -> None:
    with pytest.raises(MigratorError, match="the cluster has no namespace kube-sytem"):
        read(cluster(), "kube-sytem")


def test_the_order_of_the_server_changes_nothing() -> None:
    objects = [*thin(), *(pod(f"web-{number}", f"n{number % 3}") for number in range(30))]
    other = [_turned(each) for each in reversed(objects)]
    assert files(Stub(objects)) == files(Stub(other))


def _turned(value: Any) -> Any:
    """With the keys of each map the other way round."""
    if isinstance(value, dict):
        return {key: _turned(value[key]) for key in reversed(value)}
    return [_turned(item) for item in value] if isinstance(value, list) else value


def test_objects_stand_by_namespace_and_name() -> None:
    stub = cluster(pod("b", "one"), pod("a", "two"), pod("a", "one"))
    text = files(stub)["objects/pods.yaml"]
    assert re.findall(r"(?m)^  name: (.+)$", text) == ["a", "b", "a"]
    assert text.index("namespace: one") < text.index("namespace: two")


@pytest.mark.parametrize("namespaces", [(), ("one", "kube-system")], ids=["all", "some"])
def test_what_is_announced_is_what_is_asked_for(namespaces: tuple[str, ...]) -> None:
    """Where the server serves everything, in the versions that are known."""
    stub = cluster(*(thing("Namespace", "v1", name) for name in ("one", "kube-system")))
    stub.faults["/apis"] = [status(403)]
    stub.whole[CONSTRAINTS] = {"resources": []}
    read(stub, *namespaces)
    assert [path for _, path in requests(namespaces)] == [path for _, path in stub.requests]
