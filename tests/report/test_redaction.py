"""The plan that writers get: the same plan without a secret, in which a change stays a change."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from migrator.model.inputs import MISSING
from migrator.model.inventory import Flag
from migrator.model.plan import Decision, Plan, Planned, Resolution
from migrator.report.diff import differences, unified
from migrator.report.redaction import redacted
from migrator.trees.redact import CHANGED, MARK
from tests import builders
from tests.report import plans
from tests.report.plans import MAIN, changed, planned

REASON = ("because", "S01")
HUSH = "token=hush"


def clean(*objects: Planned) -> Planned:
    (first, *_) = redacted(plans.plan(*objects)).objects
    return first


def nad(config: str) -> str:
    head = {"apiVersion": "k8s.cni.cncf.io/v1", "kind": "NetworkAttachmentDefinition"}
    return json.dumps({**head, "metadata": {"name": "a"}, "spec": {"config": config}})


@pytest.mark.parametrize("make", [plans.ready, plans.blocked, plans.nothing])
def test_a_plan_keeps_its_shape(make: object) -> None:
    plan = make()  # type: ignore[operator]
    shown: Plan = redacted(plan)
    assert [o.ref for o in shown.objects] == [o.ref for o in plan.objects]
    assert [f.id for f in shown.findings] == [f.id for f in plan.findings]
    assert [c.path for o in shown.objects for c in o.changes] == [
        c.path for o in plan.objects for c in o.changes
    ]
    assert (shown.readiness, shown.target, shown.allowed) == (
        plan.readiness,
        plan.target,
        plan.allowed,
    )
    assert shown.blockers == tuple(f for f in shown.findings if f.blocks(plan.allowed))


def test_every_text_of_a_finding_an_account_and_a_decision() -> None:
    finding = plans.finding(
        "A", title=HUSH, seen=HUSH, why=HUSH, remedy=HUSH, error=HUSH, suppressed=HUSH
    )
    shown = redacted(
        replace(
            plans.plan(findings=(finding,)),
            accounts=(plans.account(HUSH, "dropped", HUSH),),
            decisions=(Decision(subject=HUSH, choice=HUSH, reason=HUSH),),
        )
    )
    assert "hush" not in repr((shown.findings, shown.accounts, shown.decisions))


def test_a_word_that_follows_its_flag_is_its_value() -> None:
    accounts = tuple(plans.account(name, "unknown", "x") for name in ("-p", "hush", "--v", "x"))
    shown = redacted(replace(plans.plan(), accounts=accounts))
    assert [account.name for account in shown.accounts] == ["-p", MARK, "--v", "x"]


def test_a_flag_of_an_install_is_known_by_its_name() -> None:
    plan = plans.ready()
    inventory = plan.before.inventory
    (install, *_) = inventory.installs
    flag = Flag(
        name="auth-token", value="hush", raw="--auth-token=hush", source=install.daemonset.source
    )
    installs = (replace(install, flags=(flag,)),)
    before = replace(plan.before, inventory=replace(inventory, installs=installs))
    assert "hush" not in repr(redacted(replace(plan, before=before)).before)


def test_an_attachment_shows_that_a_secret_changes() -> None:
    row = plans.attachment(
        "a/x",
        "changed",
        before=Resolution(config='{"type": "x", "token": "hush"}', where=HUSH),
        after=Resolution(config='{"type": "x", "token": "other"}', where=HUSH),
        reason=HUSH,
    )
    (shown,) = redacted(replace(plans.plan(), attachments=(row,))).attachments
    assert "hush" not in repr(shown)
    assert json.loads(shown.before.config)["token"] == MARK
    assert json.loads(shown.after.config)["token"] == CHANGED


def test_a_change_inside_a_config_stays_a_change() -> None:
    (document,) = builders.documents(nad('{"token": "hush", "mtu": 1}'))
    change = changed(document, ("spec", "config"), '{"token": "other", "mtu": 1}', *REASON)
    shown = clean(planned(document, change))
    (only,) = differences(shown)
    assert only.redacted
    assert only.inner is not None
    assert [(f.path, f.before, f.after) for f in only.inner] == [("token", MARK, CHANGED)]
    assert "hush" not in repr(shown)


def test_a_secret_object_shows_no_value() -> None:
    (secret,) = builders.documents(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {config: '{\"mtu\": 1}'}\n"
    )
    change = changed(secret, ("stringData", "config"), '{"mtu": 2}', *REASON)
    one = clean(planned(secret, change))
    (only,) = differences(one)
    assert (only.field.before, only.field.after, only.inner) == (MARK, CHANGED, None)
    assert not any("mtu" in line for line in unified(one))


def test_what_stands_around_a_value_counts() -> None:
    """The value of a variable, and the word behind a flag, which say nothing of themselves."""
    (document,) = builders.documents(plans.INSTALL[0])
    env = changed(document, (*MAIN, "env"), [{"name": "X_TOKEN", "value": "hush"}], *REASON)
    args = changed(document, (*MAIN, "args"), ["--password", "hush"], *REASON)
    shown = clean(planned(document, env, args))
    assert [c.after for c in shown.changes] == [
        [{"name": "X_TOKEN", "value": CHANGED}],
        ["--password", CHANGED],
    ]


def test_a_new_object_is_not_called_changed() -> None:
    new = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "b"}}
    shown = clean(plans.new_object({**new, "data": {"token": "hush"}}))
    assert shown.desired["data"] == {"token": MARK}
    assert (shown.changes[0].before, shown.changes[0].after) == (MISSING, shown.desired)


def test_the_plan_itself_is_left_alone() -> None:
    plan = plans.ready()
    before = repr(plan)
    redacted(plan)
    assert repr(plan) == before
