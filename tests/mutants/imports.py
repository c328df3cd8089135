"""Imports every module of the program, for coverage to see what runs then."""

from __future__ import annotations

import importlib
import pkgutil

import migrator

for module in pkgutil.walk_packages(migrator.__path__, "migrator."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
