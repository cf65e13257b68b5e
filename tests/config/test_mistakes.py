"""Mistakes of real users: what is typed, what is told, and that doing what is told is enough."""

from textwrap import dedent

import pytest

from devproxy.config.build import parse
from devproxy.config.files import source_lines
from devproxy.config.report import render
from devproxy.errors import ConfigError

ENVIRON = {
    "API_URL": "http://localhost:3001",
    "PORT": "3001",
    "TOKEN": "abc",
    "EMPTY": "",
    "PUBLIC_URL": "https://api.example.com",
}


def in_route(line):
    return f"routes:\n  /api:\n    target: http://localhost:3001\n    {line}\n"


def in_routes(line):
    return f"routes:\n  {line}\n"


def at_top(line):
    return f"{line}\nroutes: {{/: http://localhost:3001}}\n"


def in_cors(line):
    return at_top(f"cors:\n  {line}")


def origin(text):
    return in_cors(f"allow_origins: [{text}]")


def errors(text):
    try:
        parse(text, environ=ENVIRON)
    except ConfigError as error:
        return [problem for problem in error.problems if problem.severity == "error"]
    return []


# What is typed, the line and column that are told, the message, the hint, and the edits that follow it.
MISTAKES = [
    # keys of other tools
    (in_route("changeOrigin: true"), "4:5", "unknown key 'changeOrigin' in routes['/api']", "did you mean 'change_origin'? (Vite's name)", {"changeOrigin": "change_origin"}),
    (in_route("pathRewrite: {'^/api': ''}"), "4:5", "unknown key 'pathRewrite' in routes['/api']", "write strip_prefix: true", {"pathRewrite: {'^/api': ''}": "strip_prefix: true"}),
    (in_route("rewrite: (path) => path.replace('/api', '')"), "4:5", "unknown key 'rewrite' in routes['/api']", "write strip_prefix: true", {"rewrite: (path) => path.replace('/api', '')": "strip_prefix: true"}),
    (in_route("stripPrefix: {prefixes: [/api]}"), "4:5", "unknown key 'stripPrefix' in routes['/api']", "write strip_prefix: true", {"stripPrefix: {prefixes: [/api]}": "strip_prefix: true"}),
    (in_route("secure: false"), "4:5", "unknown key 'secure' in routes['/api']", "did you mean 'verify_tls'? (Vite's name)", {"secure": "verify_tls"}),
    (in_route("ws: true"), "4:5", "unknown key 'ws' in routes['/api']", "remove it: WebSockets pass on every route", {"    ws: true\n": ""}),
    (in_route("proxyTimeout: 5000"), "4:5", "unknown key 'proxyTimeout' in routes['/api']", "5000 what? write timeout: 5000ms or 5000s", {"proxyTimeout: 5000": "timeout: 5000ms"}),
    (in_route("logLevel: debug"), "4:5", "unknown key 'logLevel' in routes['/api']", "write log: {level: debug} at the top of the file", {"    logLevel: debug\n": "", "routes:": "log: {level: debug}\nroutes:"}),
    (in_route("cookieDomainRewrite: localhost"), "4:5", "unknown key 'cookieDomainRewrite' in routes['/api']", "remove it: cookies are made usable here by themselves (rewrite_cookies: auto)", {"    cookieDomainRewrite: localhost\n": ""}),
    (in_route("proxy_set_header: X-Name value"), "4:5", "unknown key 'proxy_set_header' in routes['/api']", "write headers: {request: {set: {X-Name: value}}} instead", {"proxy_set_header: X-Name value": "headers: {request: {set: {X-Name: value}}}"}),
    (in_route("bypass: index.html"), "4:5", "unknown key 'bypass' in routes['/api']", "remove it; the keys here are target, hosts, strip_prefix, rewrite_path, change_origin, target_origin, block_cross_site, rewrite_cookies, rewrite_redirects, only_methods, timeout, wait_for_restart, verify_tls, ca_file, via, headers, cors", {"    bypass: index.html\n": ""}),
    (in_routes("/api: {url: http://localhost:3001}"), "2:10", "unknown key 'url' in routes['/api']", "did you mean 'target'?", {"url": "target"}),
    (in_routes("/api: {proxy_pass: http://localhost:3001}"), "2:10", "unknown key 'proxy_pass' in routes['/api']", "did you mean 'target'? (nginx's name)", {"proxy_pass": "target"}),
    (in_routes("/api: {host: localhost, port: 3001}"), "2:10", "unknown key 'host' in routes['/api']", "write target: http://localhost:3001", {"host: localhost, port: 3001": "target: http://localhost:3001"}),
    ("proxy:\n  /api: http://localhost:3001\n", "1:1", "unknown key 'proxy'", "did you mean 'routes'? (Vite's and Create React App's name)", {"proxy": "routes"}),
    ("proxy: http://localhost:3001\n", "1:1", "unknown key 'proxy'", "write routes: {/: http://localhost:3001}", {"proxy: http://localhost:3001": "routes: {/: http://localhost:3001}"}),
    ("proxyUrl: http://localhost:3001\n", "1:1", "unknown key 'proxyUrl'", "write routes: {/: http://localhost:3001}", {"proxyUrl: http://localhost:3001": "routes: {/: http://localhost:3001}"}),
    ("server:\n  proxy:\n    /api: http://localhost:3001\n", "1:1", "unknown key 'server'", "write routes: {/api: http://localhost:3001}", {"server:\n  proxy:\n    /api: http://localhost:3001": "routes: {/api: http://localhost:3001}"}),
    ('{\n  "/api": "http://localhost:3001"\n}\n', "2:3", "unknown key '/api'", "write routes: {/api: http://localhost:3001}", {'"/api": "http://localhost:3001"': "routes: {/api: http://localhost:3001}"}),
    (in_cors("origin: http://localhost:5173"), "2:3", "unknown key 'origin' in cors", "write allow_origins: [http://localhost:5173]", {"origin: http://localhost:5173": "allow_origins: [http://localhost:5173]"}),
    (in_cors("origin: true"), "2:3", "unknown key 'origin' in cors", 'write allow_origins: ["*"]', {"origin: true": 'allow_origins: ["*"]'}),
    (in_cors("methods: GET,POST"), "2:3", "unknown key 'methods' in cors", "write allow_methods: [GET, POST]", {"methods: GET,POST": "allow_methods: [GET, POST]"}),
    (in_cors("credentials: true"), "2:3", "unknown key 'credentials' in cors", "did you mean 'allow_credentials'? (Express's name)", {"credentials": "allow_credentials"}),
    (in_cors("optionsSuccessStatus: 200"), "2:3", "unknown key 'optionsSuccessStatus' in cors", "remove it: preflights are answered with 204", {"  optionsSuccessStatus: 200\n": ""}),
    (in_cors("preflightContinue: false"), "2:3", "unknown key 'preflightContinue' in cors", "remove it, or let a target answer preflights itself: cors: passthrough in its route", {"  preflightContinue: false\n": ""}),
    (in_cors("allowed-origins: '*'"), "2:3", "unknown key 'allowed-origins' in cors", 'write allow_origins: ["*"]', {"allowed-origins: '*'": 'allow_origins: ["*"]'}),
    (in_cors("allowedOriginPatterns: http://localhost:*"), "2:3", "unknown key 'allowedOriginPatterns' in cors", 'write allow_origins: ["http://localhost:*"]; patterns are https://*.example.com or http://localhost:*; regexes over origins are refused on purpose: one that is a little too wide lets every site in, and one careless one can freeze the proxy', {"allowedOriginPatterns: http://localhost:*": 'allow_origins: ["http://localhost:*"]'}),
    (in_cors("allow_origin_regex: https://.*\\.example\\.com"), "2:3", "unknown key 'allow_origin_regex' in cors", 'write allow_origins: ["https://*.example.com"]; patterns are https://*.example.com or http://localhost:*; regexes over origins are refused on purpose: one that is a little too wide lets every site in, and one careless one can freeze the proxy', {"allow_origin_regex: https://.*\\.example\\.com": 'allow_origins: ["https://*.example.com"]'}),
    (in_cors("accessControlMaxAge: 100"), "2:3", "unknown key 'accessControlMaxAge' in cors", "did you mean 'max_age'?", {"accessControlMaxAge": "max_age"}),
    (in_cors("Access-Control-Allow-Methods: GET, POST"), "2:3", "unknown key 'Access-Control-Allow-Methods' in cors", "write allow_methods: [GET, POST]", {"Access-Control-Allow-Methods: GET, POST": "allow_methods: [GET, POST]"}),
    (in_route("pathRewrite: {'^/api': '/v2'}"), "4:5", "unknown key 'pathRewrite' in routes['/api']", "write rewrite_path: {/api: /v2}", {"pathRewrite: {'^/api': '/v2'}": "rewrite_path: {/api: /v2}"}),
    (in_route("pathRewrite: {'^/api/(.*)': '/v2/$1'}"), "4:5", "unknown key 'pathRewrite' in routes['/api']", "write rewrite_path: {/api: /v2}", {"pathRewrite: {'^/api/(.*)': '/v2/$1'}": "rewrite_path: {/api: /v2}"}),
    (in_route("rewrite: (path) => path.replace(/^\\/api/, '/v2')"), "4:5", "unknown key 'rewrite' in routes['/api']", "write rewrite_path: {/api: /v2}", {"rewrite: (path) => path.replace(/^\\/api/, '/v2')": "rewrite_path: {/api: /v2}"}),
    ("server: {proxy: {/api: {target: http://localhost:3001, changeOrigin: true}}}\n", "1:1", "unknown key 'server'", "write routes: {/api: {target: http://localhost:3001, change_origin: true}}", {"server: {proxy: {/api: {target: http://localhost:3001, changeOrigin: true}}}": "routes: {/api: {target: http://localhost:3001, change_origin: true}}"}),
    ("server:\n  proxy:\n    ^/api:\n      target: http://localhost:3001\n      ws: true\n      timeout: 3000\n      rewrite: (path) => path.replace(/^\\/api/, '')\n", "1:1", "unknown key 'server'", "write routes: {/api: {target: http://localhost:3001, timeout: 3000ms, strip_prefix: true}}", {"server:\n  proxy:\n    ^/api:\n      target: http://localhost:3001\n      ws: true\n      timeout: 3000\n      rewrite: (path) => path.replace(/^\\/api/, '')\n": "routes: {/api: {target: http://localhost:3001, timeout: 3000ms, strip_prefix: true}}"}),
    ("server: {proxy: {/api: {target: http://localhost:3001, pathRewrite: {^/api: /v2}}}}\n", "1:1", "unknown key 'server'", "write routes: {/api: {target: http://localhost:3001, rewrite_path: {/api: /v2}}}", {"server: {proxy: {/api: {target: http://localhost:3001, pathRewrite: {^/api: /v2}}}}": "routes: {/api: {target: http://localhost:3001, rewrite_path: {/api: /v2}}}"}),
    ("server: {proxy: http://localhost:3001}\n", "1:1", "unknown key 'server'", "write routes: {/: http://localhost:3001}", {"server: {proxy: http://localhost:3001}": "routes: {/: http://localhost:3001}"}),
    (in_cors("allow_origin_regex: '.*'"), "2:3", "unknown key 'allow_origin_regex' in cors", "name origins, as in allow_origins: [http://localhost:5173]; patterns are https://*.example.com or http://localhost:*; regexes over origins are refused on purpose: one that is a little too wide lets every site in, and one careless one can freeze the proxy", {"allow_origin_regex: '.*'": "allow_origins: [http://localhost:5173]"}),
    (in_route("timeout_ms: 3"), "4:5", "unknown key 'timeout_ms' in routes['/api']", "write timeout: 3ms", {"timeout_ms: 3": "timeout: 3ms"}),
    (in_route("timeoutSeconds: 30"), "4:5", "unknown key 'timeoutSeconds' in routes['/api']", "write timeout: 30s", {"timeoutSeconds: 30": "timeout: 30s"}),
    (in_route("timeout_minutes: 5000"), "4:5", "unknown key 'timeout_minutes' in routes['/api']", "write timeout: 24h", {"timeout_minutes: 5000": "timeout: 24h"}),
    (in_route("context: /api"), "4:5", "unknown key 'context' in routes['/api']", "remove it: the prefix is the key of its route, as in routes: {/api: http://localhost:3001}", {"    context: /api\n": ""}),
    (in_route("strip: true"), "4:5", "unknown key 'strip' in routes['/api']", "did you mean 'strip_prefix'? (the command line's name)", {"strip": "strip_prefix"}),
    (in_route("server_name: app.test"), "4:5", "unknown key 'server_name' in routes['/api']", "write hosts: [app.test]", {"server_name: app.test": "hosts: [app.test]"}),
    (at_top("hosts: [app.test]"), "1:1", "unknown key 'hosts'", "it belongs in a route, as in /: {target: http://localhost:3001, hosts: [app.test]}", {"hosts: [app.test]\n": "", "/: http://localhost:3001": "/: {target: http://localhost:3001, hosts: [app.test]}"}),
    (at_top("include: conf.d/*.yaml"), "1:10", "include is a list, found 'conf.d/*.yaml'", 'write include: ["conf.d/*.yaml"]', {"include: conf.d/*.yaml": 'include: ["conf.d/*.yaml"]'}),
    (at_top("include: [../shop/*.yaml]"), "1:11", "include: ../shop/*.yaml leads out of this file's folder", "move the files, and write shop/*.yaml", {"../": ""}),
    (at_top("include: [/etc/devproxy/conf.d/*.yaml]"), "1:11", "include: /etc/devproxy/conf.d/*.yaml leads out of this file's folder", "move the files, and write conf.d/*.yaml", {"/etc/devproxy/": ""}),
    (at_top("include: ['**/*.yaml']"), "1:11", "include: **/*.yaml would search every folder below", "name the folder, as in conf.d/*.yaml or apps/*/devproxy.yaml", {"**": "conf.d"}),
    (at_top("include: ['']"), "1:11", "include: an empty name", "write conf.d/*.yaml", {"''": "conf.d/*.yaml"}),
    (at_top("project: shop"), "1:1", "unknown key 'project'", "it is for files of projects: name those in include, as in include: [conf.d/*.yaml]", {"project: shop": "include: [conf.d/*.yaml]"}),
    (at_top("import: [conf.d/*.yaml]"), "1:1", "unknown key 'import'", "did you mean 'include'? (Caddy's name)", {"import": "include"}),
    # misspelled keys, and keys in the wrong place
    (at_top("listen: {prot: 8484}"), "1:10", "unknown key 'prot' in listen", "did you mean 'port'?", {"prot": "port"}),
    ("rotues: {/api: http://localhost:3001}\n", "1:1", "unknown key 'rotues'", "did you mean 'routes'?", {"rotues": "routes"}),
    ("Routes: {/api: http://localhost:3001}\n", "1:1", "unknown key 'Routes'", "did you mean 'routes'?", {"Routes": "routes"}),
    (at_top("port: 9000"), "1:1", "unknown key 'port'", "write listen: {port: 9000}", {"port: 9000": "listen: {port: 9000}"}),
    (at_top("listen: {host: localhost}\nport: 9000"), "2:1", "unknown key 'port'", "write port: 9000 below listen, line 1", {"\nport: 9000": "", "{host: localhost}": "{host: localhost, port: 9000}"}),
    (at_top("allow_origins: [https://app.example.com]"), "1:1", "unknown key 'allow_origins'", "write cors: {allow_origins: [https://app.example.com]}", {"allow_origins: [https://app.example.com]": "cors: {allow_origins: [https://app.example.com]}"}),
    ("target: http://localhost:3001\n", "1:1", "unknown key 'target'", "write routes: {/: http://localhost:3001}", {"target: http://localhost:3001": "routes: {/: http://localhost:3001}"}),
    (at_top("timeout: 5s"), "1:1", "unknown key 'timeout'", "it belongs in a route, as in /: {target: http://localhost:3001, timeout: 5s}", {"timeout: 5s\n": "", "/: http://localhost:3001": "/: {target: http://localhost:3001, timeout: 5s}"}),
    (in_route("allow_methods: [GET]"), "4:5", "unknown key 'allow_methods' in routes['/api']", "write cors: {allow_methods: [GET]}", {"allow_methods: [GET]": "cors: {allow_methods: [GET]}"}),
    (in_route("listen: {port: 9000}"), "4:5", "unknown key 'listen' in routes['/api']", "write listen: {port: 9000} at the top of the file", {"    listen: {port: 9000}\n": "", "routes:": "listen: {port: 9000}\nroutes:"}),
    (in_route("Accept-Language: de"), "4:5", "unknown key 'Accept-Language' in routes['/api']", "write headers: {request: {set: {Accept-Language: de}}}", {"Accept-Language: de": "headers: {request: {set: {Accept-Language: de}}}"}),
    (in_route("headers: {Authorization: Bearer abc}"), "4:15", "unknown key 'Authorization' in routes['/api'].headers", "write request: {set: {Authorization: …}}", {"Authorization: Bearer abc": "request: {set: {Authorization: Bearer abc}}"}),
    (in_route("headers: {request: {X-User: ann, X-Team: shop}}"), "4:25", "unknown key 'X-User' in routes['/api'].headers.request", "write set: {X-User: ann, X-Team: shop}", {"{X-User: ann, X-Team: shop}": "{set: {X-User: ann, X-Team: shop}}"}),
    (in_route("headers: {set: {X-User: ann}}"), "4:15", "unknown key 'set' in routes['/api'].headers", "write request: {set: {X-User: ann}}", {"set: {X-User: ann}": "request: {set: {X-User: ann}}"}),
    ("routes:\n/api: http://localhost:3001\n", "2:1", "unknown key '/api'", "write it below routes, line 1, and indent it", {"\n/api": "\n  /api"}),
    ("/api: http://localhost:3001\n", "1:1", "unknown key '/api'", "write routes: {/api: http://localhost:3001}", {"/api: http://localhost:3001": "routes: {/api: http://localhost:3001}"}),
    ("routes:\n  /api:\n  target: http://localhost:3001\n", "3:3", "'target' is a key of a route, not a path prefix", "indent it, so that it stands below /api:", {"  target": "    target"}),
    # sections and values of the wrong kind
    (at_top("listen: 9000"), "1:9", "listen is a mapping, found '9000'", "write listen: {port: 9000}", {"listen: 9000": "listen: {port: 9000}"}),
    (at_top("listen: localhost:9000"), "1:9", "listen is a mapping, found 'localhost:9000'", "write listen: {host: localhost, port: 9000}", {"listen: localhost:9000": "listen: {host: localhost, port: 9000}"}),
    (at_top("log: json"), "1:6", "log is a mapping, found 'json'", "write log: {format: json}", {"log: json": "log: {format: json}"}),
    (at_top("log: {level: warn}"), "1:14", "level must be debug, info, warning or error, found 'warn'", "write level: warning", {"level: warn": "level: warning"}),
    (at_top("log: {level: verbose}"), "1:14", "level must be debug, info, warning or error, found 'verbose'", "write level: debug", {"level: verbose": "level: debug"}),
    (at_top("log: {skip: [favicon.ico]}"), "1:14", "'favicon.ico' in skip matches no path", "write /favicon.ico", {"favicon.ico": "/favicon.ico"}),
    (at_top("cors: off"), "1:7", "cors is a mapping, found 'off'", "remove it; a route can say cors: passthrough", {"cors: off\n": ""}),
    (at_top("cors: '*'"), "1:7", "cors is a mapping, found '*'", 'write cors: {allow_origins: ["*"]}', {"cors: '*'": 'cors: {allow_origins: ["*"]}'}),
    (at_top("cors: [https://app.example.com]"), "1:7", "cors is a mapping, found a list", "write cors: {allow_origins: [https://app.example.com]}", {"cors: [https://app.example.com]": "cors: {allow_origins: [https://app.example.com]}"}),
    (in_route("cors: off"), "4:11", "cors of a route is a mapping or the word passthrough, found 'off'", "to leave the target's own CORS untouched, write cors: passthrough", {"cors: off": "cors: passthrough"}),
    (in_route("cors: true"), "4:11", "cors of a route is a mapping or the word passthrough, found 'true'", "remove it: pages on this machine are allowed without it", {"    cors: true\n": ""}),
    (in_route("cors: https://app.example.com"), "4:11", "cors of a route is a mapping or the word passthrough, found 'https://app.example.com'", "write cors: {allow_origins: [https://app.example.com]}", {"cors: https://app.example.com": "cors: {allow_origins: [https://app.example.com]}"}),
    (in_route("hosts: app.test"), "4:12", "hosts is a list, found 'app.test'", "write hosts: [app.test]", {"hosts: app.test": "hosts: [app.test]"}),
    (in_route("hosts: [http://app.test:8484]"), "4:13", "'http://app.test:8484' in hosts is not a host name", "write app.test", {"http://app.test:8484": "app.test"}),
    (in_route("hosts: [*.app.test]"), "4:14", "not valid YAML: did not find expected alphabetic or numeric character", 'quote it: "*.app.test" (a bare * starts a YAML alias)', {"*.app.test": '"*.app.test"'}),
    (in_route("hosts: [bücher.test]"), "4:13", "'bücher.test' in hosts is not a host name", "write xn--bcher-kva.test", {"bücher.test": "xn--bcher-kva.test"}),
    (in_route('hosts: ["*.bücher.test"]'), "4:13", "'*.bücher.test' in hosts is not a host name", "write *.xn--bcher-kva.test", {"bücher.test": "xn--bcher-kva.test"}),
    (at_top("listen: {allowed_hosts: [bücher.test]}"), "1:26", "'bücher.test' in allowed_hosts is not a host name", "write xn--bcher-kva.test", {"bücher.test": "xn--bcher-kva.test"}),
    (in_route('hosts: ["*"]'), "4:13", "'*' in hosts is not a host name", "remove it: without hosts a route answers under every name that no other one lists", {'    hosts: ["*"]\n': ""}),
    (in_route('hosts: ["*.com"]'), "4:13", "'*.com' in hosts takes names that others own: a page of theirs could be led here", 'write "*.app.com", with a name of your own', {"*.com": "*.app.com"}),
    (in_route("strip_prefix: yes"), "4:19", "strip_prefix must be true or false, found 'yes'", "write true", {"yes": "true"}),
    (in_route("strip_prefix: /api"), "4:19", "strip_prefix must be true or false, found '/api'", "write true", {"strip_prefix: /api": "strip_prefix: true"}),
    (in_route("block_cross_site: off"), "4:23", "block_cross_site must be true or false, found 'off'", "write false", {"off": "false"}),
    (in_route("change_origin: on"), "4:20", "change_origin must be auto, true or false, found 'on'", "write change_origin: true", {"change_origin: on": "change_origin: true"}),
    (in_route("target_origin: false"), "4:20", "target_origin must be auto, keep or remove, found 'false'", "write target_origin: auto", {"target_origin: false": "target_origin: auto"}),
    (in_route("timeout: 30"), "4:14", "timeout must be a duration from 1ms to 24h, such as 30s or 5m, found '30'", "30 what? write 30s", {"timeout: 30": "timeout: 30s"}),
    (in_route("timeout: 5000"), "4:14", "timeout must be a duration from 1ms to 24h, such as 30s or 5m, found '5000'", "5000 what? write 5000ms or 5000s", {"timeout: 5000": "timeout: 5000ms"}),
    (in_route("timeout: 5 min"), "4:14", "timeout must be a duration from 1ms to 24h, such as 30s or 5m, found '5 min'", "write 5m", {"5 min": "5m"}),
    (in_route("timeout: 0"), "4:14", "timeout must be a duration from 1ms to 24h, such as 30s or 5m, found '0'", "write 24h", {"timeout: 0": "timeout: 24h"}),
    (in_route("timeout:"), "4:5", "timeout has no value", "give it one, or remove it", {"    timeout:\n": ""}),
    (in_route("only_methods: GET|POST"), "4:19", "only_methods is a list, found 'GET|POST'", "write only_methods: [GET, POST]", {"only_methods: GET|POST": "only_methods: [GET, POST]"}),
    (in_route("only_methods: [get]"), "4:20", "'get' is no method that devproxy takes", "write GET", {"[get]": "[GET]"}),
    (in_route("headers: [X-Name: value]"), "4:14", "headers is a mapping, found a list", "write headers: {request: {set: {X-Name: value}}}", {"headers: [X-Name: value]": "headers: {request: {set: {X-Name: value}}}"}),
    (in_route("headers: {request: {set: [X-Name: value]}}"), "4:30", "set is a mapping, found a list", "write set: {X-Name: value}", {"set: [X-Name: value]": "set: {X-Name: value}"}),
    (in_route("headers: {request: {remove: X-Debug}}"), "4:33", "remove is a list, found 'X-Debug'", "write remove: [X-Debug]", {"remove: X-Debug": "remove: [X-Debug]"}),
    (in_route("headers: {request: {set: {Host: app.test}}}"), "4:31", "header 'Host' cannot be set", "remove it: change_origin decides which Host the target sees", {"Host: app.test": ""}),
    (in_route("headers: {response: {set: {Access-Control-Allow-Origin: '*'}}}"), "4:32", "header 'Access-Control-Allow-Origin' cannot be set here", "remove it: devproxy replaces the target's CORS headers by what the keys of cors say", {"Access-Control-Allow-Origin: '*'": ""}),
    (in_route("headers: {request: {set: {X User: ann}}}"), "4:31", "'X User' is not a header name", "write X-User", {"X User": "X-User"}),
    (at_top("listen: {port: 84840}"), "1:16", "port must be a whole number from 1 to 65535, found '84840'", "write 8484", {"84840": "8484"}),
    (at_top("listen: {port: 08080}"), "1:16", "port must be a whole number from 1 to 65535, found '08080'", "write 8080", {"08080": "8080"}),
    (at_top("listen: {port: 0x1F90}"), "1:16", "port must be a whole number from 1 to 65535, found '0x1F90'", "write 8080", {"0x1F90": "8080"}),
    (at_top("listen: {port: '12:30'}"), "1:16", "port must be a whole number from 1 to 65535, found '12:30'", "write 8484", {"'12:30'": "8484"}),
    (at_top("listen: {port: localhost:9000}"), "1:16", "port must be a whole number from 1 to 65535, found 'localhost:9000'", "write 9000", {"localhost:9000": "9000"}),
    (at_top("listen: {port: '9000:9000'}"), "1:16", "port must be a whole number from 1 to 65535, found '9000:9000'", "write 9000", {"'9000:9000'": "9000"}),
    (at_top("listen: {host: '*'}"), "1:16", "host must be a host name or an IP address, found '*'", "write localhost, or 0.0.0.0 to let the whole network in", {"'*'": "0.0.0.0"}),
    (at_top("listen: {host: http://localhost:8484}"), "1:16", "host must be a host name or an IP address, found 'http://localhost:8484'", "write localhost", {"http://localhost:8484": "localhost"}),
    (at_top("listen: {allowed_hosts: all}"), "1:25", "allowed_hosts is a list, found 'all'", "write allowed_hosts: [app.test]", {"allowed_hosts: all": "allowed_hosts: [app.test]"}),
    (at_top("listen: {allowed_hosts: [http://app.test:8484/]}"), "1:26", "'http://app.test:8484/' in allowed_hosts is not a host name", "write app.test", {"http://app.test:8484/": "app.test"}),
    (in_cors("max_age: 10m"), "2:12", "max_age must be a whole number from 0 to 86400, found '10m'", "write 600", {"10m": "600"}),
    (in_cors("max_age: -1"), "2:12", "max_age must be a whole number from 0 to 86400, found '-1'", "write 0", {"-1": "0"}),
    (in_cors("allow_credentials: include"), "2:22", "allow_credentials must be true or false, found 'include'", "write true", {"include": "true"}),
    (in_cors("allow_methods: [ALL]"), "2:19", "'ALL' is no method", 'write "*"', {"ALL": '"*"'}),
    (in_cors("allow_methods: ['GET, POST']"), "2:19", "'GET, POST' is not a method", 'list them one by one: ["GET", "POST"]', {"['GET, POST']": '["GET", "POST"]'}),
    (in_cors("allow_methods: [TRACE]"), "2:19", "'TRACE' is a method that no page may use", "remove it", {"TRACE": ""}),
    (in_cors("allow_headers: Content-Type, Authorization"), "2:18", "allow_headers is a list, found 'Content-Type, Authorization'", "write allow_headers: [Content-Type, Authorization]", {"allow_headers: Content-Type, Authorization": "allow_headers: [Content-Type, Authorization]"}),
    (in_cors("allow_headers: ['Content-Type: application/json']"), "2:19", "'Content-Type: application/json' is not a header name", "write Content-Type", {"'Content-Type: application/json'": "Content-Type"}),
    (in_cors("allow_headers: [X-*]"), "2:19", "'X-*' is no pattern: a star stands alone, for every name", 'write "*", or whole names', {"X-*": '"*"'}),
    (in_cors("allow_headers: [Cookie]"), "2:19", "'Cookie' is set by the browser, never by a page", "remove it; cookies travel with allow_credentials: true", {"Cookie": ""}),
    (in_cors("expose_headers: [Set-Cookie]"), "2:20", "'Set-Cookie' is never readable by a page", "remove it; the browser stores cookies itself", {"Set-Cookie": ""}),
    # origins
    (in_cors("allow_origins: http://localhost:5173, http://127.0.0.1:5173"), "2:18", "allow_origins is a list, found 'http://localhost:5173, http://127.0.0.1:5173'", "write allow_origins: [http://localhost:5173, http://127.0.0.1:5173]", {"allow_origins: http://localhost:5173, http://127.0.0.1:5173": "allow_origins: [http://localhost:5173, http://127.0.0.1:5173]"}),
    (in_cors("allow_origins: ['http://localhost:5173 http://127.0.0.1:5173']"), "2:19", "an origin has no blanks and no control characters: 'http://localhost:5173 http://127.0.0.1:5173' never matches the browser's Origin header", 'list them one by one: ["http://localhost:5173", "http://127.0.0.1:5173"]', {"['http://localhost:5173 http://127.0.0.1:5173']": '["http://localhost:5173", "http://127.0.0.1:5173"]'}),
    (in_cors("allow_origins:\n    -http://localhost:5173\n    -http://127.0.0.1:5173"), "3:5", "allow_origins is a list, found '-http://localhost:5173 -http://127.0.0.1:5173'", "write allow_origins: [http://localhost:5173, http://127.0.0.1:5173]", {"allow_origins:\n    -http://localhost:5173\n    -http://127.0.0.1:5173": "allow_origins: [http://localhost:5173, http://127.0.0.1:5173]"}),
    (in_cors("allow_origins: {https://app.example.com: true}"), "2:18", "allow_origins is a list, found a mapping", "write allow_origins: [https://app.example.com]", {"allow_origins: {https://app.example.com: true}": "allow_origins: [https://app.example.com]"}),
    (in_cors("allow_origins:\n    - origin: https://app.example.com"), "3:7", "item 1 of allow_origins is one value, found a mapping", "write https://app.example.com", {"origin: https://app.example.com": "https://app.example.com"}),
    (in_cors("allow_origins: []"), "2:18", "allow_origins is empty: no page could read any answer", 'write allow_origins: ["http://localhost:5173"], or leave it out for all local pages', {"allow_origins: []": 'allow_origins: ["http://localhost:5173"]'}),
    (in_cors("allow_origins: ['*']\n  allow_credentials: true"), "2:19", "'*' together with allow_credentials: true is refused by every browser", "list the origins, as in http://localhost:5173, or remove allow_credentials", {"  allow_credentials: true\n": ""}),
    (in_cors("allow_origins: [all]"), "2:19", "an origin starts with its scheme: 'all' never matches the browser's Origin header", 'write "*" for every page, or name them, as in http://localhost:5173', {"[all]": '["*"]'}),
    (origin("'https://*'"), "2:19", "a wildcard is either *. in front of the host or :* as the whole port: 'https://*' never matches the browser's Origin header", 'write "*" for every page, or name them, as in http://localhost:5173', {"'https://*'": '"*"'}),
    (origin("http://localhost:5173/"), "2:19", "an origin has no path: 'http://localhost:5173/' never matches the browser's Origin header", "write http://localhost:5173", {"http://localhost:5173/": "http://localhost:5173"}),
    (origin("http://localhost:5173/app"), "2:19", "an origin has no path: 'http://localhost:5173/app' never matches the browser's Origin header", "write http://localhost:5173", {"http://localhost:5173/app": "http://localhost:5173"}),
    (origin("localhost:5173"), "2:19", "an origin starts with its scheme: 'localhost:5173' never matches the browser's Origin header", "write http://localhost:5173", {"localhost:5173": "http://localhost:5173"}),
    (origin("5173"), "2:19", "an origin starts with its scheme: '5173' never matches the browser's Origin header", "write http://localhost:5173", {"5173": "http://localhost:5173"}),
    (origin("www.example.com"), "2:19", "an origin starts with its scheme: 'www.example.com' never matches the browser's Origin header", "write https://www.example.com", {"www.example.com": "https://www.example.com"}),
    (origin("HTTP://LocalHost:5173"), "2:19", "an origin is spelled in lower case: 'HTTP://LocalHost:5173' never matches the browser's Origin header", "write http://localhost:5173", {"HTTP://LocalHost:5173": "http://localhost:5173"}),
    (origin("http://localhost:80"), "2:19", "the default port of http is left out: 'http://localhost:80' never matches the browser's Origin header", "write http://localhost", {"http://localhost:80": "http://localhost"}),
    (origin("https://app.example.com:443"), "2:19", "the default port of https is left out: 'https://app.example.com:443' never matches the browser's Origin header", "write https://app.example.com", {"https://app.example.com:443": "https://app.example.com"}),
    (origin("ws://localhost:5173"), "2:19", "an origin is that of the page, so http instead of ws: 'ws://localhost:5173' never matches the browser's Origin header", "write http://localhost:5173", {"ws://localhost:5173": "http://localhost:5173"}),
    (origin("htpp://localhost:5173"), "2:19", "no page has the scheme htpp: 'htpp://localhost:5173' never matches the browser's Origin header", "write http://localhost:5173", {"htpp://localhost:5173": "http://localhost:5173"}),
    (origin("http//localhost:5173"), "2:19", "an origin starts with its scheme: 'http//localhost:5173' never matches the browser's Origin header", "write http://localhost:5173", {"http//localhost:5173": "http://localhost:5173"}),
    (origin("'http://::1:5173'"), "2:19", "a host is followed by one port, and an IPv6 address stands in brackets: 'http://::1:5173' never matches the browser's Origin header", "write http://[::1]:5173", {"'http://::1:5173'": "'http://[::1]:5173'"}),
    (origin("https://münchen.example"), "2:19", "a Unicode host is spelled in Punycode: 'https://münchen.example' never matches the browser's Origin header", "write https://xn--mnchen-3ya.example", {"https://münchen.example": "https://xn--mnchen-3ya.example"}),
    (origin("http://localhost*"), "2:19", "a wildcard is either *. in front of the host or :* as the whole port: 'http://localhost*' never matches the browser's Origin header", "write http://localhost:*", {"http://localhost*": "http://localhost:*"}),
    (origin("http://localhost:3*"), "2:19", "a wildcard is either *. in front of the host or :* as the whole port: 'http://localhost:3*' never matches the browser's Origin header", "write http://localhost:*", {"http://localhost:3*": "http://localhost:*"}),
    (origin("http://localhost:3000-3010"), "2:19", "a port is a number from 1 to 65535: 'http://localhost:3000-3010' never matches the browser's Origin header", "write http://localhost:*", {"http://localhost:3000-3010": "http://localhost:*"}),
    (origin("'*.example.com'"), "2:19", "a wildcard is either *. in front of the host or :* as the whole port: '*.example.com' never matches the browser's Origin header", "write https://*.example.com", {"'*.example.com'": "https://*.example.com"}),
    (origin("https://app-*.example.com"), "2:19", "a wildcard is either *. in front of the host or :* as the whole port: 'https://app-*.example.com' never matches the browser's Origin header", "write https://*.example.com", {"https://app-*.example.com": "https://*.example.com"}),
    (origin("http://localhost:5173/*"), "2:19", "a wildcard is either *. in front of the host or :* as the whole port: 'http://localhost:5173/*' never matches the browser's Origin header", "write http://localhost:5173", {"http://localhost:5173/*": "http://localhost:5173"}),
    (origin("'^http://localhost:\\d+$'"), "2:19", "an origin is no regular expression: '^http://localhost:\\\\d+$' never matches the browser's Origin header", "write http://localhost:*", {"'^http://localhost:\\d+$'": "http://localhost:*"}),
    (origin("'/^https:\\/\\/.*\\.example\\.com$/'"), "2:19", "an origin is no regular expression: '/^https:\\\\/\\\\/.*\\\\.example\\\\.com$/' never matches the browser's Origin header", "write https://*.example.com", {"'/^https:\\/\\/.*\\.example\\.com$/'": "https://*.example.com"}),
    (origin("'https?://localhost:5173'"), "2:19", "an origin is no regular expression: 'https?://localhost:5173' never matches the browser's Origin header", "write http://localhost:5173", {"'https?://localhost:5173'": "http://localhost:5173"}),
    ("cors:\n  allow_origins: [file:///index.html]\nroutes: {/: http://localhost:3001}\n", "2:19", "pages of file: have the origin null: 'file:///index.html' never matches the browser's Origin header", "write null, with allow_credentials: false", {"file:///index.html": "null", "\nroutes": "\n  allow_credentials: false\nroutes"}),
    ("cors:\n  allow_origins: [null]\nroutes: {/: http://localhost:3001}\n", "2:19", "'null' is the origin of every sandboxed frame, data: page and opened file: with credentials, any site could act as the user", "write allow_credentials: false, or serve the page from http://localhost and list that", {"\nroutes": "\n  allow_credentials: false\nroutes"}),
    # prefixes
    (in_routes("api: http://localhost:3001"), "2:3", "route 'api' must start with '/'", "write /api", {"api": "/api"}),
    (in_routes("/api/*: http://localhost:3001"), "2:3", "route '/api/*' has a '*': a prefix takes everything below it without one", "write /api", {"/api/*": "/api"}),
    (in_routes("/api/**: http://localhost:3001"), "2:3", "route '/api/**' has a '*': a prefix takes everything below it without one", "write /api", {"/api/**": "/api"}),
    (in_routes("^/api: http://localhost:3001"), "2:3", "route '^/api' must start with '/'", "write /api", {"^/api": "/api"}),
    (in_routes("/users/:id: http://localhost:3001"), "2:3", "route '/users/:id' is a pattern: a prefix is compared letter by letter, and takes everything below it", "write /users", {"/users/:id": "/users"}),
    (in_routes("/api/{id}: http://localhost:3001"), "2:3", "route '/api/{id}' is a pattern: a prefix is compared letter by letter, and takes everything below it", "write /api", {"/api/{id}": "/api"}),
    (in_routes("(/api|/auth): http://localhost:3001"), "2:3", "route '(/api|/auth)' must start with '/'", "write /api", {"(/api|/auth)": "/api"}),
    (in_routes("PathPrefix(`/api`): http://localhost:3001"), "2:3", "route 'PathPrefix(`/api`)' must start with '/'", "write /api", {"PathPrefix(`/api`)": "/api"}),
    (in_routes("localhost:8484/api: http://localhost:3001"), "2:3", "route 'localhost:8484/api' must start with '/'", "write /api", {"localhost:8484/api": "/api"}),
    (in_routes("'*': http://localhost:3001"), "2:3", "route '*' must start with '/'", "write /", {"'*'": "/"}),
    (in_routes("/api: http://localhost:3001\n  /api: http://localhost:3002"), "3:3", "duplicate route '/api'", "first defined on line 2; YAML would silently keep only the last one: remove one, or join them", {"\n  /api: http://localhost:3002": ""}),
    (in_routes("/api: http://localhost:3001\n  /api/: http://localhost:3002"), "3:3", "duplicate route '/api'", "'/api' is the same prefix, defined on line 2: remove one", {"\n  /api/: http://localhost:3002": ""}),
    (in_routes("- path: /api\n    target: http://localhost:3001"), "2:3", "routes is a mapping of path prefix to target", "write   /api: http://localhost:3001", {"- path: /api\n    target: http://localhost:3001": "/api: http://localhost:3001"}),
    (in_routes("/api:http://localhost:3001"), "2:3", "routes is a mapping of path prefix to target", "write   /api: http://localhost:3001", {"/api:http://localhost:3001": "/api: http://localhost:3001"}),
    (in_routes("/api -> http://localhost:3001"), "2:3", "routes is a mapping of path prefix to target", "write   /api: http://localhost:3001", {"/api -> http://localhost:3001": "/api: http://localhost:3001"}),
    ("routes: http://localhost:3001\n", "1:9", "routes is a mapping of path prefix to target", "write routes: {/: http://localhost:3001}", {"routes: http://localhost:3001": "routes: {/: http://localhost:3001}"}),
    ("listen: {port: 9000}\nroutes:\n", "2:1", "there are no routes", "write routes: and below it   /api: http://localhost:3001", {"routes:\n": "routes:\n  /api: http://localhost:3001\n"}),
    # targets
    (in_routes("/api: localhost:3001"), "2:9", "target 'localhost:3001' is not a URL", "add the scheme: http://localhost:3001", {"localhost:3001": "http://localhost:3001"}),
    (in_routes("/api: 3001"), "2:9", "target '3001' is not a URL", "write the whole URL: http://localhost:3001", {"3001": "http://localhost:3001"}),
    (in_routes("/api: :3001"), "2:9", "target ':3001' is not a URL", "write the whole URL: http://localhost:3001", {" :3001": " http://localhost:3001"}),
    (in_routes("/api: http:/localhost:3001"), "2:9", "target 'http:/localhost:3001' is not a URL", "write http://localhost:3001", {"http:/localhost:3001": "http://localhost:3001"}),
    (in_routes("/api: tcp://localhost:3001"), "2:9", "target 'tcp://localhost:3001' has the scheme 'tcp'", "targets are http or https: http://localhost:3001", {"tcp://localhost:3001": "http://localhost:3001"}),
    (in_routes("/api: http://localhost: 3001"), "2:25", "not valid YAML: mapping values are not allowed here", "write http://localhost:3001", {"http://localhost: 3001": "http://localhost:3001"}),
    (in_routes("/api: http://localhost:3001,"), "2:9", "target 'http://localhost:3001,' has no valid port", "write http://localhost:3001", {"http://localhost:3001,": "http://localhost:3001"}),
    (in_routes("/api: [http://localhost:3001, http://localhost:3002]"), "2:9", "route '/api' is a target or a mapping, found a list", "write one URL: http://localhost:3001", {"[http://localhost:3001, http://localhost:3002]": "http://localhost:3001"}),
    (in_routes("/api: {target: {host: localhost, port: 3001}}"), "2:18", "target is one value, found a mapping", "write target: http://localhost:3001", {"target: {host: localhost, port: 3001}": "target: http://localhost:3001"}),
    (in_routes("/api: http://localhost:3001?debug=1"), "2:9", "target 'http://localhost:3001?debug=1' has a query or a fragment", "write http://localhost:3001", {"http://localhost:3001?debug=1": "http://localhost:3001"}),
    (in_routes("/api: http://localhost:300001"), "2:9", "target 'http://localhost:300001' has no valid port", "name the port that the target listens on, from 1 to 65535, as in http://localhost:3001", {"300001": "3001"}),
    (in_routes("/api: http://localhost:8484"), "2:9", "route /api targets devproxy itself (port 8484): this loops", "name the port of the server behind it, as in http://localhost:3001", {"8484": "3001"}),
    (in_routes("/api:"), "2:3", "route '/api' has no target", "add target: http://localhost:3001", {"/api:": "/api:\n    target: http://localhost:3001"}),
    (in_routes("/api: ''"), "2:9", "target '' is not a URL", "write a URL such as http://localhost:3001", {"''": "http://localhost:3001"}),
    (in_routes("/api: '-> http://localhost:3001'"), "2:9", "target '-> http://localhost:3001' has blanks or control characters", "write http://localhost:3001", {"'-> http://localhost:3001'": "http://localhost:3001"}),
    (in_routes("/api: http://127.1:3001"), "2:9", "target 'http://127.1:3001' spells an IPv4 address in another way than 127.0.0.1", "write http://127.0.0.1:3001", {"http://127.1:3001": "http://127.0.0.1:3001"}),
    (in_routes("/api: '::1'"), "2:9", "target '::1' is not a URL", "add the scheme: http://[::1]", {"'::1'": "http://[::1]"}),
    (in_routes("/api: 'http://localhost:3001 '"), "2:9", "target 'http://localhost:3001 ' has blanks or control characters", "write http://localhost:3001", {"'http://localhost:3001 '": "http://localhost:3001"}),
    (in_routes("/api: file:///x"), "2:9", "target 'file:///x' has the scheme 'file'", "write a URL such as http://localhost:3001", {"file:///x": "http://localhost:3001"}),
    (in_routes("/a b: http://localhost:3001"), "2:3", "route '/a b' has characters that no path has", "write /a%20b", {"/a b": "/a%20b"}),
    (in_routes("${PORT}: http://localhost:3001"), "2:3", "route '${PORT}' has a variable, and keys take none", "write out what it holds, as in /api", {"${PORT}": "/api"}),
    (at_top("listen: {host: '[::1]'}"), "1:16", "host must be a host name or an IP address, found '[::1]'", 'write "::1"', {"'[::1]'": '"::1"'}),
    # variables
    (in_routes("/api: $API_URL"), "2:9", "target '$API_URL' is not a URL", "write ${API_URL}", {"$API_URL": "${API_URL}"}),
    (in_routes("/api: http://localhost:$PORT"), "2:9", "target 'http://localhost:$PORT' has no valid port", "write http://localhost:${PORT}", {"$PORT": "${PORT}"}),
    (in_routes("/api: http://localhost:${PORT:3001}"), "2:9", "${ begins no variable: '${PORT:3001}'", "write ${PORT:-3001}", {"${PORT:3001}": "${PORT:-3001}"}),
    (in_routes("/api: ${env.API_URL}"), "2:9", "${ begins no variable: '${env.API_URL}'", "write ${API_URL}", {"${env.API_URL}": "${API_URL}"}),
    (in_routes("/api: ${{ API_URL }}"), "2:9", "${ begins no variable: '${{ API_URL }}'", "write ${API_URL}", {"${{ API_URL }}": "${API_URL}"}),
    (in_routes("/api: {{ API_URL }}"), "2:10", "a key is one word", 'for a variable write "${API_URL}"', {"{{ API_URL }}": '"${API_URL}"'}),
    (in_routes("/api: '%API_URL%'"), "2:9", "target '%API_URL%' is not a URL", "write ${API_URL}", {"%API_URL%": "${API_URL}"}),
    (in_routes("/api: %API_URL%"), "2:9", "not valid YAML: found character that cannot start any token", "write ${API_URL}", {"%API_URL%": "${API_URL}"}),
    (in_routes("/api: process.env.API_URL"), "2:9", "target 'process.env.API_URL' is not a URL", "write ${API_URL}", {"process.env.API_URL": "${API_URL}"}),
    (in_routes("/api: !env API_URL"), "2:9", "YAML tags have no meaning here", "write ${API_URL}", {"!env API_URL": "${API_URL}"}),
    (in_routes("/api: ${SHOP_URL}"), "2:9", "environment variable SHOP_URL is not set", "set it, or give a default: ${SHOP_URL:-http://localhost:3001}", {"${SHOP_URL}": "${SHOP_URL:-http://localhost:3001}"}),
    (in_routes("/api: http://localhost:${PORT"), "2:9", "${ is not closed", "add the closing }; write ${NAME} or ${NAME:-default}; $${ for the characters themselves", {"${PORT": "${PORT}"}),
    ("routes: {/api: http://localhost:${PORT}}\n", "1:34", "not valid YAML: did not find expected ',' or '}'", 'between { } and [ ], quote what has a variable in it: "http://localhost:${PORT}"', {"http://localhost:${PORT}": '"http://localhost:${PORT}"'}),
    (in_route("headers: {request: {set: {Authorization: Bearer ${TOKEN}}}}"), "4:54", "not valid YAML: did not find expected ',' or '}'", 'between { } and [ ], quote what has a variable in it: "Bearer ${TOKEN}"', {"Bearer ${TOKEN}": '"Bearer ${TOKEN}"'}),
    (in_routes("/api: $(API_URL)"), "2:9", "target '$(API_URL)' is not a URL", "write ${API_URL}", {"$(API_URL)": "${API_URL}"}),
    (in_routes("/api: ${EMPTY-http://localhost:4000}"), "2:9", "environment variable EMPTY is empty", "set it, or write ${EMPTY:-http://localhost:4000}", {"${EMPTY-": "${EMPTY:-"}),
    (in_routes("/api: ${EMPTY}"), "2:9", "environment variable EMPTY is empty", "set it, or write ${EMPTY:-http://localhost:3001}", {"${EMPTY}": "${EMPTY:-http://localhost:3001}"}),
    (in_routes("/api: ${PUBLIC_URL}/v1"), "2:9", "${PUBLIC_URL} stands in the host of a public target: a file could send its value anywhere", "let one variable hold the whole URL, as in target: ${PUBLIC_URL}, or write the host out", {"${PUBLIC_URL}/v1": "${PUBLIC_URL}"}),
    (at_top("listen:\n  port: ${NONE}"), "2:9", "environment variable NONE is not set", "set it, or give a default: ${NONE:-8484}", {"${NONE}": "${NONE:-8484}"}),
    (in_cors("allow_origins:\n    - ${NONE}"), "3:7", "environment variable NONE is not set", "set it, or give a default: ${NONE:-http://localhost:5173}", {"${NONE}": "${NONE:-http://localhost:5173}"}),
    # YAML
    (in_routes("/api: {target: http://[::1]:3001}"), "2:25", "not valid YAML: did not find expected ',' or '}'", 'quote it: "http://[::1]:3001" (a bare [ starts a YAML list)', {"http://[::1]:3001": '"http://[::1]:3001"'}),
    (in_routes("/api: [::1]:3001"), "2:10", "not valid YAML: did not find expected node content", 'quote it: "http://[::1]:3001" (a bare [ starts a YAML list)', {"[::1]:3001": '"http://[::1]:3001"'}),
    (at_top("listen:\n  host: [::1]"), "2:10", "not valid YAML: did not find expected node content", 'write "::1" (a bare [ starts a YAML list)', {"[::1]": '"::1"'}),
    (in_routes(f"/{'a' * 1100}: http://localhost:3001"), "2:3", "not valid YAML: a key has at most 1024 characters", "write a shorter one, such as /api", {f"/{'a' * 1100}": "/api"}),
    (f"routes: {{'/{'a' * 1100}': http://localhost:3001}}\n", "1:10", "not valid YAML: a key has at most 1024 characters", "write a shorter one, such as /api", {f"'/{'a' * 1100}'": "/api"}),
    (in_cors("allow_origins: [*]"), "2:20", "not valid YAML: did not find expected alphabetic or numeric character", 'quote the star: "*" (a bare * starts a YAML alias)', {"[*]": '["*"]'}),
    (in_cors("allow_headers: [Accept: text/html]"), "2:19", "item 1 of allow_headers is one value, found a mapping", "write Accept", {"[Accept: text/html]": "[Accept]"}),
    (at_top("log: {skip: [*.png]}"), "1:15", "not valid YAML: did not find expected alphabetic or numeric character", 'quote it: "*.png" (a bare * starts a YAML alias)', {"*.png": '"*.png"'}),
    (in_routes("/api: `http://localhost:3001`"), "2:9", "not valid YAML: found character that cannot start any token", "write http://localhost:3001", {"`http://localhost:3001`": "http://localhost:3001"}),
    ("routes:\n\t/api: http://localhost:3001\n", "2:1", "not valid YAML: found character that cannot start any token", "write spaces instead: YAML does not allow tabs here", {"\t": "  "}),
    (in_routes("/api:\thttp://localhost:3001"), "2:8", "not valid YAML: found character that cannot start any token", "write spaces instead: YAML does not allow tabs here", {"\t": " "}),
    (in_routes("/api: 'http://localhost:3001"), "2:9", "not valid YAML: a quotation mark is not closed", "write 'http://localhost:3001'", {"'http://localhost:3001": "'http://localhost:3001'"}),
    (in_routes("/api: “http://localhost:3001”"), "2:9", "“ is no quotation mark to YAML", 'write "http://localhost:3001"', {"“http://localhost:3001”": '"http://localhost:3001"'}),
    (in_routes("/api: http\uff1a//localhost:3001"), "2:9", "\uff1a is no colon to YAML", "write an ordinary : instead", {"\uff1a": ":"}),
    ("routes\uff1a\n  /api: http://localhost:3001\n", "1:1", "\uff1a is no colon to YAML", "write an ordinary : instead", {"\uff1a": ":"}),
    ("routes:\n\u00a0\u00a0/api: http://localhost:3001\n", "2:1", "U+00A0 looks like a blank and is none", "write an ordinary space, or nothing", {"\u00a0\u00a0": "  "}),
    (in_routes("/api: http://localhost:3001\u200b"), "2:9", "U+200B looks like a blank and is none", "write an ordinary space, or nothing", {"\u200b": ""}),
    (in_cors("allow_origins: - https://app.example.com"), "2:18", "not valid YAML: sequence entries are not allowed here", "begin the list on the next line, or write it in brackets: [a, b]", {"- https://app.example.com": "[https://app.example.com]"}),
    (in_cors("allow_origins:\n    \u2013 http://localhost:5173"), "3:5", "\u2013 is no dash to YAML", "write an ordinary - instead", {"\u2013": "-"}),
    (in_cors("allow_origins:\n  -https://app.example.com"), "3:3", "not valid YAML: could not find expected ':'", "write - https://app.example.com, with a space after the dash", {"-https": "- https"}),
    ("routes\n  /api: http://localhost:3001\n", "2:7", "not valid YAML: mapping values are not allowed here", "write routes: on line 1, with a colon", {"routes": "routes:"}),
    (in_routes("/api: http://localhost:3001\n    /b: http://localhost:3002"), "3:7", "not valid YAML: mapping values are not allowed here", "indent it like line 2", {"    /b": "  /b"}),
    (in_routes("/api: http://localhost:3001\n /b: http://localhost:3002"), "3:2", "not valid YAML: did not find expected <block end>", "indent the keys of one mapping, or the dashes of one list, alike", {"\n /b": "\n  /b"}),
    (in_routes("'/api': 'http://localhost:3001',"), "2:34", "not valid YAML: did not find expected <block end>", "remove the comma: lines end without one", {"',\n": "'\n"}),
    ('{\n  "routes": {"/api": "http://localhost:3001"} // the API\n}\n', "2:47", "not valid YAML: did not find expected ',' or '}'", "a comment begins with #, on a line of its own between { }", {" // the API": "\n  # the API"}),
    ("// routes\nroutes: {/api: http://localhost:3001}\n", "1:1", "not valid YAML: a comment begins with #", "write # instead", {"//": "#"}),
    ('{"routes": {"/api": "http://localhost:3001"}\n', "2:1", "not valid YAML: did not find expected ',' or '}'", "separate with commas, and close the { of line 1 with }", {"}\n": "}}\n"}),
    ("routes: {/api: http://localhost:3001}\n---\nlog: {}\n", "2:1", "a configuration is one YAML document", "remove this --- and what follows", {"---\nlog: {}\n": ""}),
    ("routes: {/api: http://localhost:3001}\nlog: {}\nlog: {}\n", "3:1", "duplicate key 'log'", "first defined on line 2; YAML would silently keep only the last one: remove one, or join them", {"log: {}\nlog: {}\n": "log: {}\n"}),
    (in_route("only_methods: [GET: POST]"), "4:20", "item 1 of only_methods is one value, found a mapping", "write GET", {"[GET: POST]": "[GET]"}),
    ("# nothing yet\n", "1:1", "proxy.yaml is empty", "it needs routes: and below it   /api: http://localhost:3001", {"# nothing yet": "routes:\n  /api: http://localhost:3001"}),
    ("- /api\n", "1:1", "a configuration is a mapping, found a list", "write routes: and below it   /api: http://localhost:3001", {"- /api": "routes:\n  /api: http://localhost:3001"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "place", "message", "hint", "edits"), MISTAKES, ids=lambda value: repr(value)[:60]
)
def test_mistakes(text, place, message, hint, edits):
    """A mistake is one error, at its place, and the file is good once the hint is followed to the letter."""
    (problem,) = errors(text)
    assert f"{problem.place.line}:{problem.place.column}" == place
    assert (problem.message, problem.hint) == (message, hint)
    assert follows(hint, edits)
    for old, new in edits.items():
        assert old in text
        text = text.replace(old, new, 1)
    assert errors(text) == []


def follows(hint, edits):
    """Whether the edits write nothing that the hint does not say; whitespace and what was there already is free."""
    if any(new.strip() and new.strip() in hint for new in edits.values()):
        return True
    words = [
        word.strip("{}[],'\"")
        for old, new in edits.items()
        for word in new.split()
        if word.strip("{}[],'\"") not in old
    ]
    if words:
        return all(word in hint for word in words)
    return any(verb in hint for verb in ("remove", "space", "indent", "write", "quote", "close"))


def test_a_mistake_inside_of_a_mistake():
    """Where it is clear which key was meant, what is wrong with its value is told in the same run, at its place."""
    text = "proxy:\n  /api:\n    url: localhost:3001\n    changeOrigin: maybe\n    cors: {origins: [http://a/]}\n"
    assert [(f"{p.place.line}:{p.place.column}", p.hint) for p in errors(text)] == [
        ("1:1", "did you mean 'routes'? (Vite's and Create React App's name)"),
        ("3:5", "did you mean 'target'?"),
        ("3:10", "add the scheme: http://localhost:3001"),
        ("4:5", "write change_origin: auto"),
        ("5:12", "did you mean 'allow_origins'? (Flask-CORS's name)"),
        ("5:22", "write http://a"),
    ]


def told(text):
    """What a user reads about a text."""
    return "\n".join(render(problem, source_lines(text)) for problem in errors(text))


# fmt: off
BLOCKS = {
    "a key": (
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
    "no YAML": (
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
    "two values": (
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
    "a flag": (
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
          = help: write cors: {allow_origins: ["http://localhost:5173"]} with the origin of your page
        """,
    ),
}
# fmt: on


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks(name):
    """A user reads the message, the place, the line itself with a caret below, and what to write instead."""
    text, expected = BLOCKS[name]
    assert told(dedent(text).removeprefix("\n")) == dedent(expected).strip()
