"""The program that posts a comment, which lies where no package does."""

from __future__ import annotations

import importlib.util
from types import ModuleType

from tests.cli.tools import ROOT


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("post", ROOT / ".ci" / "comment" / "post.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


post = _loaded()
