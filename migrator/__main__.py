"""``python -m migrator`` and the console script."""

from __future__ import annotations

import gc
import signal
import sys
from types import FrameType


def main() -> None:
    """Run the command line and exit with its code. Where it is told to end (Ctrl-C, SIGTERM, a
    terminal that closes), it cleans up and says in one line what was written."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _interrupted)
    try:
        from migrator.read.garbage import seldom_collected

        with seldom_collected():  # nobody need look for garbage in what imports make
            from migrator.cli.main import run

            code = run(sys.argv[1:])
            gc.freeze()  # the end of the process: nor in all that is left
    except KeyboardInterrupt:  # before the command line was even read
        sys.stderr.write("interrupted; nothing was written\n")
        code = 1
    sys.exit(code)


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
