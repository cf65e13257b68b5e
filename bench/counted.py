"""devproxy as its users run it, in a process that can be asked by SIGUSR1 how many tasks run in it.

    python -m bench.counted FILE [the arguments of devproxy]

The number is written to the file. Memory that nobody holds is given back to the system first, so that what /proc says
then is what is held, not what was.
"""

import asyncio
import ctypes
import gc
import signal
import sys
from pathlib import Path

from devproxy.__main__ import main


def _tell(file: Path) -> None:
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    file.write_text(f"{len(asyncio.all_tasks())}\n")


if __name__ == "__main__":
    said = Path(sys.argv.pop(1))
    signal.signal(signal.SIGUSR1, lambda _number, _frame: _tell(said))
    main()
