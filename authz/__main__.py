"""`authz` and `python -m authz`: the command line, from its first moment on quiet when it is interrupted."""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

_NO_ANSWER = 2


def main() -> NoReturn:
    """Runs the command that was typed and leaves with its exit code; interrupted, with 2 and a line that says so."""
    heeded = signal.getsignal(signal.SIGINT)  # whoever starts this in the background may have it ignored
    if heeded is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _interrupted)
    from authz.cli import run  # noqa: PLC0415  # takes most of a second; nothing is open yet

    signal.signal(signal.SIGINT, heeded)
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        _interrupted()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the answer is given
    sys.exit(code)


def _interrupted(*_: object) -> NoReturn:
    os.write(2, b"authz: interrupted\n")
    os._exit(_NO_ANSWER)


if __name__ == "__main__":
    main()
