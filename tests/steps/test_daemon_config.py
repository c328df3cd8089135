from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.model.inputs import MISSING
from migrator.steps import daemon_config
from tests.builders import TARGETS, daemonset, migrated, v3, with_hand_written
from tests.steps.tools import DAEMONSET, assert_migrates, assert_unchanged, changed

CONFIG_MAP = "ConfigMap kube-system/multus-daemon-config"
ANNOTATIONS = "spec.template.metadata.annotations"
CHECKSUM = f'{ANNOTATIONS}["multus-migrator/daemon-config-sha256"]'


def config(*texts: str, **settings: Any) -> dict[str, Any]:
    """daemon-config.json of the new ConfigMap."""
    new = changed(daemon_config, *texts, **settings)[CONFIG_MAP][""]
    assert new["metadata"]["name"] == "multus-daemon-config"
    data: dict[str, Any] = json.loads(new["data"]["daemon-config.json"])
    return data


def test_settings_of_flags_are_in_the_new_config_map() -> None:
    keys = config(daemonset("--namespace-isolation", "--multus-log-level=debug"))
    assert (keys["namespaceIsolation"], keys["logLevel"]) == (True, "debug")


def test_settings_of_a_hand_written_config_are_in_the_new_config_map() -> None:
    text = json.dumps({"systemNamespaces": ["infra"], "delegates": [{"name": "x", "type": "y"}]})
    assert config(with_hand_written(text))["systemNamespaces"] == ["infra"]


@pytest.mark.parametrize("to", TARGETS)
def test_never_a_type_and_never_a_path_as_config_file(to: str) -> None:
    text = json.dumps({"type": "multus", "delegates": [{"name": "x", "type": "y"}]})
    keys = config(with_hand_written(text), to=to)
    assert "type" not in keys
    assert keys["multusConfigFile"] == "auto"


def test_the_checksum_follows_the_config() -> None:
    one, other = (
        changed(daemon_config, daemonset(f"--multus-log-level={level}"))[DAEMONSET][ANNOTATIONS]
        for level in ("debug", "error")
    )
    assert one != other


def test_annotations_of_the_user_stay() -> None:
    manifest = daemonset().replace("      labels:", "      annotations: {own: note}\n      labels:")
    assert ANNOTATIONS not in changed(daemon_config, manifest)[DAEMONSET]
    assert CHECKSUM in changed(daemon_config, manifest)[DAEMONSET]


def test_installs_with_the_same_settings_share_the_config_map() -> None:
    two = [v3("--multus-conf-file=auto", name=f"kube-multus-ds-{arch}") for arch in ("a", "b")]
    assert [o for o in changed(daemon_config, *two) if o.startswith("ConfigMap")] == [CONFIG_MAP]


def test_installs_with_other_settings_get_their_own() -> None:
    two = [
        v3("--multus-conf-file=auto", f"--multus-log-level={level}", name=f"ds-{level}")
        for level in ("debug", "error")
    ]
    found = [o for o in changed(daemon_config, *two) if o.startswith("ConfigMap")]
    assert found == [CONFIG_MAP, f"{CONFIG_MAP}-ds-error"]


def test_the_config_map_of_the_thin_config_stays() -> None:
    text = json.dumps({"delegates": [{"name": "x", "type": "y"}]})
    found = changed(daemon_config, with_hand_written(text))
    assert "ConfigMap kube-system/multus-cni-config" not in found


THICK = [json.loads(text) for text in migrated(daemonset(), to="4.0.2")]


def older_thick(**own: Any) -> list[str]:
    """A thick install of v4.0.2 whose daemon-config.json holds these keys."""
    text = json.dumps(own)
    return [
        json.dumps(d if d["kind"] != "ConfigMap" else {**d, "data": {"daemon-config.json": text}})
        for d in THICK
    ]


def test_an_older_thick_config_gets_what_it_lacks_and_keeps_the_rest() -> None:
    texts = older_thick(cniVersion="1.0.0", metricsPort=9100, socketDir="/host/run/multus/")
    after = changed(daemon_config, *texts)[CONFIG_MAP]['data["daemon-config.json"]']
    keys = json.loads(after)
    assert (keys["cniVersion"], keys["metricsPort"]) == ("1.0.0", 9100)
    assert (keys["confDir"], keys["multusConfigFile"]) == ("/etc/cni/multus/net.d", "auto")


def test_a_type_in_an_older_thick_config_goes() -> None:
    after = changed(daemon_config, *older_thick(type="multus"))[CONFIG_MAP]
    assert "type" not in json.loads(after['data["daemon-config.json"]'])


def test_a_config_that_says_the_same_is_not_written_anew() -> None:
    config_map = next(d for d in THICK if d["kind"] == "ConfigMap")
    same = json.loads(config_map["data"]["daemon-config.json"])
    assert CONFIG_MAP not in changed(daemon_config, *older_thick(**same))


def test_a_thick_config_that_the_inputs_do_not_hold_is_not_guessed() -> None:
    texts = [json.dumps(d) for d in THICK if d["kind"] != "ConfigMap"]
    assert_unchanged(daemon_config, *texts)


def test_the_target_itself_stays() -> None:
    assert_unchanged(daemon_config, *migrated(daemonset()))


def test_the_new_object_is_complete() -> None:
    new = changed(daemon_config, daemonset())[CONFIG_MAP][""]
    assert new is not MISSING
    assert (new["apiVersion"], new["kind"]) == ("v1", "ConfigMap")
    assert_migrates(daemon_config, daemonset(), on=CONFIG_MAP, gives={"": new})
