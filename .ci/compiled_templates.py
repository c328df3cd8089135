"""A build hook of hatchling: the templates are compiled into the wheel, or into an editable checkout."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledTemplates(BuildHookInterface[Any]):
    """A wheel gets them from a folder of its own, so that building changes nothing in the sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        sys.path.insert(0, self.root)  # the build runs without the package that it builds
        from migrator.trees import jinja

        checkout = Path(self.root, "templates", jinja.COMPILED)
        if version == "editable":
            shutil.rmtree(checkout, ignore_errors=True)
            jinja.compile_all(checkout)
        else:
            self.made = Path(tempfile.mkdtemp())
            jinja.compile_all(self.made)
            build_data["force_include"][str(self.made)] = f"migrator/_templates/{jinja.COMPILED}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version != "editable":
            shutil.rmtree(self.made)
