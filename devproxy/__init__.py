"""devproxy: a local reverse proxy that ends "blocked by CORS policy" while you develop.

    async with Devproxy.to("http://localhost:3001", allow_origins=["https://app.example.com"]) as proxy:
        ...  # ask proxy.url

Names are loaded when they are asked for: `devproxy --version` and health checks need none of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devproxy.embed import Devproxy
    from devproxy.errors import ConfigError, DevproxyError, StartError
    from devproxy.exchange import Exchange, Listener

__version__ = "0.1.0"

__all__ = ["ConfigError", "Devproxy", "DevproxyError", "Exchange", "Listener", "StartError", "__version__"]

_HOMES = {
    "ConfigError": "errors",
    "Devproxy": "embed",
    "DevproxyError": "errors",
    "Exchange": "exchange",
    "Listener": "exchange",
    "StartError": "errors",
}


def __getattr__(name: str) -> object:
    """Load a name of `__all__` from the module that has it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
