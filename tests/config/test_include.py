import os
import sys
from pathlib import Path

import pytest

from devproxy.config.files import MAX_BYTES
from devproxy.config.include import MOST_FILES, included, read
from devproxy.errors import ConfigError


@pytest.fixture
def folder(tmp_path):
    """A folder with a configuration, two projects, and what editors and Kubernetes leave beside them."""
    main = tmp_path / "etc" / "proxy.yaml"
    (main.parent / "conf.d").mkdir(parents=True)
    for name in ("shop.yaml", "blog.yaml", ".shop.yaml.swp", ".#blog.yaml", "shop.yaml~"):
        (main.parent / "conf.d" / name).write_text(name)
    main.write_text("")
    return main.parent


def test_files_in_order(folder):
    """Each file once, by the first pattern that means it; never the including file itself, nor what begins with a dot."""
    found = included(
        str(folder / "proxy.yaml"), ["conf.d/*.yaml", "conf.d/s*", "*.yaml", "none/*.yaml", "*/blog.yaml"]
    )
    names = {pattern: [os.path.relpath(name, folder) for name in names] for pattern, names in found.items()}
    assert names == {
        "conf.d/*.yaml": [str(Path("conf.d", "blog.yaml")), str(Path("conf.d", "shop.yaml"))],
        "conf.d/s*": [str(Path("conf.d", "shop.yaml~"))],
        "*.yaml": [],
        "none/*.yaml": [],
        "*/blog.yaml": [],
    }


def test_named_from_where_the_file_is(folder, monkeypatch):
    """As the including file was named, so are those that it includes: messages name them so."""
    monkeypatch.chdir(folder)
    assert included("proxy.yaml", ["conf.d/b*.yaml"]) == {
        "conf.d/b*.yaml": (str(Path("conf.d", "blog.yaml")),)
    }


def test_too_many_files_are_not_all_listed(folder):
    """A pattern that means a whole disk costs no more than the bound."""
    for number in range(MOST_FILES + 5):
        (folder / "conf.d" / f"{number}.yml").write_text("")
    (found,) = included(str(folder / "proxy.yaml"), ["conf.d/*.yml"]).values()
    assert len(found) == MOST_FILES + 1


needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")


@needs_links
def test_links_within_the_folder(folder):
    """A volume of Kubernetes is links to links; the folder may be reached by a link as well."""
    real = folder / "conf.d" / "..2026"
    real.mkdir()
    (real / "cart.yaml").write_text("cart")
    (folder / "conf.d" / "..data").symlink_to("..2026")
    (folder / "conf.d" / "cart.yaml").symlink_to("..data/cart.yaml")
    (folder.parent / "link").symlink_to(folder)
    for main in (folder / "proxy.yaml", folder.parent / "link" / "proxy.yaml"):
        name = str(main.parent / "conf.d" / "cart.yaml")
        assert name in included(str(main), ["conf.d/*.yaml"])["conf.d/*.yaml"]
        assert read(name, str(main)) == "cart"


def refused(folder, name):
    with pytest.raises(ConfigError) as caught:
        read(str(folder / "conf.d" / name), str(folder / "proxy.yaml"))
    (problem,) = caught.value.problems
    return problem


@needs_links
def test_what_is_outside_is_not_read(folder):
    """Neither by a link, nor by a folder that is one: an error would quote it."""
    (folder.parent / "secret").write_text("hunter2")
    (folder / "conf.d" / "a.yaml").symlink_to(folder.parent / "secret")
    (folder / "elsewhere").symlink_to(folder.parent)
    problem = refused(folder, "a.yaml")
    assert "leads out of the folder of" in problem.message
    assert problem.place is None
    assert "leads out" in refused(folder, str(Path("..", "elsewhere", "secret"))).message


@needs_links
def test_only_files_are_read(folder):
    """No folder, no pipe that would be waited for, no device without an end, no link to nothing."""
    (folder / "conf.d" / "folder.yaml").mkdir()
    os.mkfifo(folder / "conf.d" / "pipe.yaml")
    (folder / "conf.d" / "gone.yaml").symlink_to("none.yaml")
    (folder / "conf.d" / "round.yaml").symlink_to("round.yaml")
    assert "is no regular file" in refused(folder, "folder.yaml").message
    assert "is no regular file" in refused(folder, "pipe.yaml").message
    assert "cannot read" in refused(folder, "gone.yaml").message
    assert refused(folder, "round.yaml")
    (folder / "conf.d" / "large.yaml").write_bytes(b" " * (MAX_BYTES + 1))
    assert "is larger than 2 MB" in refused(folder, "large.yaml").message
