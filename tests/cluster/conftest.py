from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cluster.estate import planned
from tests.needs import give_up


@pytest.fixture(scope="session", autouse=True)
def _programs() -> None:
    for program in ("bash", "jq"):
        if shutil.which(program) is None:
            give_up(f"{program} is not on PATH")


@pytest.fixture(scope="session")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plans")


@pytest.fixture
def out(plans: Path) -> Path:
    """The plan of a v3.9 install with upstream's limits."""
    return planned("crio", plans)
