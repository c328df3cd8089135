"""Mutants: does a test fail when a line of the program is wrong? ``make mutants``.

    python -m tests.mutants COUNT SEED

Draws COUNT changes (``operators``) of the rooms below with the seed, so many of each room as its
share of all, and runs each with the tests that run the changed line (``choice``): in a fork of one
process that has collected all tests (``forked``), or anew where the change shows only when its
module is imported (``fresh``). The checkout is only read: all of this happens in copies of it.

A mutant is killed when a test fails, or does not end. The tests of these rooms take part, of those
beside and above them, and the rules' cases: not the whole runs of ``tests/cli`` and the pages of
``tests/report``. Of what is marked slow, what builds with kustomize takes part: properties would
draw other examples each time.
"""
