import os
import re

import pytest

from devproxy.config.files import MAX_BYTES, decode, pem_problem, read_bytes, source_lines
from devproxy.errors import ConfigError
from devproxy.problems import Place


@pytest.mark.parametrize(
    ("raw", "place", "message"),
    [
        (b"a: b\r\nc: caf\xe9\r\n", (2, 7), "not UTF-8 text: found the byte 0xe9"),
        (b"\xef\xbb\xbfa\xff", (1, 2), "not UTF-8 text: found the byte 0xff"),
        (b"\x80", (1, 1), "not UTF-8 text: found the byte 0x80"),
        ("a: b".encode("utf-16"), (1, 1), "f is UTF-16, not UTF-8"),
        ("a: b".encode("utf-16-le"), (1, 1), "f is UTF-16, not UTF-8"),
        ("a: b".encode("utf-16-be"), (1, 1), "f is UTF-16, not UTF-8"),
        (b" " * (MAX_BYTES + 1), (1, 1), "f is larger than 2 MB"),
    ],
)
def test_bytes(raw, place, message):
    """Bytes that are no UTF-8 text are told at the first that is wrong."""
    with pytest.raises(ConfigError) as caught:
        decode(raw, "f")
    (problem,) = caught.value.problems
    assert (problem.message, problem.place) == (message, Place("f", *place))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("proxy.yaml", "did you mean {folder}/proxy.yml?"),
        ("zebra", "name a file that exists"),
        ("no/such/folder", "name a file that exists"),
        ("proxy.yml/x", "name a file that you may read"),
        (".", "name the file in it, as in {folder}/proxy.yaml"),
    ],
)
def test_unreadable(tmp_path, name, hint):
    """A file that cannot be read is told with the one that was probably meant."""
    (tmp_path / "proxy.yml").touch()
    with pytest.raises(ConfigError) as caught:
        read_bytes(str(tmp_path / name))
    assert [problem.hint for problem in caught.value.problems] == [hint.format(folder=tmp_path)]


@pytest.mark.parametrize(("full", "words"), [(False, "Docker makes a folder"), (True, "name the file in it")])
def test_a_folder_in_place_of_a_file_was_made_by_docker(tmp_path, full, words):
    """If it is empty and has the name of a file: the mounted one was missing."""
    folder = tmp_path / "proxy.yaml"
    folder.mkdir()
    if full:
        (folder / "proxy.yaml").touch()
    with pytest.raises(ConfigError) as caught:
        read_bytes(str(folder))
    assert caught.value.problems[0].hint.startswith(words)


def test_a_folder_that_may_not_be_read_is_still_told(tmp_path, monkeypatch):
    """Who may not look into it is told no less than before."""

    def refuse(_folder):
        raise PermissionError

    folder = tmp_path / "proxy.yaml"
    folder.mkdir()
    monkeypatch.setattr("pathlib.Path.iterdir", refuse)
    with pytest.raises(ConfigError) as caught:
        read_bytes(str(folder))
    assert caught.value.problems[0].hint.startswith("name the file in it")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are a thing of Unix")
def test_pipes(tmp_path):
    """A pipe is read to its end; one that nobody writes to is empty and keeps nobody waiting."""
    os.mkfifo(tmp_path / "fifo")
    assert read_bytes(str(tmp_path / "fifo")) == b""
    there, here = os.pipe()
    os.write(here, b"a: b")
    os.close(here)
    assert read_bytes(f"/dev/fd/{there}") == b"a: b"
    os.close(there)


def test_decode():
    """A byte order mark, as Windows editors write it, is no part of the text."""
    assert decode(b"\xef\xbb\xbfa: \xc3\xa9", "f") == "a: é"


def test_source_lines():
    """Lines are counted as YAML counts them, so that places point into them."""
    text = "a\r\nb\rc\nd\x85e\u2028f\x0bg"
    assert source_lines(text) == ["a", "b", "c", "d", "e", "f\x0bg"]
    assert re.sub(r"\s", "", "".join(source_lines(text))) == "abcdefg"


def test_certificates(tmp_path):
    """A file of certificates holds some; whether they are any good, the handshake shows."""
    good, key = tmp_path / "ca.pem", tmp_path / "key.pem"
    good.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    key.write_text("-----BEGIN PRIVATE KEY-----\n")
    assert pem_problem(str(good)) is None
    assert pem_problem(str(key)).message == f"{key} holds no certificate"
    assert pem_problem(str(key), "PRIVATE KEY") is None
    assert pem_problem(str(tmp_path / "c.pem")).hint == f"did you mean {good}?"
