"""`devproxy init`: what it finds in a folder, and what it writes."""

import os
from pathlib import Path

import pytest

from devproxy.config.build import from_targets, load
from devproxy.config.given import NOTHING
from devproxy.errors import ConfigError, StartError
from devproxy.init import Reader, from_command_line, from_folder, summary, write

FIXTURES = Path(__file__).parent / "importing" / "fixtures"


def files(folder, **texts):
    for name, text in texts.items():
        file = folder / name.replace("__", ".").replace("_S_", "/")
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)


@pytest.mark.parametrize("tool", ["vite", "angular", "react-scripts"])
def test_a_project_of_each_tool(tool):
    """The files that its own create command wrote, with a proxy: exactly this is written, and it has no mistake."""
    start = from_folder(FIXTURES / tool, NOTHING)
    assert start.text == (FIXTURES / tool / "proxy.yaml").read_text()
    assert len(load(FIXTURES / tool / "proxy.yaml").routes) == len(start.found.routes)


@pytest.mark.parametrize(
    "targets", [["3001"], ["api=3001", "/=5173"], ["/api=http://localhost:3001/$v,strip"]]
)
def test_targets_are_what_they_are_on_the_command_line(targets, tmp_path):
    """The same routes come out of the file."""
    file = tmp_path / "proxy.yaml"
    file.write_text(from_command_line(targets, NOTHING).text)
    routes = [(route.prefix, route.target, route.strip_prefix) for route in load(file).routes]
    assert routes == [
        (route.prefix, route.target, route.strip_prefix) for route in from_targets(targets).routes
    ]


def test_targets_that_are_none():
    """As on the command line."""
    with pytest.raises(ConfigError):
        from_command_line(["ftp://x"], NOTHING)


def test_files_go_before_package_json(tmp_path):
    """And what another of them says too is told."""
    files(
        tmp_path,
        vite__config__js="export default { server: { proxy: { '/api': 'http://localhost:3001' } } }",
        webpack__config__js="module.exports = { devServer: { proxy: { '/hook': { target: 'http://localhost:3002' } } } }",
        package__json='{"proxy": "http://localhost:3003", "devDependencies": {"vite": "8"}}',
    )
    found = from_folder(tmp_path, NOTHING).found
    assert {route.prefix: route.target for route in found.routes} == {
        "/api": "http://localhost:3001",
        "/hook": "http://localhost:3002",
        "/": "http://localhost:5173",
    }
    assert found.notes == (
        '/api → http://localhost:3003 from package.json "proxy": another file has this prefix, too.',
    )


def test_a_proxy_that_is_a_program(tmp_path):
    """It is told, never run."""
    files(
        tmp_path,
        src_S_setupProxy__js="process.exit(1)",
        package__json='{"dependencies": {"react-scripts": "5"}}',
    )
    assert from_folder(tmp_path, NOTHING).found.notes == (
        "src/setupProxy.js is a program, and init runs none: what it proxies, react-scripts still does behind /.",
    )


def test_the_proxy_that_angular_json_names(tmp_path):
    """Or the usual one; one that is not there is told."""
    serve = '{{"projects": {{"a": {{"architect": {{"serve": {{"options": {{"proxyConfig": "{}"}}}}}}}}}}}}'
    table = '{"/api": {"target": "http://localhost:3001"}}'
    files(tmp_path, angular__json=serve.format("src/p.json"), src_S_p__json=table)
    assert len(from_folder(tmp_path, NOTHING).found.routes) == 2
    files(tmp_path, angular__json=serve.format("../p.json"))
    assert from_folder(tmp_path, NOTHING).found.notes == (
        "angular.json names ../p.json, which is not to be read in this folder.",
    )
    (tmp_path / "angular.json").unlink()
    files(tmp_path, proxy__conf__json=table, package__json='{"devDependencies": {"@angular/cli": "20"}}')
    assert len(from_folder(tmp_path, NOTHING).found.routes) == 2


@pytest.mark.parametrize(
    ("texts", "looked"),
    [
        ({}, "there is none of the files that it knows."),
        ({"package__json": '{"dependencies": {"express": "5"}}'}, "looked at package.json."),
        ({"package__json": "{"}, "looked at package.json. package.json could not be read: it is no JSON."),
    ],
)
def test_nothing_to_start_from(tmp_path, texts, looked):
    """Says what was looked at, and what to type."""
    files(tmp_path, **texts)
    with pytest.raises(StartError) as caught:
        from_folder(tmp_path, NOTHING)
    assert str(caught.value) == f"found no proxy and no dev server here: {looked}"
    assert caught.value.hint == "name the targets: devproxy init api=3001 /=5173"


def test_only_regular_files_of_the_folder_are_read(tmp_path):
    """No link out of it, no pipe, no folder; a link inside is a file like any other."""
    outside, inside = tmp_path / "secret.json", tmp_path / "project"
    outside.write_text("{}")
    inside.mkdir()
    (inside / "package.json").symlink_to(outside)
    os.mkfifo(inside / "vite.config.js")
    (inside / "angular.json").mkdir()
    (inside / "real.json").write_text("{}")
    (inside / "link.json").symlink_to("real.json")
    read = Reader(inside)
    assert not any(
        map(
            read.has,
            ["package.json", "vite.config.js", "angular.json", "../secret.json", "/etc/passwd", "no"],
        )
    )
    assert read.first(["package.json", "link.json"]) == ("{}", "link.json")


def test_files_that_nobody_wrote_by_hand(tmp_path):
    """Too long, or no text: told, and the next one is read."""
    (tmp_path / "vite.config.js").write_text(" " * 500_001)
    (tmp_path / "vite.config.mjs").write_bytes(b"\xff\xfe")
    (tmp_path / "vite.config.ts").write_text("export default {}")
    found = from_folder(tmp_path, NOTHING).found
    assert [note.partition(":")[0] for note in found.notes] == [
        "vite.config.js was not read",
        "vite.config.mjs was not read",
    ]
    assert found.frontend.tool == "vite"


def test_a_file_is_never_written_over(tmp_path):
    """Unless told to; a link to nowhere is a file, too."""
    file = tmp_path / "proxy.yaml"
    write("a", file, force=False)
    with pytest.raises(StartError, match="is there already"):
        write("b", file, force=False)
    assert file.read_text() == "a"
    write("b", file, force=True)
    assert file.read_text() == "b"
    dangling = tmp_path / "link.yaml"
    dangling.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StartError, match="is there already"):
        write("c", dangling, force=False)
    assert not (tmp_path / "elsewhere").exists()


def test_a_link_is_replaced_and_never_written_through(tmp_path):
    """It may be somebody else's file."""
    theirs, link = tmp_path / "theirs", tmp_path / "proxy.yaml"
    theirs.write_text("theirs")
    link.symlink_to(theirs)
    write("mine", link, force=True)
    assert theirs.read_text() == "theirs"
    assert link.read_text() == "mine" and not link.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["proxy.yaml", "theirs"]


def test_a_folder_that_cannot_be_written_to(tmp_path):
    """Says so, and how to get the text."""
    with pytest.raises(StartError, match="cannot write") as caught:
        write("a", tmp_path / "none" / "proxy.yaml", force=False)
    assert "--stdout" in caught.value.hint


def told(tmp_path, **texts):
    files(tmp_path, **texts)
    return list(summary(from_folder(tmp_path, NOTHING), "proxy.yaml", tmp_path))


def test_what_is_told(tmp_path):
    """What was found and where, in a line while they are few, and what to type next."""
    package = '{"proxy": "http://localhost:3001", "devDependencies": {"vite": "8"}}'
    assert told(tmp_path, package__json=package) == [
        'wrote proxy.yaml (2 routes found: /api → http://localhost:3001 from package.json "proxy", / → http://localhost:5173 from vite)',
        "next: devproxy",
    ]
    first, *_ = summary(from_command_line(["3001"], NOTHING), "devproxy.yml", tmp_path)
    assert first == "wrote devproxy.yml (1 route found: / → http://localhost:3001)"


def test_what_could_not_be_carried_over_is_told(tmp_path):
    """And what has to be set."""
    proxy = ", ".join(f"'/a{number}/': process.env.A{number}" for number in range(3))
    text = f"export default {{ server: {{ proxy: {{ {proxy}, '^/(x|y)': 'http://a' }} }} }}"
    lines = told(tmp_path, vite__config__js=text)
    assert lines[:2] == ["wrote proxy.yaml (4 routes found):", "  /a0 → ${A0} from vite.config.js:1"]
    assert lines[-2].startswith("not carried over: ^/(x|y) (vite.config.js:1) is no prefix")
    assert lines[-1] == "next: devproxy   # with A0, A1, A2 in the environment"
    (tmp_path / ".env").write_text("A0=1\n")
    assert (
        told(tmp_path)[-1] == "next: devproxy --env-file .env   # with A0, A1, A2 in the environment or .env"
    )


@pytest.mark.parametrize("name", ["a\0b", "\ud800x", "a" * 300, "circle.json"])
def test_a_name_that_no_file_can_have(tmp_path, name):
    """It is named, and the rest is read all the same."""
    if name == "circle.json":
        (tmp_path / name).symlink_to(name)
    assert not Reader(tmp_path).has(name)


def test_nothing_is_left_where_a_swap_fails(tmp_path):
    """The folder is as it was."""
    (tmp_path / "proxy.yaml").mkdir()
    with pytest.raises(StartError, match="cannot write"):
        write("routes: {}\n", tmp_path / "proxy.yaml", force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["proxy.yaml"]
