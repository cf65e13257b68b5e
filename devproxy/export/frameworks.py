"""The servers that a policy can be written out for."""

from collections.abc import Mapping
from types import MappingProxyType

from devproxy.export.caddy import CADDY
from devproxy.export.django import DJANGO
from devproxy.export.express import EXPRESS
from devproxy.export.fastapi import FASTAPI
from devproxy.export.flask import FLASK
from devproxy.export.nginx import NGINX
from devproxy.export.recipe import Framework

# In the order in which they are presented.
FRAMEWORKS: Mapping[str, Framework] = MappingProxyType(
    {framework.key: framework for framework in (EXPRESS, FASTAPI, DJANGO, FLASK, NGINX, CADDY)}
)


def framework(name: str) -> Framework | None:
    """The framework that people call `name`, in any case; None if there is no such."""
    asked = name.lower()
    return next((each for each in FRAMEWORKS.values() if asked in {each.key, *each.aliases}), None)
