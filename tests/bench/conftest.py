"""What measures is for Linux; elsewhere it may not even be imported."""

import sys

_MEASURING = ("load", "machine", "picture", "processes", "soak", "table")

collect_ignore = [] if sys.platform == "linux" else [f"test_{name}.py" for name in _MEASURING]
