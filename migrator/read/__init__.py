"""Bytes -> Documents with file and line, and the CNI files that were copied from nodes."""

from migrator.read.reading import read_inputs
from migrator.read.streams import parse_documents

__all__ = ["parse_documents", "read_inputs"]
