"""Which ConfigMap each install gets, and which installs move."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from migrator.multus.defaults import CONFIG_MAP
from tests.builders import THICK, daemonset, intent, migrated, with_hand_written

AUTO = "--multus-conf-file=auto"
DEBUG = "--multus-log-level=debug"
THIN = daemonset(AUTO)
OTHER = daemonset(AUTO, DEBUG, name="other")
VOLUME = "- {name: c, configMap: {name: %s}}"
MOUNT = "- {name: c, mountPath: /etc/cni/net.d/multus.d}"


@cache
def complete(release: str = "4.2.4") -> tuple[str, ...]:
    return migrated(THIN, to=release)


def maps(*texts: str) -> dict[str, str]:
    """DaemonSet -> the ConfigMap of its thick form."""
    forms = intent(*texts).forms
    return {form.install.daemonset.ref.name: form.config_map for form in forms}


def config_map(config: dict[str, Any], name: str = CONFIG_MAP) -> str:
    data = {"daemon-config.json": json.dumps(config)}
    metadata = {"name": name, "namespace": "kube-system"}
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


def running(volumes: str, name: str = "thick") -> str:
    """A thick install of an older release."""
    return daemonset(
        image=THICK.replace("4.2.4", "4.1.0"),
        command="[/usr/src/multus-cni/bin/multus-daemon]",
        mounts=MOUNT,
        volumes=volumes,
        name=name,
    )


def test_installs_with_one_configuration_share_the_config_map() -> None:
    again = daemonset(AUTO, name="other")
    assert maps(THIN, again) == {"kube-multus-ds": CONFIG_MAP, "other": CONFIG_MAP}


def test_another_configuration_gets_one_named_after_its_daemonset() -> None:
    assert maps(THIN, OTHER) == {"kube-multus-ds": CONFIG_MAP, "other": f"{CONFIG_MAP}-other"}
    first, second = intent(THIN, OTHER).forms
    volumes = [
        volume["configMap"]["name"] for volume in second.pod["volumes"] if "configMap" in volume
    ]
    assert volumes == [f"{CONFIG_MAP}-other"]
    assert (first.config["logLevel"], second.config["logLevel"]) == ("verbose", "debug")


def test_another_namespace_is_another_config_map() -> None:
    elsewhere = OTHER.replace("namespace: kube-system", "namespace: cni")
    assert maps(THIN, elsewhere) == {"kube-multus-ds": CONFIG_MAP, "other": CONFIG_MAP}


def test_the_config_map_of_a_daemon_that_runs_stays_its_own() -> None:
    found = maps(THIN, running(VOLUME % CONFIG_MAP), config_map({"cniVersion": "1.0.0"}))
    assert found == {"kube-multus-ds": f"{CONFIG_MAP}-kube-multus-ds", "thick": CONFIG_MAP}


def test_a_thin_install_shares_a_running_daemon_s_config_map_where_it_wants_the_same() -> None:
    again = daemonset(AUTO, name="other")
    assert maps(*complete(), again) == {"kube-multus-ds": CONFIG_MAP, "other": CONFIG_MAP}


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        ((running(VOLUME % "mine"), config_map({"cniVersion": "1.0.0"}, "mine")), "mine"),
        ((running(VOLUME % "mine"),), "mine"),
        ((running("- {name: c, emptyDir: {}}"),), CONFIG_MAP),
        ((running("- {name: c, configMap: {}}"),), CONFIG_MAP),
    ],
    ids=["in the inputs", "not in the inputs", "no ConfigMap", "without a name"],
)
def test_a_thick_install_keeps_its_config_map(texts: tuple[str, ...], name: str) -> None:
    assert maps(*texts) == {"thick": name}


@pytest.mark.parametrize(
    ("texts", "moves"),
    [((THIN,), [True]), (complete(), [False]), (complete("4.1.4"), [True])],
    ids=["thin", "complete", "an older thick release"],
)
def test_what_moves(texts: tuple[str, ...], moves: list[bool]) -> None:
    found = intent(*texts)
    assert [form.moves for form in found.forms] == moves
    assert len(found.moving) == sum(moves)


def test_a_nad_without_a_config_needs_the_conf_dir() -> None:
    texts = []
    for text in complete():
        data = json.loads(text)
        if data["kind"] == "DaemonSet":
            main = data["spec"]["template"]["spec"]["containers"][0]
            main["volumeMounts"] = [
                m for m in main["volumeMounts"] if m["mountPath"] != "/etc/cni/multus/net.d"
            ]
        texts.append(json.dumps(data))
    nad = (
        "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\n"
        "metadata: {name: lan, namespace: default}\n"
    )
    explicit = f'{nad}spec: {{config: \'{{"cniVersion": "0.3.1", "name": "lan", "type": "m"}}\'}}\n'
    assert [form.moves for form in intent(*texts, nad).forms] == [True]
    assert [form.moves for form in intent(*texts, explicit).forms] == [False]


def test_the_conf_dir_of_a_hand_written_config_is_kept() -> None:
    (form,) = intent(with_hand_written(json.dumps({"confDir": "/srv/nads"}))).forms
    assert form.config["confDir"] == "/srv/nads"
