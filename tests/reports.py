"""What a process that runs tests sends to the one that shows how they went."""

from __future__ import annotations

import pytest
from _pytest.runner import runtestprotocol


class Brief:
    """A test that passed sends one report, where five messages tell of each step: how it was set up and torn down is
    nobody's concern then. Of 14,500 tests most take a millisecond, which is what those messages cost."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        for report in runtestprotocol(item, log=False, nextitem=nextitem):
            if report.when == "call" or not report.passed:
                item.ihook.pytest_runtest_logreport(report=report)
        return True


def is_wanted(config: pytest.Config) -> bool:
    """Whether this is such a process, and nobody has asked for what ``Brief`` leaves out."""
    more = config.getoption("verbose") > 0 or any(
        config.getoption(name, None) for name in ("durations", "xmlpath")
    )
    return hasattr(config, "workerinput") and not more
