import asyncio

import pytest
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import BadStatusLine
from aiohttp.http_parser import HttpRequestParser

from devproxy.cors.names import ANSWERABLE_METHODS, FORBIDDEN_METHODS, PARSED_METHODS


@pytest.mark.parametrize(
    "method", sorted(PARSED_METHODS | {"TRACK", "FOO", "patch", "get", "PRI", "DESCRIBE", "FLUSH"})
)
async def test_methods_of_the_listener(method):
    """The listener's parser takes exactly the methods that a preflight may allow, and CONNECT and TRACE."""
    loop = asyncio.get_running_loop()
    parser = HttpRequestParser(BaseProtocol(loop), loop, 2**16)
    target = "a.test:443" if method == "CONNECT" else "/"
    request = f"{method} {target} HTTP/1.1\r\nHost: a.test\r\n\r\n".encode()
    if method in PARSED_METHODS:
        ((message, _),), _, _ = parser.feed_data(request)
        assert message.method == method
    else:
        with pytest.raises(BadStatusLine):
            parser.feed_data(request)
    assert (method in ANSWERABLE_METHODS) == (method in PARSED_METHODS and method not in FORBIDDEN_METHODS)
