"""What every test relies on: where real manifests and kustomize are, and a quiet environment."""

from __future__ import annotations

import gc
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from _pytest.nodeid import NodeId, coerce_node_id
from hypothesis import is_hypothesis_test, settings

from migrator.tools import forks, process, programs
from migrator.tools.helm import find_helm
from migrator.tools.kustomize import find_tool, unfit
from tests import reports, scratch
from tests.needs import give_up
from tests.remembered import Memory

settings.register_profile("project", deadline=None)  # a busy machine is not a failure
settings.load_profile("project")

os.environ.setdefault("GOGC", "off")  # what the tests have built is small


_TOGETHER = 20
"""Tests of one module that a process takes at a time: what they share is made once."""
_OF_COLOUR_AND_TIME = {"NO_COLOR", "FORCE_COLOR", "SOURCE_DATE_EPOCH"}
_SLOW = {"kustomize", "helm", "matrix", "corpus"}


_MEMORY = Memory(process.run)
process.run = _MEMORY.run
os.fsync = lambda fd: None  # no test pulls the plug, and a disk takes its time


@pytest.hookimpl(tryfirst=True)  # before pytest asks where temporary files lie
def pytest_configure(config: pytest.Config) -> None:
    scratch.take(config)
    if reports.is_wanted(config):
        config.pluginmanager.register(reports.Brief())


def pytest_sessionstart() -> None:
    gc.disable()  # until all tests are collected: nothing of that is garbage
    # What a run beside a shell, or under nohup, ignores its programs would ignore as well.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda number, frame: None)
    # No option and no colour from the environment of whoever runs the tests.
    for name in list(os.environ):
        if name.startswith("MULTUS_MIGRATOR_") or name in _OF_COLOUR_AND_TIME:
            del os.environ[name]


@pytest.fixture(scope="session", autouse=True)
def _builds(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where the processes of this run keep what was built."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    _MEMORY.folder = shared / "remembered"
    _MEMORY.folder.mkdir(exist_ok=True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Two for each: a quarter of the whole suite is waiting, for browsers, servers, disks, and until
    programs give up."""
    if config.getoption("dist") != "loadgroup":
        return None
    return 2 * forks.processors()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object | None:
    if config.getoption("dist") != "loadgroup":
        return None
    from tests.schedule import Groups  # the process that hands tests out alone needs it

    return Groups(config, log)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """What needs a program or real manifests, and what runs many examples, is slow. Groups with most
    of that come first, else one process is still at the last of them when the others are done."""
    seen: Counter[str] = Counter()
    for item in items:
        marked = {marker.name for marker in item.iter_markers()}
        if marked & _SLOW or is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker(pytest.mark.slow)
        module = item.nodeid.partition("::")[0]
        if "xdist_group" not in marked:
            item.add_marker(pytest.mark.xdist_group(f"{module}-{seen[module] // _TOGETHER}"))
            seen[module] += 1
    yield  # others put the tests in random order, which stays the order of equals
    slow = Counter(_group(item) for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -slow[_group(item)])
    if items and getattr(items[0].config.option, "loadgroup", False):
        for item in items:  # what xdist 3.8 does, by a name that pytest 9.1 had for it
            item.stash[_ID] = item._id
            item._id = coerce_node_id(f"{item.nodeid}@{_group(item)}")


_ID = pytest.StashKey[NodeId]()
"""The id of a test as the user knows it, while the one that is sent tells its group."""


def _group(item: pytest.Item) -> str:
    marker = item.get_closest_marker("xdist_group")
    return str(marker.args[0]) if marker else item.nodeid


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    for item in session.items:
        item._id = item.stash.get(_ID, item._id)
    gc.freeze()  # else each collection looks through all tests again
    gc.set_threshold(100_000, 50, 1000)  # plans of real manifests are kept to the end
    gc.enable()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests without what they need are skipped; in CI a missing program is a failure. Real
    manifests are other people's, and not kept here: no machine can install them."""
    marked = {marker.name for marker in item.iter_markers()}
    _MEMORY.on = "afresh" not in marked
    if "corpus" in marked and not os.environ.get("MIGRATOR_CORPUS"):
        pytest.skip("MIGRATOR_CORPUS does not name a folder of real manifests")
    if "matrix" in marked and not os.environ.get("MIGRATOR_MATRIX"):
        give_up("MIGRATOR_MATRIX names no minor releases of kubectl, as .ci/run does")
    if "kustomize" in marked and not find_tool():
        give_up(unfit())
    if "helm" in marked and not find_helm():
        give_up("helm is neither on PATH nor in .venv/bin")


@pytest.fixture
def _no_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with no program at all, in PATH or in the environment of Python."""
    monkeypatch.setattr(programs, "found", lambda name, search=None: iter(()))
    monkeypatch.setenv("PATH", "")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real manifests (mark the test ``corpus``)."""
    return Path(os.environ["MIGRATOR_CORPUS"])


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder that holds pyproject.toml."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str, str], None]:
    """Has a line printed under a title at the end of the run, also by parallel workers."""
    return lambda title, line: record_property("told", f"{title}\n{line}")


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What the tests on real manifests saw: tables of file, recognised as, result, and counts."""
    tables: dict[str, list[str]] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, value in report.user_properties:
                if name == "told":
                    title, line = str(value).split("\n", 1)
                    tables.setdefault(title, []).append(line)
    for title, lines in sorted(tables.items()):
        terminalreporter.section(title)
        for line in sorted(lines):
            terminalreporter.write_line(line)
