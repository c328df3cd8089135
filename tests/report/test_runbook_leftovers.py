"""Files that were found on nodes stand in the runbook at the step at which it is safe."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

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
    assert before < text.index("## Node by node") < after < text.index("apply stage two")


@pytest.mark.parametrize(
    "name",
    ["99-a;reboot.conf", "99 a.conf", "99-*.conf", "99-$(reboot).conf", "99-'a.conf", "9\n9.conf"],
)
def test_a_file_name_that_a_shell_would_read_is_in_no_command(name: str) -> None:
    text = _runbook(("n1", name, THIN), ("n1", "10-calico.conflist", PRIMARY))
    assert not re.search(r"\b(?:rm|mv)\b[^\n]*9", text)
    assert "by hand: it is not a file that CNI is known to keep there" in text


def test_clean_nodes_have_nothing_to_put_right() -> None:
    text = _runbook(("n1", "10-calico.conflist", PRIMARY))
    assert "Put these files right" not in text
    assert "These files of thin mode were found" not in text
