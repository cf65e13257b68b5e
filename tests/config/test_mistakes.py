from textwrap import dedent

import pytest

from devproxy.config.build import parse
from devproxy.config.load import source_lines
from devproxy.config.report import render
from devproxy.errors import ConfigError


def told(text):
    """What a user reads about a text."""
    try:
        problems = parse(text).warnings
    except ConfigError as error:
        problems = error.problems
    return "\n".join(render(problem, source_lines(text)) for problem in problems)


# fmt: off
MISTAKES = {
    "misspelled key": (
        """
        listen:
          prot: 8484
        routes: {/api: http://localhost:3001}
        """,
        """
        error: unknown key 'prot' in listen
         --> proxy.yaml:2:3
        2 |   prot: 8484
          |   ^^^^
          = help: did you mean 'port'?
        """,
    ),
    "another tool's key": (
        """
        routes:
          /api:
            target: http://localhost:3001
            changeOrigin: true
        """,
        """
        error: unknown key 'changeOrigin' in routes['/api']
         --> proxy.yaml:4:5
        4 |     changeOrigin: true
          |     ^^^^^^^^^^^^
          = help: did you mean 'change_origin'? (Vite's name)
        """,
    ),
    "bare star": (
        """
        cors:
          allow_origins: *
        """,
        """
        error: not valid YAML: did not find expected alphabetic or numeric character
         --> proxy.yaml:2:19
        2 |   allow_origins: *
          |                   ^
          = help: quote the star: "*" (a bare * starts a YAML alias)
        """,
    ),
    "targets that are no URLs": (
        """
        routes:
          /api: localhost:3001
          /b: 4000
        """,
        """
        error: target 'localhost:3001' is not a URL
         --> proxy.yaml:2:9
        2 |   /api: localhost:3001
          |         ^^^^^^^^^^^^^^
          = help: add the scheme: http://localhost:3001
        error: target '4000' is not a URL
         --> proxy.yaml:3:7
        3 |   /b: 4000
          |       ^^^^
          = help: write the whole URL: http://localhost:4000
        """,
    ),
    "duplicate route": (
        """
        routes:
          /api: http://localhost:3001
          /x: http://localhost:3001
          /api: http://localhost:3002
        """,
        """
        error: duplicate route '/api'
         --> proxy.yaml:4:3
        4 |   /api: http://localhost:3002
          |   ^^^^
          = help: first defined on line 2; YAML would silently keep only the last one
        """,
    ),
    "duplicate key": (
        """
        listen: {port: 1, port: 2}
        routes: {/api: http://localhost:3001}
        """,
        """
        error: duplicate key 'port' in listen
         --> proxy.yaml:1:19
        1 | listen: {port: 1, port: 2}
          |                   ^^^^
          = help: first defined on line 1; YAML would silently keep only the last one
        """,
    ),
    "two spellings of one prefix": (
        """
        routes:
          /api: http://localhost:3001
          /api/: http://localhost:3002
        """,
        """
        error: duplicate route '/api'
         --> proxy.yaml:3:3
        3 |   /api/: http://localhost:3002
          |   ^^^^^
          = help: '/api' is the same prefix, defined on line 2
        """,
    ),
    "prefix without a slash": (
        """
        routes:
          api: http://localhost:3001
        """,
        """
        error: route 'api' must start with '/'
         --> proxy.yaml:2:3
        2 |   api: http://localhost:3001
          |   ^^^
          = help: write /api
        """,
    ),
    "port out of range": (
        """
        listen: {port: 84840}
        routes: {/api: http://localhost:3001}
        """,
        """
        error: port must be a whole number from 1 to 65535, found '84840'
         --> proxy.yaml:1:16
        1 | listen: {port: 84840}
          |                ^^^^^
        """,
    ),
    "tab": (
        "listen:\n\tport: 1\n",
        """
        error: not valid YAML: found character that cannot start any token
         --> proxy.yaml:2:1
        2 | \\tport: 1
          | ^^
          = help: indent with spaces; YAML does not allow tabs
        """,
    ),
    "list of routes": (
        """
        routes:
          - path: /api
        """,
        """
        error: routes is a mapping of path prefix to target
         --> proxy.yaml:2:3
        2 |   - path: /api
          |   ^
          = help: write   /api: http://localhost:3001
        """,
    ),
    "loop": (
        "routes: {/api: http://127.0.0.1:8484}",
        """
        error: route /api targets devproxy itself (port 8484): this loops
         --> proxy.yaml:1:16
        1 | routes: {/api: http://127.0.0.1:8484}
          |                ^^^^^^^^^^^^^^^^^^^^^
          = help: name the port of the server behind it
        """,
    ),
    "no target": (
        """
        routes:
          /api:
            strip_prefix: true
          /b:
        """,
        """
        error: route '/api' has no target
         --> proxy.yaml:2:3
        2 |   /api:
          |   ^^^^
          = help: add target: http://localhost:3001
        error: route '/b' has no target
         --> proxy.yaml:4:3
        4 |   /b:
          |   ^^
          = help: add target: http://localhost:3001
        """,
    ),
    "cors switched off": (
        """
        routes:
          /api:
            target: http://localhost:3001
            cors: off
        """,
        """
        error: cors of a route is a mapping or the word passthrough, found 'off'
         --> proxy.yaml:4:11
        4 |     cors: off
          |           ^^^
          = help: to leave the target's own CORS untouched, write cors: passthrough
        """,
    ),
    "passthrough with more": (
        """
        routes:
          /api:
            target: http://localhost:3001
            cors: {passthrough: true, max_age: 5}
        """,
        """
        error: max_age has no effect beside passthrough
         --> proxy.yaml:4:31
        4 |     cors: {passthrough: true, max_age: 5}
          |                               ^^^^^^^
          = help: remove one of the two
        """,
    ),
    "a secret for any page": (
        """
        routes:
          /api:
            target: http://localhost:3001
            headers: {request: {set: {X-Api-Key: abc}}}
            cors: passthrough
        """,
        """
        error: route /api adds a secret of its own, and cors: passthrough lets any page use it
         --> proxy.yaml:5:11
        5 |     cors: passthrough
          |           ^^^^^^^^^^^
          = help: name the pages in cors.allow_origins instead
        """,
    ),
    "words that are no flags": (
        """
        routes:
          /api:
            target: http://localhost:3001
            strip_prefix: yes
            block_cross_site: off
            change_origin: maybe
        """,
        """
        error: strip_prefix must be true or false, found 'yes'
         --> proxy.yaml:4:19
        4 |     strip_prefix: yes
          |                   ^^^
          = help: write true
        error: block_cross_site must be true or false, found 'off'
         --> proxy.yaml:5:23
        5 |     block_cross_site: off
          |                       ^^^
          = help: write false
        error: change_origin must be auto, true or false, found 'maybe'
         --> proxy.yaml:6:20
        6 |     change_origin: maybe
          |                    ^^^^^
        """,
    ),
    "header fields": (
        """
        routes:
          /api:
            target: http://localhost:3001
            headers:
              request:
                set: {Host: other}
                remove: [Connection]
              response:
                set: {Access-Control-Allow-Origin: "*"}
        """,
        """
        error: header 'Host' cannot be set
         --> proxy.yaml:6:15
        6 |         set: {Host: other}
          |               ^^^^
          = help: change_origin decides which Host the target sees
        error: header 'Connection' cannot be removed
         --> proxy.yaml:7:18
        7 |         remove: [Connection]
          |                  ^^^^^^^^^^
          = help: devproxy frames messages itself
        error: header 'Access-Control-Allow-Origin' cannot be set here
         --> proxy.yaml:9:15
        9 |         set: {Access-Control-Allow-Origin: "*"}
          |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^
          = help: that is what the keys of cors are for
        """,
    ),
    "allowed hosts": (
        """
        listen:
          allowed_hosts: ["http://app.test:8484/"]
        routes: {/api: http://localhost:3001}
        """,
        """
        error: 'http://app.test:8484/' in allowed_hosts is not a host name
         --> proxy.yaml:2:19
        2 |   allowed_hosts: ["http://app.test:8484/"]
          |                   ^^^^^^^^^^^^^^^^^^^^^^^
          = help: write app.test
        """,
    ),
    "a word where a list is meant": (
        """
        cors: {allow_origins: "*", allow_methods: "GET, PUT"}
        routes: {/api: http://localhost:3001}
        """,
        """
        error: allow_origins is a list, found '*'
         --> proxy.yaml:1:23
        1 | cors: {allow_origins: "*", allow_methods: "GET, PUT"}
          |                       ^^^
          = help: write allow_origins: ["*"]
        error: allow_methods is a list, found 'GET, PUT'
         --> proxy.yaml:1:43
        1 | cors: {allow_origins: "*", allow_methods: "GET, PUT"}
          |                                           ^^^^^^^^^^
          = help: write allow_methods: [GET, PUT]
        """,
    ),
    "keys in the wrong section": (
        """
        port: 8484
        allow_origins: [http://localhost:5173]
        routes:
          /api: {target: http://localhost:3001, allow_methods: [GET], listen: {}}
        """,
        """
        error: unknown key 'port'
         --> proxy.yaml:1:1
        1 | port: 8484
          | ^^^^
          = help: 'port' belongs in listen
        error: unknown key 'allow_origins'
         --> proxy.yaml:2:1
        2 | allow_origins: [http://localhost:5173]
          | ^^^^^^^^^^^^^
          = help: 'allow_origins' belongs in cors
        error: unknown key 'allow_methods' in routes['/api']
         --> proxy.yaml:4:41
        4 |   /api: {target: http://localhost:3001, allow_methods: [GET], listen: {}}
          |                                         ^^^^^^^^^^^^^
          = help: 'allow_methods' belongs in cors of a route
        error: unknown key 'listen' in routes['/api']
         --> proxy.yaml:4:63
        4 |   /api: {target: http://localhost:3001, allow_methods: [GET], listen: {}}
          |                                                               ^^^^^^
          = help: 'listen' belongs at the top of the file
        """,
    ),
    "routes misspelled, which is not also a lack of routes": (
        "rotues: {/api: http://localhost:3001}",
        """
        error: unknown key 'rotues'
         --> proxy.yaml:1:1
        1 | rotues: {/api: http://localhost:3001}
          | ^^^^^^
          = help: did you mean 'routes'?
        """,
    ),
    "no routes": (
        "listen: {port: 8484}\nroutes:\n",
        """
        error: there are no routes
         --> proxy.yaml:2:1
        2 | routes:
          | ^^^^^^
          = help: write routes: and below it   /api: http://localhost:3001
        """,
    ),
    "empty": (
        "# nothing yet\n",
        """
        error: proxy.yaml is empty
         --> proxy.yaml:1:1
        1 | # nothing yet
          | ^
          = help: it needs routes: and below it   /api: http://localhost:3001
        """,
    ),
    "a list at the top": (
        "- /api\n",
        """
        error: a configuration is a mapping, found a list
         --> proxy.yaml:1:1
        1 | - /api
          | ^
          = help: write routes: and below it   /api: http://localhost:3001
        """,
    ),
    "a word at the top": (
        "hello\n",
        """
        error: a configuration is a mapping, found 'hello'
         --> proxy.yaml:1:1
        1 | hello
          | ^^^^^
          = help: write routes: and below it   /api: http://localhost:3001
        """,
    ),
}
# fmt: on


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name):
    """Every mistake is told with its place, its line and what to write instead; one error per root cause."""
    text, expected = MISTAKES[name]
    assert told(dedent(text).removeprefix("\n")) == dedent(expected).strip()


ROUTE = "routes:\n  /:\n    target: http://localhost:3001\n"

# A text → what is told first, and what to write instead.
SHORT = [
    (ROUTE + "    timeout: 30\n", "timeout must be a duration from 1ms to 24h, such as 30s or 5m, found '30'", "30 what? write 30s"),
    (ROUTE + "    timeout: 5min\n", "timeout must be a duration from 1ms to 24h, such as 30s or 5m, found '5min'", "units are ms, s, m and h"),
    (ROUTE + "    proxyTimeout: 5s\n", "unknown key 'proxyTimeout' in routes['/']", "did you mean 'timeout'? (Vite's name)"),
    (ROUTE + "    methods: [GET]\n", "unknown key 'methods' in routes['/']", "did you mean 'only_methods'?"),
    (ROUTE + "    only_methods: GET, HEAD\n", "only_methods is a list, found 'GET, HEAD'", "write only_methods: [GET, HEAD]"),
    (ROUTE + "    only_methods: [get]\n", "'get' is no method that devproxy takes", "write GET"),
    (ROUTE + "    only_methods: []\n", "only_methods is empty: nothing could reach the target", "list methods, as in [GET, HEAD], or leave it out for all of them"),
    (ROUTE + "    only_methods:\n", "only_methods has no value", "write only_methods: […]"),
    (ROUTE + "    pathRewrite: {}\n", "unknown key 'pathRewrite' in routes['/']", "did you mean 'strip_prefix'? (http-proxy-middleware's name)"),
    (ROUTE + "    stripPrefix: true\n", "unknown key 'stripPrefix' in routes['/']", "did you mean 'strip_prefix'? (Traefik's name)"),
    (ROUTE + "    ws: true\n", "unknown key 'ws' in routes['/']", "remove it: WebSockets pass on every route"),
    (ROUTE + "    cors: {origin: x}\n", "unknown key 'origin' in routes['/'].cors", "did you mean 'allow_origins'? (Express's name)"),
    (ROUTE + "    cors: {allowedHeaders: x}\n", "unknown key 'allowedHeaders' in routes['/'].cors", "did you mean 'allow_headers'? (Express's name)"),
    (ROUTE + "    cors: {maxAge: 5}\n", "unknown key 'maxAge' in routes['/'].cors", "did you mean 'max_age'? (Express's name)"),
    (ROUTE + "log: json\n", "log is a mapping, found 'json'", "its keys are format, level, skip"),
    (ROUTE + "log: {level: warn}\n", "level must be debug, info, warning or error, found 'warn'", ""),
    (ROUTE + "log: {skip: [favicon.ico]}\n", "'favicon.ico' in skip matches no path", "write /favicon.ico"),
    (ROUTE + "logLevel: debug\n", "unknown key 'logLevel'", "did you mean 'log'? (http-proxy-middleware's name)"),
    (ROUTE + "timeout: 5s\n", "unknown key 'timeout'", "'timeout' belongs in a route"),
    ("routes:\n  /: ${API_URL}\n", "environment variable API_URL is not set", "set it, or give a default: ${API_URL:-http://localhost:3001}"),
    ("routes:\n  /: http://localhost:${PORT\n", "${ is not closed", "add the closing }; write ${NAME} or ${NAME:-default}; $${ for the characters themselves"),
    ("routes:\n  /: http://localhost:${}\n", "${ begins no variable: '${}'", "write ${NAME} or ${NAME:-default}; $${ for the characters themselves"),
    ("routes:\n  /: http://localhost:$PORT\n", "target 'http://localhost:$PORT' has no valid port", "name the port that the target listens on, from 1 to 65535"),
    ("routes:\n  /: {target: [http://a]}\n", "target is one value, found a list", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "hint"), SHORT)
def test_short_mistakes(text, message, hint):
    """Each mistake is one error with a line, and what to write instead."""
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert [(problem.message, problem.hint) for problem in caught.value.problems] == [(message, hint)]
    assert all(problem.place.line for problem in caught.value.problems)
