"""The Dockerfile, the compose file and the README say the same, and what they run is what devproxy has."""

import json
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from devproxy.config import build
from devproxy.config.given import _VARIABLES, Given
from devproxy.health import main as health

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("\n## In a container\n")[2].partition("\n## ")[0]
COMPOSE_TEXT = (ROOT / "compose.example.yaml").read_text(encoding="utf-8")
SERVICES = yaml.safe_load(COMPOSE_TEXT)["services"]


def instructions(name):
    return re.findall(rf"^{name} +(.*)$", DOCKERFILE, re.MULTILINE)


ENVIRONMENT = dict(word.split("=", 1) for line in instructions("ENV") for word in shlex.split(line))


def commented(line):
    """A key of the compose file that waits behind a comment."""
    return yaml.safe_load(re.search(rf"^ +# *({line}.*)$", COMPOSE_TEXT, re.MULTILINE)[1])


def test_the_image_listens_where_its_port_is_published():
    """One port: that of the variable, of EXPOSE and of the compose file, published for this machine only."""
    assert ENVIRONMENT["DEVPROXY_HOST"] == "0.0.0.0"
    port = ENVIRONMENT["DEVPROXY_PORT"]
    assert instructions("EXPOSE") == [port]
    assert SERVICES["devproxy"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert "ports" not in SERVICES["api"]


def test_variables_are_those_that_devproxy_reads():
    """A misspelt one would be passed over in silence."""
    known = {*_VARIABLES.values(), "DEVPROXY_CONFIG"}
    named = set(re.findall(r"DEVPROXY_[A-Z_]+", DOCKERFILE + COMPOSE_TEXT + SECTION))
    assert named and named <= known


def test_the_readme_tells_the_variables_of_the_image():
    """Each with its value, in a row of its own."""
    own = {name: value for name, value in ENVIRONMENT.items() if name.startswith("DEVPROXY_")}
    assert dict(re.findall(r"^\| `(DEVPROXY_\w+)` \| `([^`]*)`", SECTION, re.MULTILINE)) == own


def test_the_environment_of_the_image_goes_before_a_file():
    """So that a file from a laptop, which says localhost, works."""
    given = Given().or_variables(ENVIRONMENT)
    config = build.parse("listen: {host: localhost, port: 9000}\nroutes: {/: 'http://api:3001'}", given=given)
    assert (config.listen.host, config.listen.port) == ("0.0.0.0", 8484)


def test_nothing_runs_as_root_or_may_write():
    """The user is a number, as orchestrators that refuse root want it; both services are locked down alike."""
    assert instructions("USER") == ["10001:10001"]
    for service in SERVICES.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_what_is_mounted_is_where_the_image_looks():
    """The folder in which ./proxy.yaml is found; the README mounts it like the compose file."""
    volumes = commented("volumes:")
    assert volumes == {"volumes": [f"./devproxy.d:{instructions('WORKDIR')[-1]}:ro"]}
    (snippet,) = re.findall(r"```yaml\n(.*?)```", SECTION, re.DOTALL)
    assert yaml.safe_load(snippet)["services"]["devproxy"] == volumes


def test_commands_of_the_readme_are_those_of_the_repository():
    """The compose file has this name, and the page and port that are asked exist."""
    up, asked = re.findall(r"^\$ (.*)$", SECTION, re.MULTILINE)
    assert (ROOT / shlex.split(up)[3]).is_file()
    assert asked.endswith(f"http://localhost:{ENVIRONMENT['DEVPROXY_PORT']}/api/users")
    assert (ROOT / "tests/container.sh").is_file() and "`tests/container.sh`" in README


def test_devproxy_waits_for_the_api_that_it_is_given():
    """Its target is the other service, at the port on which that is told to listen."""
    (target,) = build.from_targets(SERVICES["devproxy"]["command"]).routes
    api = SERVICES[target.target.host]
    assert SERVICES["devproxy"]["depends_on"] == {target.target.host: {"condition": "service_healthy"}}
    assert api["command"][-2:] == ["--port", str(target.target.port)]


def test_both_services_are_the_image_that_is_built_here():
    """Never one of the same name that somebody else has put into a registry."""
    proxy, api = SERVICES["devproxy"], SERVICES["api"]
    assert proxy["image"] == api["image"]
    assert (proxy["build"], proxy["pull_policy"], api["pull_policy"]) == (".", "build", "never")


def test_the_health_check_of_the_image_is_the_cheap_one():
    """In exec form, as there may be no shell, and by the name that is dispatched before anything heavy is imported."""
    (check,) = instructions("HEALTHCHECK")
    assert json.loads(check.partition("CMD ")[2]) == ["devproxy", "health"]
    assert instructions("ENTRYPOINT") == ['["devproxy"]']


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
def test_the_api_runs_as_the_compose_file_says_and_is_well():
    """Its command, and its own health check, with another port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [word.replace("3001", port) for word in SERVICES["api"]["command"]]
    test = [word.replace("3001", port) for word in SERVICES["api"]["healthcheck"]["test"]]
    assert test[:3] == ["CMD", "devproxy", "health"]
    with subprocess.Popen(
        [sys.executable, "-m", "devproxy", *command], cwd=ROOT, stderr=subprocess.PIPE
    ) as api:
        try:
            assert api.stderr.readline().endswith(f"http://localhost:{port}\n".encode())
            assert health(test[3:]) == 0
        finally:
            api.terminate()
        assert api.wait(10) == 0


def test_the_builder_gets_what_the_image_is_made_of():
    """Every file that the Dockerfile copies, and nothing else: no configuration with its secrets."""
    copied = {name for line in instructions("COPY") if "--from" not in line for name in line.split()[:-1]}
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignore
    assert {line[1:] for line in ignore if line.startswith("!")} == copied
    assert all((ROOT / name).exists() for name in copied)
