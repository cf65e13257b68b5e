"""What is looked at, so that no way of saving is missed."""

import os
import sys

import pytest

from devproxy.config.given import Given
from devproxy.config.sources import Sources
from devproxy.errors import ConfigError

INCLUDE = ("conf.d/*.yaml",)


@pytest.fixture
def sources(tmp_path):
    """A configuration with a file of variables and a project."""
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "shop.yaml").write_text(
        "hosts: [shop.localhost]\nroutes: {/: http://localhost:2}\n"
    )
    (tmp_path / "proxy.yaml").write_text(
        "include: [conf.d/*.yaml]\nroutes: {/: 'http://localhost:${PORT}'}\n"
    )
    (tmp_path / ".env").write_text("PORT=1\n")
    return Sources(str(tmp_path / "proxy.yaml"), (str(tmp_path / ".env"),), Given(port=9000))


def test_files_variables_and_flags(sources, tmp_path, monkeypatch):
    """All of them, as they are now."""
    monkeypatch.delenv("PORT", raising=False)
    config = sources.load()
    assert [route.target.port for route in config.routes] == [1, 2]
    assert config.listen.port == 9000
    (tmp_path / ".env").write_text("PORT=3\n")
    (tmp_path / "conf.d" / "shop.yaml").write_text("routes: [")
    again = sources.load(config)
    assert [route.target.port for route in again.routes] == [3, 2]
    (tmp_path / ".env").unlink()
    with pytest.raises(ConfigError):
        sources.load(config)


def saved(file):
    file.write_text("routes: {}\n")


def renamed(file):
    new = file.with_name(".new")
    new.write_text(file.read_text())
    status = file.stat()
    os.utime(new, ns=(status.st_atime_ns, status.st_mtime_ns))
    new.replace(file)


@pytest.mark.parametrize("name", ["proxy.yaml", ".env", "conf.d/shop.yaml"])
@pytest.mark.parametrize("change", [saved, renamed, os.remove])
def test_a_file_that_is_saved_looks_different(sources, tmp_path, name, change):
    """In place, by renaming (with the same text and time), and when it is gone."""
    look = sources.look(INCLUDE)
    assert sources.look(INCLUDE) == look
    change(tmp_path / name)
    assert sources.look(INCLUDE) != look


def test_a_file_that_appears_looks_different(sources, tmp_path):
    """Where a pattern means it, and nowhere else."""
    look = sources.look(INCLUDE)
    (tmp_path / "conf.d" / ".shop.yaml.swp").write_text("")
    (tmp_path / "conf.d" / "notes.txt").write_text("")
    assert sources.look(INCLUDE) == look
    (tmp_path / "conf.d" / "blog.yaml").write_text("")
    assert sources.look(INCLUDE) != look


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_a_link_that_is_swapped_looks_different(sources, tmp_path):
    """As Kubernetes updates a volume: files with one inode, time and size, by another way."""
    for name in ("..1", "..2"):
        (tmp_path / name).mkdir()
    (tmp_path / "..1" / "cart.yaml").write_text("routes: {}\n")
    os.link(tmp_path / "..1" / "cart.yaml", tmp_path / "..2" / "cart.yaml")
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "conf.d" / "cart.yaml").symlink_to("../..data/cart.yaml")
    look = sources.look(INCLUDE)
    (tmp_path / "..new").symlink_to("..2")
    (tmp_path / "..new").replace(tmp_path / "..data")
    assert sources.look(INCLUDE) != look


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes with names on Windows")
def test_what_is_no_file_has_nothing_new_to_say(tmp_path):
    """What came through a pipe came once."""
    os.mkfifo(tmp_path / "pipe")
    sources = Sources(str(tmp_path / "pipe"))
    look = sources.look(())
    os.utime(tmp_path / "pipe")
    assert sources.look(()) == look == ((str(tmp_path / "pipe"), "", 0, 0, 0),)
