import pytest

from devproxy.config.build import parse
from devproxy.errors import ConfigError

ROUTE = "routes: {/: http://a}\n"


def told(text):
    """Message and hint of every problem."""
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return [(problem.message, problem.hint) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        # our own keys in a wrong place
        ("port: 9000\n" + ROUTE, "write listen: {port: 9000}"),
        ("listen: {host: a}\nport: 9000\n" + ROUTE, "write port: 9000 below listen, line 1"),
        ("cors: {listen: {port: 1}}\n" + ROUTE, "write listen: {port: 1} at the top of the file"),
        ("timeout: 5s\n", "write routes: {/: {target: http://localhost:3001, timeout: 5s}}"),
        ("target: http://a\n", "write routes: {/: http://a}"),
        ("strip_prefix: true\nroutes: {/x: {target: http://a}}\n", "it belongs in a route, as in /x: {target: http://localhost:3001, strip_prefix: true}"),
        ("passthrough: true\n" + ROUTE, "it belongs in a route, as in /: {target: http://a, cors: {passthrough: true}}"),
        ("routes: {/: {target: http://a, max_age: 5}}\n", "write cors: {max_age: 5}"),
        ("routes: {/: {target: http://a, cors: {}, max_age: 5}}\n", "write max_age: 5 below cors, line 1"),
        ("routes: {/: {target: http://a, headers: {request: {timeout: 5s}}}}\n", "write timeout: 5s in routes['/']"),
        ("routes: {/: {target: http://a, allow-headers: [X-A]}}\n", "write cors: {allow_headers: [X-A]}"),
        # another tool's key whose counterpart is elsewhere
        ("credentials: true\n" + ROUTE, "write cors: {allow_credentials: true}"),
        ("routes: {/: {target: http://a, logLevel: info}}\n", "write log: {level: info} at the top of the file"),
        # the parts of a URL
        ("routes: {/: {scheme: https, hostname: a}}\n", "write target: https://a"),
        ("routes: {/: {target: http://a, port: 80}}\n", "remove it: the target's URL says it"),
        # prefixes outside of routes
        ("/b: http://b\n/a: http://a\n", "write routes: {/a: http://a, /b: http://b}"),
        ("routes:\n/a: http://a\n/b: http://b\n", "write it below routes, line 1, and indent it"),
        # header fields outside of set
        ("routes: {/: {target: http://a, X-A: b}}\n", "write headers: {request: {set: {X-A: b}}}"),
        ("routes: {/: {target: http://a, headers: {}, X-A: b}}\n", "write X-A: below headers.request.set, line 1"),
        ("routes: {/: {target: http://a, headers: {x-a: b, Authorization: c}}}\n", "write request: {set: {x-a: b, Authorization: …}}"),
        ("routes: {/: {target: http://a, headers: {response: {X-A: b}}}}\n", "write set: {X-A: b}"),
        # names
        ("server: {proxy: {/: http://a}}\n", "write routes: {/: http://a}"),
        ("routes: {/: {target: http://a, timeout_millis: 5}}\n", "write timeout: 5ms"),
        ("routes: {/: {target: http://a, timeout_min: 5}}\n", "write timeout: 5m"),
        ("routes: {/: {target: http://a, timeout_socket: 5000}}\n", "5000 what? write timeout: 5000ms or 5000s"),
        ("server: {proxy: }\n", "write routes: {/: http://localhost:3001}"),
        ("server: {proxy: {/a: http://a, ^/b$: {target: http://b, zebra: 1, rewrite: x}}}\n", "write routes: {/a: http://a, /b: {target: http://b, strip_prefix: true}}"),
        ("routes: {/: {target: http://a, rewrite: {/a: [b], /c: /d/}}}\n", "write rewrite_path: {/c: /d}"),
        ("routes: {/: {target: http://a, rewrite: [a]}}\n", "write strip_prefix: true"),
        ("server: {port: 1}\n" + ROUTE, "did you mean 'listen'? (Vite's name)"),
        ("cors: {origin_regex: 5}\n" + ROUTE, "write allow_origins: [http://localhost:5]"),
        ("cors: {zebra: 1}\n" + ROUTE, "remove it; the keys here are allow_origins"),
        ("cors: {max-age: 1, max_age: 2}\n" + ROUTE, "remove it; the keys here are allow_origins"),
    ],
)  # fmt: skip
def test_one_mistake(text, hint):
    """An unknown key is one problem, with the line to write."""
    ((message, found),) = told(text)
    assert message.startswith("unknown key ")
    assert found.startswith(hint)


def test_renamed():
    """The value of a key that was meant is judged as that key's; where a shape is wrong, too, the hint is the whole line."""
    assert told("cors: {origins: ['http://a/'], maxAge: 10m}\n" + ROUTE) == [
        ("unknown key 'origins' in cors", "did you mean 'allow_origins'? (Flask-CORS's name)"),
        ("an origin has no path: 'http://a/' never matches the browser's Origin header", "write http://a"),
        ("unknown key 'maxAge' in cors", "write max_age: 600"),
    ]


def test_no_secret():
    """What stands at a key that looks like a secret is not repeated."""
    assert "hunter2" not in str(told("routes: {/: {target: http://a, X-Api-Key: hunter2}}\n"))


@pytest.mark.parametrize(
    "text",
    [
        "cors: {origins: '${TOKEN}'}\n" + ROUTE,
        "cors: {origin_regex: '${TOKEN}'}\n" + ROUTE,
        "cors: '${TOKEN}'\n" + ROUTE,
        "listen: '${TOKEN}:80'\n" + ROUTE,
        "proxy: '${TOKEN}://a'\n",
        "routes: {/: {host: '${TOKEN}', port: '1'}}\n",
        "routes: {/: {upstream: '${TOKEN} x'}}\n",
        "routes: {/: {target: http://a, headers: {X-A: '${TOKEN}'}}}\n",
    ],
)
def test_no_secret_of_the_environment(text):
    """What was probably meant is told without what a secret variable holds, in whatever spelling."""
    with pytest.raises(ConfigError) as caught:
        parse(text, environ={"TOKEN": "HUNTER2-SECRET"})
    assert "hunter2" not in str(caught.value.problems).lower()
