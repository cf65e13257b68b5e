"""The README: its links lead somewhere, its commands are known, its configurations load, and what it names is there."""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest
import yaml

from devproxy.cli import main
from devproxy.config.build import load, parse
from devproxy.config.given import _VARIABLES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROSE = re.sub(r"^```.*?^```", "", README, flags=re.MULTILINE | re.DOTALL)
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
ENVIRON = {"API_KEY": "k"}


def blocks(language):
    return [text for name, text in BLOCKS if name == language]


def commands():
    """What is typed after `$ devproxy`, and in the tables; what is meant for a placeholder is left out."""
    for text in blocks("console"):
        for line in re.findall(r"^\$ (devproxy\b.*)$", text, re.MULTILINE):
            yield re.split(r"  #| > ", line)[0].strip()
    for line in re.findall(r"`(devproxy [^`…]+)`", PROSE):
        if not re.search(r"\b[A-Z]{3,}\b", line):
            yield line


def slug(heading):
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_links_lead_somewhere():
    """To a file of this repository, or to a heading of this page."""
    anchors = {slug(heading) for heading in re.findall(r"^#+ (.*)$", PROSE, re.MULTILINE)}
    links = re.findall(r"\]\(([^)]+)\)", PROSE)
    assert len(links) > 15
    for link in links:
        if link.startswith("#"):
            assert link[1:] in anchors, link
        elif not link.startswith("https://"):
            assert (ROOT / link).is_file(), link


def test_every_chapter_is_in_the_contents():
    """In the order in which they come."""
    contents = README.partition("**Contents**")[2].partition("\n\n")[0]
    chapters = re.findall(r"^## (.*)$", PROSE, re.MULTILINE)
    assert re.findall(r"\]\(#([^)]+)\)", contents) == [slug(chapter) for chapter in chapters]


@pytest.mark.parametrize("line", dict.fromkeys(commands()))
def test_commands_are_known(line):
    """With every option and target that is shown; nothing is run but the reading of the line."""
    _, *words = shlex.split(line)
    known = main.commands.get(words[0]) if words else main
    if words and words[0] == "health":  # it reads its line itself
        assert set(words) - {"health"} <= {"--url", "http://localhost:3001/health"}
        return
    context = click.Context(main)
    if known is not None and known is not main:
        known.make_context(words[0], words[1:], parent=context)
    else:
        main.make_context("devproxy", words)


def test_every_command_is_told():
    """By a line of the table of commands."""
    table = README.partition("\n### Commands\n")[2].partition("\n\ndevproxy listens")[0]
    assert set(re.findall(r"^\| `devproxy (\w+)", table, re.MULTILINE)) == {
        name for name, command in main.commands.items() if not command.hidden
    }


def test_variables_are_those_that_are_read():
    """Neither fewer nor more, but for those of the tests."""
    told = set(re.findall(r"DEVPROXY_[A-Z_]+", README))
    assert {name for name in told if "_TEST_" not in name} == {*_VARIABLES.values(), "DEVPROXY_CONFIG"}


def test_configurations_load(tmp_path):
    """Without a warning; that of a project as a file that another includes."""
    projects = [text for text in blocks("yaml") if text.startswith("# conf.d")]
    others = [text for text in blocks("yaml") if "routes:" in text and text not in projects]
    assert (len(projects), len(others)) == (1, 2)
    for text in others:
        assert parse(text, environ=ENVIRON).warnings == ()
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "shop.yaml").write_text(projects[0], encoding="utf-8")
    (tmp_path / "proxy.yaml").write_text(
        "include: [conf.d/*.yaml]\nroutes: {/: 'http://localhost:3000'}\n", encoding="utf-8"
    )
    config = load(tmp_path / "proxy.yaml", environ={})
    assert not config.broken
    assert config.warnings == ()
    assert len(config.routes) == 3


def test_other_blocks_can_be_read():
    """YAML for compose, JSON for npm, Python that compiles, and JavaScript where node can tell."""
    for text in blocks("yaml"):
        yaml.safe_load(text)
    for text in blocks("json"):
        json.loads(text)
    for text in blocks("python"):
        compile(text, "README.md", "exec")
    node = shutil.which("node")
    for text in blocks("js") if node else ():
        command = [node, "--input-type=module", "--check"]
        subprocess.run(command, input=text, text=True, check=True, capture_output=True, timeout=30)


def test_what_it_names_is_there():
    """Files of the tests and of bench/, targets of the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?:`|\$ )make ([a-z]+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for file in re.findall(r"`((?:tests|bench|cors|proxy|browser)/[\w/.]+\.\w+|decide\.py)`", README):
        assert (ROOT / file).is_file() or (ROOT / "devproxy" / file).is_file(), file
    modules = re.findall(r"-m ((?:tests|bench)[\w.]*)", README)
    assert modules
    for module in modules:
        path = ROOT.joinpath(*module.split("."))
        assert path.is_dir() or path.with_suffix(".py").is_file(), module
