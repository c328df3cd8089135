"""What is said of an install that is not what it seems."""

from __future__ import annotations

import pytest

from migrator.plan.planner import make_plan
from tests import builders
from tests.builders import V4, daemonset, target


@pytest.mark.parametrize("program", ["/thin_entrypoint", "/entrypoint.sh"])
def test_a_script_is_told_in_words_that_users_know(program: str) -> None:
    """Not by the name of the parser of its flags (shell, pflag)."""
    script = f"modprobe macvlan && exec {program} --multus-conf-file=auto"
    install = daemonset(script, command="[/bin/sh, -c]", image=V4)
    (finding,) = (
        f for f in make_plan(builders.inventory(install), target()).findings if f.id == "M02"
    )
    assert finding.seen == "container kube-multus runs a script around the entrypoint"
