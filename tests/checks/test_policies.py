"""Policies that refuse what is new in the daemon's pod, their match and exclude."""

from __future__ import annotations

import pytest

from migrator.plan.planner import make_plan
from tests import builders
from tests.builders import daemonset, target

KYVERNO = """\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {{name: rule}}
spec:
  validationFailureAction: {action}
  rules:
    - name: one
      match: {match}
      exclude: {exclude}
      validate: {validate}
"""
PODS = "{any: [{resources: {kinds: [Pod]}}]}"
FOREACH = "{foreach: [{list: 'request.object.spec.volumes', pattern: %s}]}"
ONLY_SOME_VOLUMES = (
    "{deny: {conditions: {any: [{key: '{{ request.object.spec.volumes[].keys(@)[] }}', "
    "operator: AnyNotIn, value: [name, configMap]}]}}}"
)
ALL_BUT_CAPABILITIES = (
    "{controlName: Host Namespaces}, {controlName: HostPath Volumes}, "
    "{controlName: Privileged Containers}"
)
NO_PIDS = '{pattern: {spec: {"=(hostPID)": "false"}}}'


def _told(*texts: str, field: str = "serviceAccountName") -> dict[str, str]:
    """The severity of each rule about the policies, by rule id."""
    thin = daemonset("--multus-conf-file=auto", pod=f"hostNetwork: true\n{field}: multus\n")
    plan = make_plan(builders.inventory(thin, *texts), target())
    return {
        finding.id: finding.severity
        for finding in plan.findings
        if finding.id in ("P22", "P36", "P70") and not finding.cured
    }


def _kyverno(
    validate: str = NO_PIDS, *, action: str = "Enforce", match: str = PODS, exclude: str = "{}"
) -> str:
    return KYVERNO.format(action=action, match=match, exclude=exclude, validate=validate)


@pytest.mark.parametrize(
    ("validate", "told"),
    [
        (NO_PIDS, {"P36": "blocker"}),
        ('{pattern: {spec: {"=(hostPID)": false}}}', {"P36": "blocker"}),
        ('{pattern: {spec: {"X(hostPID)": "null"}}}', {"P36": "blocker"}),
        ('{pattern: {spec: {"=(hostPID)": "true | false"}}}', {}),
        ('{pattern: {spec: {"=(hostIPC)": "false"}}}', {}),
        ('{pattern: {spec: {"=(hostNetwork)": "false"}}}', {}),
        ('{pattern: {spec: {"(hostIPC)": "true", "=(hostPID)": "false"}}}', {"P36": "warning"}),
        ('{anyPattern: [{spec: {"=(hostPID)": "false"}}, {metadata: {name: "*"}}]}', {}),
        (
            '{pattern: {spec: {"=(volumes)": [{"=(hostPath)": {path: "/etc/* | /opt/*"}}]}}}',
            {"P22": "blocker"},
        ),
        ('{pattern: {spec: {"=(volumes)": [{"X(hostPath)": "null"}]}}}', {"P22": "blocker"}),
        ('{pattern: {spec: {"=(volumes)": [{"=(hostPath)": {path: "!/dev/*"}}]}}}', {}),
        ("{podSecurity: {level: baseline, version: latest}}", {"P70": "warning"}),
        ('{cel: {expressions: [{expression: "!object.spec.hostPID"}]}}', {"P70": "warning"}),
        ('{pattern: {metadata: {labels: {team: "?*"}}}}', {}),
        ('{pattern: {spec: {"=(hostPID)": "{{ allowed }}"}}}', {"P36": "warning"}),
        (FOREACH % '{hostPath: {path: "/etc/*"}}', {"P70": "warning"}),
        (FOREACH % '{"X(hostPath)": "null"}', {"P70": "warning"}),
        (ONLY_SOME_VOLUMES, {"P70": "warning"}),
        ("{podSecurity: {level: privileged, version: latest}}", {}),
        (f"{{podSecurity: {{level: baseline, exclude: [{ALL_BUT_CAPABILITIES}]}}}}", {}),
        (
            "{podSecurity: {level: baseline, exclude: [{controlName: HostPath Volumes}]}}",
            {"P70": "warning"},
        ),
        (
            "{foreach: [{list: 'request.object.spec.containers', pattern: {image: 'a/*'}}]}",
            {},
        ),
    ],
)
def test_what_a_rule_of_kyverno_refuses(validate: str, told: dict[str, str]) -> None:
    assert _told(_kyverno(validate)) == told


@pytest.mark.parametrize(
    ("match", "exclude", "told"),
    [
        (PODS, "{}", "blocker"),
        ("{resources: {kinds: [v1/Pod]}}", "{}", "blocker"),
        ("{any: [{resources: {kinds: [Deployment]}}]}", "{}", ""),
        ("{any: [{resources: {kinds: [Pod], namespaces: ['kube-*']}}]}", "{}", "blocker"),
        ("{any: [{resources: {kinds: [Pod], namespaces: [apps]}}]}", "{}", ""),
        (PODS, "{any: [{resources: {namespaces: [kube-system]}}]}", ""),
        (PODS, "{any: [{resources: {namespaces: [apps]}}]}", "blocker"),
        (PODS, "{any: [{resources: {names: ['kube-multus-ds-*']}}]}", ""),
        (PODS, "{any: [{subjects: [{kind: User, name: x}]}]}", "warning"),
        (PODS, "{all: [{resources: {namespaces: [kube-system], kinds: [Pod]}}]}", ""),
    ],
)
def test_whom_a_rule_of_kyverno_reaches(match: str, exclude: str, told: str) -> None:
    assert _told(_kyverno(match=match, exclude=exclude)).get("P36", "") == told


def test_a_rule_that_only_reports_is_left_alone() -> None:
    assert _told(_kyverno(action="Audit")) == {}


def test_a_policy_of_another_namespace_is_left_alone() -> None:
    policy = _kyverno().replace("ClusterPolicy", "Policy")
    assert _told(policy.replace("{name: rule}", "{name: rule, namespace: apps}")) == {}
    assert "P36" in _told(policy.replace("{name: rule}", "{name: rule, namespace: kube-system}"))


CONSTRAINT = """\
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: {kind}
metadata: {{name: rule}}
spec: {spec}
"""


@pytest.mark.parametrize(
    ("kind", "spec", "told"),
    [
        ("K8sPSPHostNamespace", "{}", {"P36": "blocker"}),
        ("K8sPSPHostNamespace", "{match: {excludedNamespaces: [kube-*]}}", {}),
        ("K8sPSPHostNamespace", "{match: {namespaces: [apps]}}", {}),
        ("K8sPSPHostNamespace", "{match: {kinds: [{kinds: [Service]}]}}", {}),
        ("K8sPSPHostNamespace", "{enforcementAction: warn}", {}),
        (
            "K8sPSPHostNamespace",
            "{match: {labelSelector: {matchLabels: {tier: web}}}}",
            {},
        ),
        ("K8sPSPHostNetworkingPorts", "{}", {}),
        ("K8sPSPVolumeTypes", "{parameters: {volumes: [configMap]}}", {"P22": "blocker"}),
        ("K8sPSPVolumeTypes", "{parameters: {volumes: ['*']}}", {}),
        (
            "K8sPSPHostFilesystem",
            "{parameters: {allowedHostPaths: [{pathPrefix: /etc}]}}",
            {"P22": "blocker"},
        ),
        ("K8sPSPHostFilesystem", "{parameters: {allowedHostPaths: [{pathPrefix: /}]}}", {}),
        ("K8sRequiredLabels", "{parameters: {labels: [team]}}", {}),
    ],
)
def test_the_library_of_gatekeeper(kind: str, spec: str, told: dict[str, str]) -> None:
    assert _told(CONSTRAINT.format(kind=kind, spec=spec)) == told


SCC = """\
apiVersion: security.openshift.io/v1
kind: SecurityContextConstraints
metadata: {{name: {name}}}
allowHostPID: {pid}
allowHostNetwork: true
allowPrivilegedContainer: true
allowHostDirVolumePlugin: true
users: ["system:serviceaccount:{namespace}:multus"]
"""


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ([SCC.format(name="a", pid="false", namespace="kube-system")], {"P36": "warning"}),
        ([SCC.format(name="a", pid="true", namespace="kube-system")], {}),
        ([SCC.format(name="a", pid="false", namespace="apps")], {}),
        (
            [
                SCC.format(name="a", pid="false", namespace="kube-system"),
                SCC.format(name="b", pid="true", namespace="kube-system"),
            ],
            {},
        ),
    ],
    ids=["it refuses", "it admits", "another account's", "one of two admits"],
)
def test_one_scc_of_the_account_has_to_admit(texts: list[str], told: dict[str, str]) -> None:
    assert _told(*texts) == told


def test_the_old_name_of_the_field_names_the_account_too() -> None:
    scc = SCC.format(name="a", pid="false", namespace="kube-system")
    assert _told(scc, field="serviceAccount") == {"P36": "warning"}


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("{privileged: true, hostPID: false, volumes: ['*']}", {"P36": "warning"}),
        ("{privileged: true, hostPID: true, hostNetwork: true, volumes: ['*']}", {}),
        ("{privileged: true, hostPID: true, volumes: [configMap]}", {"P36": "warning"}),
        (
            "{privileged: true, hostPID: true, volumes: ['*'], allowedHostPaths: [{pathPrefix: /etc}]}",
            {"P36": "warning"},
        ),
    ],
)
def test_a_pod_security_policy_has_to_admit(spec: str, told: dict[str, str]) -> None:
    text = f"apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {{name: a}}\nspec: {spec}\n"
    assert _told(text) == told


EXCEPTION = """\
apiVersion: kyverno.io/v2
kind: PolicyException
metadata: {{name: multus, namespace: kyverno}}
spec:
  exceptions: [{{policyName: {policy}, ruleNames: {rules}}}]
  match: {{any: [{{resources: {{kinds: {kinds}, namespaces: [{namespace}]}}}}]}}
"""


@pytest.mark.parametrize(
    ("changed", "more", "told"),
    [
        pytest.param({}, "", {}, id="its pods and the DaemonSet"),
        pytest.param({"rules": "['*']"}, "", {}, id="all rules"),
        pytest.param({"policy": "other"}, "", {"P36": "blocker"}, id="another policy"),
        pytest.param({"rules": "[two]"}, "", {"P36": "blocker"}, id="another rule"),
        pytest.param({"namespace": "apps"}, "", {"P36": "blocker"}, id="another namespace"),
        pytest.param({"kinds": "[Pod]"}, "", {"P36": "warning"}, id="pods alone"),
        pytest.param({"rules": "[one]"}, "", {"P36": "warning"}, id="not the rule made of it"),
        pytest.param(
            {}, "  conditions: {any: [{key: a}]}", {"P36": "warning"}, id="under a condition"
        ),
    ],
)
def test_a_policy_exception_leaves_the_daemon_out(
    changed: dict[str, str], more: str, told: dict[str, str]
) -> None:
    values = {"policy": "rule", "rules": "[one, autogen-one]", "kinds": "[Pod, DaemonSet]"}
    exception = EXCEPTION.format(**{**values, "namespace": "kube-system", **changed})
    assert _told(_kyverno(), f"{exception}{more}\n") == told


def test_an_exception_of_a_rule_for_daemonsets_names_the_rule_itself() -> None:
    match = "{any: [{resources: {kinds: [DaemonSet]}}]}"
    pattern = '{pattern: {spec: {template: {spec: {"=(hostPID)": "false"}}}}}'
    rule = _kyverno(pattern, match=match)
    exception = EXCEPTION.format(
        policy="rule", rules="[one]", kinds="[DaemonSet]", namespace="kube-system"
    )
    assert _told(rule) == {"P36": "blocker"}
    assert _told(rule, exception) == {}


CEL = """\
apiVersion: {api}
kind: {kind}
metadata: {{name: pids}}
spec:
  {more}
  matchConstraints:
    resourceRules: [{{apiGroups: [""], resources: [pods], operations: [CREATE]}}]
  validations: [{{expression: "{expression}"}}]
"""
PARAMETERS = """\
apiVersion: example.com/v1
kind: Forbidden
metadata: {name: fields}
fields: [hostPID]
"""


@pytest.mark.parametrize(
    ("kind", "more", "expression", "told"),
    [
        ("ValidatingAdmissionPolicy", "", "!object.spec.hostPID", True),
        ("ValidatingAdmissionPolicy", "", "object.spec.replicas > 1", False),
        ("ValidatingAdmissionPolicy", "", "object.spec.volumes.all(v, has(v.configMap))", True),
        (
            "ValidatingAdmissionPolicy",
            "paramKind: {apiVersion: example.com/v1, kind: Forbidden}",
            "params.fields.all(f, !(f in object.spec))",
            True,
        ),
        ("ValidatingPolicy", "validationActions: [Deny]", "!object.spec.hostPID", True),
        ("ValidatingPolicy", "validationActions: [Audit]", "!object.spec.hostPID", False),
    ],
)
def test_an_expression_cannot_be_judged(kind: str, more: str, expression: str, told: bool) -> None:
    api = "admissionregistration.k8s.io/v1" if "Admission" in kind else "policies.kyverno.io/v1"
    policy = CEL.format(api=api, kind=kind, more=more, expression=expression)
    assert _told(policy, PARAMETERS) == ({"P70": "warning"} if told else {})


OWN = """\
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: {kind}
metadata: {{name: own}}
spec:
  match: {{kinds: [{{apiGroups: [""], kinds: [Pod]}}]}}
  parameters: {parameters}
"""
CONFIG = """\
apiVersion: config.gatekeeper.sh/v1alpha1
kind: Config
metadata: {{name: config, namespace: gatekeeper-system}}
spec: {{match: [{{excludedNamespaces: ["kube-*"], processes: [{process}]}}]}}
"""


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        pytest.param(
            [OWN.format(kind="NoHostPids", parameters="{}")],
            {"P70": "warning"},
            id="its template is not given",
        ),
        pytest.param(
            [OWN.format(kind="K8sRequiredLabels", parameters="{}")], {}, id="of the library"
        ),
        pytest.param(
            [OWN.format(kind="K8sPSPHostFilesystem", parameters="{exemptImages: ['ghcr.io/*']}")],
            {"P22": "warning"},
            id="some images are exempt",
        ),
        pytest.param(
            [OWN.format(kind="K8sPSPHostNamespace", parameters="{}"), CONFIG.format(process="'*'")],
            {},
            id="the namespace is left out",
        ),
        pytest.param(
            [
                OWN.format(kind="K8sPSPHostNamespace", parameters="{}"),
                CONFIG.format(process="audit"),
            ],
            {"P36": "blocker"},
            id="left out of the audit alone",
        ),
    ],
)
def test_a_constraint_is_judged_or_named(texts: list[str], told: dict[str, str]) -> None:
    assert _told(*texts) == told
