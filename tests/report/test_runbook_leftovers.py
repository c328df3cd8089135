"""Files that were found on nodes stand in the runbook at the step at which it is safe."""

from __future__ import annotations

import json
from typing import Any

from migrator.report import runbook
from tests.plan.estates import cni, deployment, nad, plan

NET_D = "/etc/cni/net.d"
THIN = {"cniVersion": "1.0.0", "name": "multus-cni-network", "plugins": [{"type": "multus"}]}
PRIMARY = {"cniVersion": "1.0.0", "name": "pods", "plugins": [{"type": "calico"}]}
LAN = json.dumps({"cniVersion": "0.3.1", "name": "lan", "type": "macvlan"})


def _runbook(*files: tuple[str, str, Any]) -> str:
    found = tuple(cni(content, node, name, NET_D) for node, name, content in files)
    return runbook.render(plan(nad("lan", config=LAN), deployment("lan"), files=found))


def test_an_empty_config_goes_before_and_thin_s_conflist_after() -> None:
    text = _runbook(
        ("n1", "10-calico.conflist", PRIMARY),
        ("n2", "10-calico.conflist", PRIMARY),
        ("n2", "00-multus.conf", ""),
        ("n1", "00-multus.conflist", THIN),
    )
    before = text.index(f"`rm {NET_D}/00-multus.conf`")
    after = text.index(f"`rm {NET_D}/00-multus.conflist`")
    assert before < text.index("## Roll out") < after < text.index("### When all nodes have moved")


def test_a_file_name_is_a_word_of_the_command_and_not_a_command() -> None:
    text = _runbook(("n1", "99-a;reboot.conf", THIN), ("n1", "10-calico.conflist", PRIMARY))
    assert f"rm '{NET_D}/99-a;reboot.conf'" in text


def test_clean_nodes_have_nothing_to_put_right() -> None:
    text = _runbook(("n1", "10-calico.conflist", PRIMARY))
    assert "Put these files right" not in text
    assert "These files of thin mode were found" not in text
