"""Bytes -> Documents with file and line, and the CNI files that were copied from nodes."""
