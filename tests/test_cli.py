"""What a user types, and what is run."""

import json
import os
import shlex
import subprocess
import sys

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from devproxy import __version__
from devproxy.browser.fetch import judge
from devproxy.check import Result
from devproxy.cli import main
from devproxy.errors import StartError, TargetError
from devproxy.headers import Headers
from devproxy.message import ResponseHead

ROUTES = "routes:\n  /api: http://localhost:3001\n"


@pytest.fixture
def served(monkeypatch):
    """Collects the configurations that would be served, instead of serving them."""
    configs = []
    monkeypatch.setattr("devproxy.serve.run", lambda config, *_: configs.append(config))
    return configs


def invoke(*arguments):
    return CliRunner().invoke(main, arguments)


def routes(config):
    return {route.prefix: str(route.target) for route in config.routes}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["http://localhost:3001"], {"/": "http://localhost:3001"}),
        (["3001"], {"/": "http://localhost:3001"}),
        ([":3001"], {"/": "http://localhost:3001"}),
        (["api=3001", "/=5173"], {"/api": "http://localhost:3001", "/": "http://localhost:5173"}),
        (["--port", "9000", "3001"], {"/": "http://localhost:3001"}),
        (["run", "3001"], {"/": "http://localhost:3001"}),
    ],
)
def test_targets_are_served(served, arguments, expected):
    """The main job needs no command of its own."""
    assert invoke(*arguments).exit_code == 0
    assert routes(served[0]) == expected


def test_flags_go_before_the_defaults(served):
    """Host, port and further origins."""
    invoke("3001", "--host", "127.0.0.1", "--port", "9000", "--allow-origin", "https://app.example.com")
    assert (served[0].listen.host, served[0].listen.port) == ("127.0.0.1", 9000)
    assert served[0].site_policy.allows("https://app.example.com")
    assert served[0].site_policy.allows("http://localhost:5173")


def test_a_config_file_is_served_and_flags_go_before_it(served, tmp_path):
    """Flags beat the file."""
    file = tmp_path / "proxy.yaml"
    file.write_text(f"listen: {{port: 9001}}\ncors: {{allow_origins: ['https://a.example.com']}}\n{ROUTES}")
    assert invoke("--config", str(file)).exit_code == 0
    assert invoke("-c", str(file), "-p", "9002", "--allow-origin", "https://b.example.com").exit_code == 0
    assert [config.listen.port for config in served] == [9001, 9002]
    assert [config.site_policy.allows("https://b.example.com") for config in served] == [False, True]
    assert all(config.site_policy.allows("https://a.example.com") for config in served)


def test_a_file_in_this_folder_is_found(served, tmp_path, monkeypatch):
    """`devproxy` alone uses ./proxy.yaml first, then its other names."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "devproxy.yml").write_text("routes:\n  /: http://localhost:1\n")
    assert invoke().exit_code == 0
    (tmp_path / "proxy.yaml").write_text(ROUTES)
    assert invoke("--port", "9000").exit_code == 0
    assert [routes(config) for config in served] == [
        {"/": "http://localhost:1"},
        {"/api": "http://localhost:3001"},
    ]


def test_targets_go_before_a_file(served, tmp_path):
    """And it is said that the file is not read."""
    result = invoke("--config", str(tmp_path / "none.yaml"), "3001")
    assert routes(served[0]) == {"/": "http://localhost:3001"}
    assert "none.yaml is not read" in result.output


def test_without_anything_to_proxy_it_says_what_to_type(served, tmp_path, monkeypatch):
    """A question and four examples, as a usage error."""
    monkeypatch.chdir(tmp_path)
    result = invoke()
    assert result.exit_code == 2
    assert result.output.startswith("What do you want to proxy?\n")
    assert result.output.count("  devproxy ") == 4
    assert not served


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ftp://localhost"], "has the scheme 'ftp'"),
        (["--config", "no-such-file.yaml"], "no-such-file.yaml"),
        (["3001", "--allow-origin", "http://localhost:5173/"], "http://localhost:5173"),
    ],
)
def test_what_cannot_be_served_is_explained(served, arguments, message):
    """Exit code 1, an error that names the fix, no traceback."""
    result = invoke(*arguments)
    assert result.exit_code == 1
    assert result.output.startswith("error: ")
    assert message in result.output
    assert result.output.endswith("devproxy did not start\n")
    assert not served


def test_a_mistake_in_a_file_is_shown_with_its_line(served, tmp_path):
    """File, line, the line itself and a hint."""
    file = tmp_path / "proxy.yaml"
    file.write_text("routes:\n  /api: localhost:3001\n")
    result = invoke("--config", str(file))
    assert result.exit_code == 1
    assert f"--> {file}:2:" in result.output
    assert "/api: localhost:3001" in result.output
    assert "= help: " in result.output


def test_version_and_help_need_no_traffic_floor(monkeypatch):
    """They are quick: neither aiohttp nor pydantic is imported."""
    assert invoke("--version").output == f"devproxy {__version__}\n"
    text = invoke("--help").output
    assert text.startswith("Usage: devproxy [TARGET… | PREFIX=TARGET…]")
    assert "--allow-origin ORIGIN" in text
    assert "demo" in text


def test_the_demo_is_a_command(monkeypatch):
    """`devproxy demo` runs it."""
    ran = []
    monkeypatch.setattr("devproxy.demo.run.run", ran.append)
    assert invoke("demo").exit_code == 0
    assert len(ran) == 1


def test_a_demo_that_cannot_start_says_why(monkeypatch):
    """No traceback."""

    def refuse(_console):
        raise StartError("no port is free")

    monkeypatch.setattr("devproxy.demo.run.run", refuse)
    result = invoke("demo")
    assert result.exit_code == 1
    assert result.output.startswith("error: no port is free")


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ([], ("127.0.0.1", 3001)),
        (["--host", "0.0.0.0", "--port", "3002"], ("0.0.0.0", 3002)),
    ],
)
def test_the_demo_may_be_a_backend_alone(monkeypatch, options, place):
    """On loopback, at the port of the examples, if nothing else is said."""
    ran = []
    monkeypatch.setattr("devproxy.demo.run.run_backend", lambda _console, *where: ran.append(where))
    assert invoke("demo", "--backend-only", *options).exit_code == 0
    assert ran == [place]


@pytest.mark.parametrize("option", [["--host", "0.0.0.0"], ["--port", "3001"]])
def test_the_whole_demo_takes_free_ports(option):
    """What it would not do is refused, in words."""
    result = invoke("demo", *option)
    assert result.exit_code == 2
    assert "--host and --port go with --backend-only" in result.output


def test_output_that_cannot_be_encoded_is_no_crash(monkeypatch):
    """A Windows console may know nothing but cp1252."""
    calls = []

    class Stream:
        encoding = "cp1252"

        def reconfigure(self, **options):
            calls.append(options)

    monkeypatch.setattr(sys, "stdout", Stream())
    monkeypatch.setattr(sys, "stderr", Stream())
    main.callback()
    assert calls == [{"errors": "replace"}] * 2


def test_a_first_configuration_is_written(tmp_path, monkeypatch):
    """From targets and flags, or from the folder; a file that is there stays, unless told otherwise."""
    monkeypatch.chdir(tmp_path)
    result = invoke("init", "api=3001", "--port", "9000")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "next: devproxy")
    assert invoke("validate").exit_code == 0
    result = invoke("init", "3001")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: proxy.yaml is there already")
    assert "port: 9000" in (tmp_path / "proxy.yaml").read_text()
    (tmp_path / "package.json").write_text('{"devDependencies": {"vite": "8"}}')
    assert invoke("init", "--force").exit_code == 0
    assert "/: http://localhost:5173" in (tmp_path / "proxy.yaml").read_text()


def test_a_configuration_of_another_name_is_not_put_in_the_shade(tmp_path, monkeypatch):
    """proxy.yaml would go before it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "devproxy.yml").write_text(ROUTES)
    assert invoke("init", "3001").exit_code == 1
    assert invoke("init", "3001", "--force").exit_code == 0
    assert [file.name for file in tmp_path.iterdir()] == ["devproxy.yml"]


def test_a_first_configuration_on_stdout(tmp_path, monkeypatch):
    """Nothing but YAML, and no file."""
    monkeypatch.chdir(tmp_path)
    result = invoke("init", "3001", "--stdout")
    assert result.exit_code == 0
    assert result.output.endswith("routes:\n  /: http://localhost:3001\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code"), [([], 1), (["ftp://x"], 2), (["3001", "--host", "a b"], 2), (["--no"], 2)]
)
def test_a_first_configuration_that_cannot_be_made(tmp_path, monkeypatch, arguments, code):
    """1 where there is nothing to start from, 2 for what was typed."""
    monkeypatch.chdir(tmp_path)
    assert invoke("init", *arguments).exit_code == code
    assert list(tmp_path.iterdir()) == []


def test_a_good_file_is_valid(tmp_path):
    """Exit code 0, and it says so."""
    file = tmp_path / "proxy.yaml"
    file.write_text(ROUTES)
    result = invoke("validate", str(file))
    assert (result.exit_code, result.output) == (0, f"no problems in {file}\n")


def test_every_problem_of_a_file_is_shown(tmp_path, monkeypatch):
    """Errors and warnings, for people and as JSON; the file in this folder needs no name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "proxy.yaml").write_text("listen: {prot: 1}\nroutes: {/api: '4000'}\n")
    result = invoke("validate")
    assert result.exit_code == 1
    assert result.output.count("error: ") == 2
    found = json.loads(invoke("validate", "--json").output)
    assert [(problem["line"], problem["severity"]) for problem in found] == [(1, "error"), (2, "error")]


def test_without_a_file_there_is_nothing_to_validate(tmp_path, monkeypatch):
    """A usage error that says which names are looked for."""
    monkeypatch.chdir(tmp_path)
    result = invoke("validate")
    assert result.exit_code == 2
    assert "proxy.yaml" in result.output


def test_variables_come_from_the_environment_and_from_files(tmp_path, monkeypatch, served):
    """The environment goes before a file of variables; one that is set nowhere is an error."""
    config, variables = tmp_path / "proxy.yaml", tmp_path / ".env"
    config.write_text("routes:\n  /a: http://localhost:${A}\n  /b: http://localhost:${B}\n")
    variables.write_text("A=1\nB=2\n")
    monkeypatch.setenv("A", "9")
    monkeypatch.delenv("B", raising=False)
    assert invoke("--config", str(config), "--env-file", str(variables)).exit_code == 0
    assert routes(served[0]) == {"/a": "http://localhost:9", "/b": "http://localhost:2"}
    for command in (["--config", str(config)], ["validate", str(config)], ["config", str(config)]):
        result = invoke(*command)
        assert result.exit_code == 1
        assert "environment variable B is not set" in result.output
    missing = invoke("validate", str(config), "--env-file", str(tmp_path / "none"))
    assert missing.exit_code == 1
    assert "none" in missing.output


def test_a_line_of_a_file_of_variables_is_not_quoted(tmp_path, monkeypatch):
    """It may hold a secret; where it is and what to write is enough."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "proxy.yaml").write_text(ROUTES)
    for text in (b"A=1\nTOKEN hunter2\n", b"A=1\nTOKEN=hunter2\xff\n"):
        (tmp_path / ".env").write_bytes(text)
        result = invoke("validate", "--env-file", ".env")
        assert result.exit_code == 1
        assert "--> .env:2:" in result.output
        assert "hunter2" not in result.output


def test_a_project_with_a_mistake_is_left_out(tmp_path, monkeypatch, served):
    """Loudly, while the rest is served; validate fails, and --strict refuses to start."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "proxy.yaml").write_text("include: [shop.yaml, blog.yaml]\n")
    (tmp_path / "shop.yaml").write_text("hosts: [shop.localhost]\nroutes: {/: http://localhost:3001}\n")
    (tmp_path / "blog.yaml").write_text("chanel: x\nroutes: {/: http://localhost:3001}\n")
    result = invoke()
    assert result.exit_code == 0
    assert "error: unknown key 'chanel'\n --> blog.yaml:1:1\n1 | chanel: x\n" in result.output
    assert result.output.endswith("1 error in blog.yaml\nleft out: blog.yaml; the rest is served\n")
    assert [route.name for route in served[0].routes] == ["shop.localhost/"]
    strict = invoke("--strict")
    assert strict.exit_code == 1
    assert strict.output.endswith("1 error in blog.yaml\ndevproxy did not start\n")
    assert len(served) == 1
    assert invoke("validate").exit_code == 1
    assert json.loads(invoke("validate", "--json").output)[0]["file"] == "blog.yaml"
    listed = invoke("routes")
    assert listed.exit_code == 0
    assert "left out: blog.yaml" in listed.output
    (tmp_path / "blog.yaml").write_text(ROUTES)
    assert invoke("--strict").exit_code == 0


def test_the_configuration_in_force_is_shown_without_secrets(tmp_path, monkeypatch):
    """Each value with its origin; what looks like a secret stays hidden."""
    monkeypatch.setenv("API_TOKEN", "hunter2")
    file = tmp_path / "proxy.yaml"
    file.write_text(
        "routes:\n  /api:\n    target: http://localhost:3001\n    headers: {request: {set: {X-Key: '${API_TOKEN}'}}}\n"
        "    cors: {allow_origins: ['http://localhost:5173', 'http://127.0.0.1:5173']}\n"
    )
    result = invoke("config", str(file))
    assert result.exit_code == 0
    assert "http://localhost:3001" in result.output
    assert f"{file}:3" in result.output
    assert "hunter2" not in result.output


def test_the_schema_is_printed():
    """Editors read it from a file beside the configuration."""
    assert "routes" in json.loads(invoke("schema").output)["properties"]


@pytest.fixture
def environment(monkeypatch):
    """Sets DEVPROXY_* variables."""
    return lambda **names: [monkeypatch.setenv(f"DEVPROXY_{name}", value) for name, value in names.items()]


def test_the_environment_stands_between_flags_and_file(served, environment, tmp_path):
    """Flag, then DEVPROXY_*, then file."""
    file = tmp_path / "proxy.yaml"
    file.write_text(f"listen: {{port: 9001, host: '::1', allowed_hosts: [a.test]}}\n{ROUTES}")
    environment(PORT="9002", HOST="127.0.0.1", CONFIG=str(file), ALLOWED_HOSTS="B.test., a.test,")
    assert invoke().exit_code == 0
    assert invoke("--port", "9003", "--host", "localhost").exit_code == 0
    assert [(config.listen.host, config.listen.port) for config in served] == [
        ("127.0.0.1", 9002),
        ("localhost", 9003),
    ]
    assert {config.listen.allowed_hosts for config in served} == {("a.test", "b.test")}


def test_targets_go_before_a_file_of_the_environment(served, environment):
    """A project's variable does not spoil a quick try."""
    environment(CONFIG="none.yaml")
    assert "none.yaml is not read" in invoke("3001").output
    assert routes(served[0]) == {"/": "http://localhost:3001"}


@pytest.mark.parametrize(
    ("variable", "value", "code"),
    [
        ("PORT", "abc", 1),
        ("PORT", "70000", 1),
        ("ALLOWED_HOSTS", "ok.test, http://x", 1),
        ("HOST", "a b", 1),
        ("LOG_FORMAT", "xml", 1),
    ],
)
def test_a_bad_variable_is_named(served, environment, variable, value, code):
    """The value at fault, and no traceback."""
    environment(**{variable: value})
    result = invoke("3001")
    assert result.exit_code == code
    assert value.rpartition(", ")[2] in result.output
    assert f"error: DEVPROXY_{variable}" in result.output
    assert not served


def test_the_log_of_one_run(served):
    """Its format and level by flags; what was typed is known for the hints."""
    for flags in (["-v"], ["--quiet"], ["--log-format", "json"], []):
        assert invoke("3001", *flags).exit_code == 0
    assert [(config.log.format, config.log.level) for config in served] == [
        ("text", "debug"),
        ("text", "warning"),
        ("json", "info"),
        ("text", "info"),
    ]


@pytest.mark.parametrize("form", [["proxy.yaml"], ["--config", "proxy.yaml"], []])
@pytest.mark.parametrize("command", ["validate", "config"])
def test_a_file_is_named_in_every_way_that_people_try(command, form, tmp_path, monkeypatch):
    """As an argument, by the flag of the main job, or not at all."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "proxy.yaml").write_text(ROUTES)
    assert invoke(command, *form).exit_code == 0


def test_the_configuration_in_force_knows_the_environment(tmp_path, environment):
    """Which variable gave what."""
    file = tmp_path / "proxy.yaml"
    file.write_text(ROUTES)
    environment(PORT="9002", CONFIG=str(file))
    assert "port: 9002" in invoke("config").output
    assert "DEVPROXY_PORT" in invoke("config").output
    environment(PORT="x")
    assert invoke("config").exit_code == 1


def test_routes_tells_where_a_request_goes(tmp_path):
    """The table of routes, or one request followed."""
    file = tmp_path / "proxy.yaml"
    file.write_text(ROUTES)
    asked = ("routes", "-c", str(file))
    assert invoke(*asked).output == f"/api  → http://localhost:3001   {file}:2\n"
    assert "GET http://localhost:3001/api/users\n" in invoke(*asked, "/api/users").output
    followed = invoke(*asked, "put", "/api/users", "--origin", "http://localhost:5173")
    assert followed.exit_code == 0
    assert "PUT http://localhost:3001/api/users\n" in followed.output
    assert "204 from devproxy: PUT is allowed" in followed.output
    assert invoke(*asked, "GET", "/a", "/b").exit_code == 2
    file.write_text("routes: {api: 1}\n")
    assert invoke(*asked).exit_code == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["-c", "a.yaml", "-c", "b.yaml"], "there is one configuration, and a.yaml and b.yaml are 2"),
        (["validate", "a.yaml", "-c", "b.yaml"], "there is one configuration, and a.yaml and b.yaml are two"),
        (["config", ""], "the name of the file is empty"),
        (["-p", "9000", "validate"], "validate is a command and comes first: devproxy validate …"),
        (["routes", "/a", "/b"], "routes takes a method and a URL"),
        (["routes", "GET"], "routes takes a method and a URL"),
        (["routes", "a.yaml"], "a file goes behind -c a.yaml"),
        (
            ["routes", "/a", "--origin", "localhost:5173"],
            "'localhost:5173' is no origin: write it as browsers do",
        ),
    ],
)
def test_what_would_silently_be_ignored_is_a_usage_error(served, typed, told):
    """With what to write instead."""
    result = invoke(*typed)
    assert result.exit_code == 2
    assert told in result.output
    assert not served


def test_a_folder_with_the_name_of_a_configuration_is_not_passed_over(tmp_path, monkeypatch, served):
    """Nor is a link that leads nowhere."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "proxy.yml").write_text(ROUTES)
    (tmp_path / "proxy.yaml").mkdir()
    assert "cannot read proxy.yaml" in invoke().output
    assert not served


def test_flags_show_in_the_configuration_in_force(tmp_path):
    """As they would go before the file."""
    file = tmp_path / "proxy.yaml"
    file.write_text(ROUTES)
    told = invoke("config", str(file), "--port", "9000", "--allow-origin", "https://a.test").output
    assert [line.split("# ")[1] for line in told.splitlines() if "9000" in line] == ["--port"]
    assert "--allow-origin" in told


def test_help_by_a_word():
    """As other tools have it."""
    assert invoke("help").output == invoke("--help").output


@pytest.mark.parametrize(
    ("typed", "meant"), [("valdate", "validate"), ("route", "routes"), ("helth", "health")]
)
def test_a_misspelt_command_is_no_target(served, typed, meant):
    """Nobody calls a backend so."""
    result = invoke(typed)
    assert result.exit_code == 2
    assert f"no such command '{typed}'; did you mean {meant}?" in result.output
    assert not served


def test_a_file_without_its_flag_is_recognised(served):
    """The second thing that people type."""
    result = invoke("nosuch.yaml")
    assert result.exit_code == 1
    assert "= help: to read it as a configuration: devproxy --config nosuch.yaml" in result.output


def test_usage_errors_speak_of_devproxy():
    """Nobody has typed `run`."""
    told = CliRunner().invoke(main, ["--prot", "1"], prog_name="devproxy").output
    assert "Usage: devproxy [OPTIONS]" in told
    assert "Try 'devproxy --help'" in told


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_script(shell):
    """Which asks devproxy what could be typed."""
    assert "_DEVPROXY_COMPLETE" in invoke("completion", shell).output
    assert invoke("completion", "cmd").exit_code == 2


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("", {"validate", "config", "routes", "demo"}),
        ("va", {"validate"}),
        ("--po", {"--port"}),
        ("--port 9000 --al", {"--allow-origin"}),
        ("3001 --al", {"--allow-origin"}),
        ("routes --or", {"--origin"}),
        ("completion z", {"zsh"}),
    ],
)
def test_what_a_shell_is_offered(typed, offered):
    """Commands and the options of the main job at once."""
    *before, incomplete = typed.split(" ")
    completion = ShellComplete(main, {}, "devproxy", "_DEVPROXY_COMPLETE")
    assert offered <= {item.value for item in completion.get_completions(before, incomplete)}


@pytest.fixture
def asked(monkeypatch):
    """Collects the questions that servers would be asked; the answer to every request is this head."""
    questions, answer = [], {"fields": (), "error": None}

    async def ask(question):
        questions.append(question)
        verdict = judge(question.request, lambda _: ResponseHead(200, "", Headers(answer["fields"])))
        return Result(question, verdict, error=answer["error"])

    monkeypatch.setattr("devproxy.check.check", ask)
    return questions, answer


CHECK = ("check", "http://localhost:3001/users", "--origin", "http://localhost:5173")


def test_check_asks_what_was_typed(asked):
    """Method, headers, body, credentials, and whether it may be sent."""
    questions, _ = asked
    invoke(*CHECK, "-X", "PUT", "-H", "X-A: 1", "-d", "{}", "--credentials", "--send", "--insecure")
    (question,) = questions
    assert question.request.method == "PUT"
    assert question.request.headers.get("x-a") == "1"
    assert question.request.credentials == "include"
    assert (question.body, question.send, question.verify_tls) == (b"{}", True, False)


@pytest.mark.parametrize(
    ("fields", "error", "code", "word"),
    [
        ([("Access-Control-Allow-Origin", "*")], None, 0, "ALLOWED"),
        ([], None, 1, "BLOCKED"),
        ([], TargetError("refused", "Nobody listens."), 3, "UNREACHABLE: Nobody listens."),
    ],
)
def test_check_ends_with_what_it_found(asked, fields, error, code, word):
    """For people, for programs, and for shells."""
    _, answer = asked
    answer |= {"fields": fields, "error": error}
    result = invoke(*CHECK)
    assert (result.exit_code, word in result.output) == (code, True)
    told = json.loads(invoke(*CHECK, "--json").output)
    assert told["verdict"].upper() == word.split(":")[0]


def test_check_writes_the_fix_for_a_framework(asked):
    """By any name that people give it; others are a usage error that names those that there are."""
    assert "CORSMiddleware" in invoke(*CHECK, "--framework", "Starlette").output
    refused = invoke(*CHECK, "--framework", "rails")
    assert refused.exit_code == 2
    assert "express, fastapi, django, flask, nginx, caddy" in refused.output


def test_check_reads_a_copied_request(asked):
    """From stdin, where no shell comes between."""
    questions, _ = asked
    copied = "curl 'http://localhost:3001/a' -H 'Origin: http://localhost:5173' -X DELETE"
    CliRunner().invoke(main, ["check", "--from-curl"], input=copied)
    assert (questions[0].request.method, questions[0].request.url) == ("DELETE", "http://localhost:3001/a")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["http://localhost:3001"], "say which page asks"),
        (["pyproject.toml", "--origin", "http://a"], "is a file: devproxy validate pyproject.toml"),
        (["--from-curl"], "does not begin with curl"),
    ],
)
def test_check_says_what_is_missing(arguments, words):
    """Exit code 2, with what to type."""
    result = invoke("check", *arguments)
    assert (result.exit_code, words in result.output) == (2, True)


def test_an_interrupted_check_ends_quietly(monkeypatch):
    """By the shells' own exit code for ctrl + c."""

    def interrupted(coroutine):
        coroutine.close()

    monkeypatch.setattr("devproxy.proxy.loop.run", interrupted)
    assert invoke(*CHECK).exit_code == 130


def test_health_is_listed_and_asks():
    """The same command, by whichever way it is reached."""
    assert "health " in invoke("--help").output
    result = invoke("health", "--url", "http://127.0.0.1:1")
    assert result.exit_code == 1
    assert result.output.startswith("error: no devproxy answers on 127.0.0.1:1")


RED = "Access to fetch at 'http://api.example/users' from origin 'http://localhost:5173' has been blocked by CORS policy: "
RED += "No 'Access-Control-Allow-Origin' header is present on the requested resource."


@pytest.mark.parametrize("arguments", [[], RED.split(" ")])
def test_a_red_line_is_explained(arguments):
    """A pasted line comes on stdin, or as several words of the command."""
    result = CliRunner().invoke(main, ["explain", *arguments], input=RED)
    assert result.exit_code == 0
    assert "  devproxy http://api.example\n" in result.stdout
    assert "then call http://localhost:8484/users" in result.stdout
    assert result.stderr == ""


def test_an_explanation_for_programs():
    """One object, whose members are always there."""
    result = invoke("explain", "actual.acac", "--json", "--framework", "express")
    members = json.loads(result.stdout)
    assert (result.exit_code, members["code"], members["chromium"], members["firefox"]) == (
        0, "actual.acac", "InvalidAllowCredentials", "CORSMissingAllowCredentials",
    )  # fmt: skip
    assert "credentials: true" in members["backend"]


def test_what_cannot_be_explained_exits_1():
    """It says what to paste, as rows or as one object."""
    assert invoke("explain", "nonsense").exit_code == 1
    result = invoke("explain", "TypeError:", "Failed to fetch", "--json")
    assert result.exit_code == 1
    assert "Copy the red line above" in json.loads(result.stdout)["what"]


def test_what_was_pasted_cannot_move_the_cursor():
    """Escape sequences of a page's are shown as text."""
    result = invoke("explain", RED.replace("/users", "/\x1b[2J\u202e"))
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout and "\u202e" not in result.stdout


def test_a_pasted_line_may_hold_options_of_its_own():
    """What begins with a dash is part of the line."""
    result = invoke("explain", "-->", "--no-cors", *RED.split(" "))
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("typed", "told"), [("expres", "did you mean express?"), ("xyzzy", "there are express")]
)
def test_a_framework_that_there_is_not(typed, told):
    """It is a mistake in the command, and the names are told."""
    result = invoke("explain", "actual.acac", "--framework", typed)
    assert result.exit_code == 2
    assert told in result.stderr


def test_bytes_that_are_no_text_are_no_crash():
    """Whatever is piped in is read."""
    result = CliRunner().invoke(main, ["explain"], input=b"\xff\xfe" + RED.encode())
    assert result.exit_code == 0


def test_somebody_at_a_terminal_is_asked_to_paste(monkeypatch):
    """The question goes to stderr; ctrl + c ends it without a word."""
    monkeypatch.setattr("devproxy.explain.read", lambda _stdin: RED)
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _stream: True, raising=False)
    result = invoke("explain", "--json")
    assert "Paste the red line, then an empty line." in result.stderr
    assert json.loads(result.stdout)["code"] == "actual.acao-missing"

    def interrupted(_stdin):
        raise KeyboardInterrupt

    monkeypatch.setattr("devproxy.explain.read", interrupted)
    result = invoke("explain")
    assert (result.exit_code, result.stdout) == (130, "")


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
@pytest.mark.parametrize(
    "arguments",
    [
        ["explain", "preflight"],
        ["check", "http://localhost:1", "--origin", "5173"],
        ["routes", "-c", "config.example.yaml"],
    ],
)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_answer_that_cannot_be_written_is_an_error(arguments, unbuffered):
    """It is all that was asked for, so nobody is told that it went well."""
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    command = f"{shlex.join([sys.executable, '-m', 'devproxy', *arguments])} > /dev/full"
    done = subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, text=True, check=False, env=environment
    )
    assert (done.returncode, done.stderr) == (1, "error: cannot write (No space left on device)\n")


def test_explaining_needs_no_traffic_floor():
    """Whoever pastes a line waits for no web server to be imported."""
    code = "import sys; from devproxy.cli import main; main(['explain', 'corp'], standalone_mode=False)"
    code = f"try:\n    {code}\nfinally:\n    assert 'aiohttp' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
