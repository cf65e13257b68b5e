"""Nothing that two parsers could read differently reaches a target: black-box tables, raw bytes in, a strict target behind.

Every refusal closes its connection, leaves one line in the log without a byte of the request, and the next plain GET is
answered. RFC 9110 and RFC 9112 are the law.
"""

import asyncio
import logging
import re
from contextlib import suppress

import pytest

from bench.strict import Request, Target

SECRET = "hunter2"
LINE = b"GET / HTTP/1.1\r\n"
HOST = b"Host: localhost\r\n"
POST = b"POST /p HTTP/1.1\r\n" + HOST


def get(target=b"/", fields=b"", version=b"HTTP/1.1", method=b"GET"):
    return method + b" " + target + b" " + version + b"\r\n" + HOST + fields + b"\r\n"


def field(line):
    return LINE + HOST + line + b"\r\n\r\n"


def body(fields, content=b"hello"):
    return POST + fields + b"\r\n" + content


def chunked(content):
    return body(b"Transfer-Encoding: chunked\r\n", content)


def host(*values):
    return LINE + b"".join(b"Host: " + value + b"\r\n" for value in values) + b"\r\n"


NEXT = b"GET /next HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"

# --- the request line (RFC 9112, section 3) --------------------------------------------------------------------------

REQUEST_LINES = {
    # blanks
    "two blanks before the target": b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n",
    "two blanks before the version": b"GET /  HTTP/1.1\r\n" + HOST + b"\r\n",
    "a blank in front": b" GET / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a tab in front": b"\tGET / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a blank at the end": b"GET / HTTP/1.1 \r\n" + HOST + b"\r\n",
    "a tab before the target": b"GET\t/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "a tab before the version": b"GET /\tHTTP/1.1\r\n" + HOST + b"\r\n",
    "a vertical tab before the target": b"GET\x0b/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "a form feed before the version": b"GET /\x0cHTTP/1.1\r\n" + HOST + b"\r\n",
    "a no-break space before the version": b"GET /\xa0HTTP/1.1\r\n" + HOST + b"\r\n",
    "a blank in the target": b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n",
    "a carriage return before the version": b"GET /\rHTTP/1.1\r\n" + HOST + b"\r\n",
    "no target": b"GET HTTP/1.1\r\n" + HOST + b"\r\n",
    "two blanks and no target": b"GET  HTTP/1.1\r\n" + HOST + b"\r\n",
    "nothing but a method": b"GET\r\n" + HOST + b"\r\n",
    "nothing but blanks": b"   \r\n\r\n",
    # line ends
    "LF after the request line": b"GET / HTTP/1.1\n" + HOST + b"\r\n",
    "LF everywhere": b"GET / HTTP/1.1\nHost: localhost\n\n",
    "LF after the last field": LINE + b"Host: localhost\n\r\n",
    "LF as the empty line": LINE + HOST + b"\n",
    "CR everywhere": b"GET / HTTP/1.1\rHost: localhost\r\r",
    "CR CR LF": b"GET / HTTP/1.1\r\r\n" + HOST + b"\r\n",
    "LF CR": b"GET / HTTP/1.1\n\rHost: localhost\n\r\n\r",
    "LF in front": b"\nGET / HTTP/1.1\r\n" + HOST + b"\r\n",
    "CR in front": b"\rGET / HTTP/1.1\r\n" + HOST + b"\r\n",
    # control characters
    "NUL in the target": get(b"/a\0b"),
    "DEL in the target": get(b"/a\x7fb"),
    "ESC in the target": get(b"/a\x1bb"),
    "NUL in the method": get(method=b"GE\0T"),
    "NUL in front": b"\0" + get(),
    # methods
    "a method with a colon": get(method=b"GET:"),
    "a method with a slash": get(method=b"GE/T"),
    "a method in brackets": get(method=b"(GET)"),
    "a method in quotes": get(method=b'"GET"'),
    "a method with a byte above 0x7F": get(method=b"G\xc9T"),
    "an empty method": b" / HTTP/1.1\r\n" + HOST + b"\r\n",
    # other protocols
    "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xaa" * 100,
    "an SSH banner": b"SSH-2.0-OpenSSH_9.6\r\n",
    "a SOCKS5 greeting": b"\x05\x01\x00",
    "a status line": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "a PROXY line": b"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n" + get(),
    # versions that are none
    "HTTP/1.32": get(version=b"HTTP/1.32"),
    "HTTP/01.1": get(version=b"HTTP/01.1"),
    "HTTP/1.": get(version=b"HTTP/1."),
    "HTTP/1": get(version=b"HTTP/1"),
    "HTTP/.1": get(version=b"HTTP/.1"),
    "HTTP/1,1": get(version=b"HTTP/1,1"),
    "HTTP/1.1.1": get(version=b"HTTP/1.1.1"),
    "HTTP/+1.1": get(version=b"HTTP/+1.1"),
    "HTTP/1.x": get(version=b"HTTP/1.x"),
    "HTTP /1.1": get(version=b"HTTP /1.1"),
    "HTTP/ 1.1": get(version=b"HTTP/ 1.1"),
    "http/1.1": get(version=b"http/1.1"),
    "Http/1.1": get(version=b"Http/1.1"),
    "HTTPS/1.1": get(version=b"HTTPS/1.1"),
    "ICE/1.0": get(version=b"ICE/1.0"),
    "RTSP/1.0": get(version=b"RTSP/1.0"),
    "HTTP-1.1": get(version=b"HTTP-1.1"),
    "HTTP/\xb9.1": get(version=b"HTTP/\xb9.1"),
    "HTTP/0.9 without a version": b"GET /\r\n",
    "HTTP/0.9 with an empty line": b"GET /\r\n\r\n",
    "a blank where the version would be": b"GET / \r\n" + HOST + b"\r\n",
}

TARGETS = {
    # authority-form, asterisk-form
    "authority-form": get(b"localhost:80"),
    "authority-form of a stranger": get(b"evil.test:443"),
    "asterisk-form of a GET": get(b"*"),
    "asterisk-form of an OPTIONS": get(b"*", method=b"OPTIONS"),
    "asterisk-form with a path": get(b"*/a", method=b"OPTIONS"),
    "a relative path": get(b"a/b"),
    "a query alone": get(b"?a=b"),
    "an e-mail address": get(b"user@localhost"),
    "a backslash": get(b"\\a"),
    # absolute-form
    "absolute-form without a host": get(b"http:///a"),
    "absolute-form without slashes": get(b"http:/a"),
    "absolute-form without anything": get(b"http://"),
    "absolute-form with one slash": get(b"http:/localhost/a"),
    "absolute-form with a user": get(b"http://user@localhost/a"),
    "absolute-form with a user and password": get(b"http://localhost:80@evil.test/a"),
    "absolute-form with port 0": get(b"http://localhost:0/a"),
    "absolute-form with port 65536": get(b"http://localhost:65536/a"),
    "absolute-form with a signed port": get(b"http://localhost:+80/a"),
    "absolute-form with an empty port": get(b"http://localhost:/a"),
    "absolute-form with half an IPv6 address": get(b"http://[::1/a"),
    "absolute-form of ftp": get(b"ftp://localhost/a"),
    "absolute-form of ws": get(b"ws://localhost/a"),
    "absolute-form of file": get(b"file:///etc/passwd"),
    "absolute-form of javascript": get(b"javascript:alert(1)"),
    "absolute-form with a backslash": get(b"http:\\\\localhost\\a"),
    "absolute-form with a backslash in the host": get(b"http://localhost\\@evil.test/"),
    "absolute-form and a Host that is none": LINE.replace(b"/ ", b"http://localhost/ ")
    + b"Host: a b\r\n\r\n",
    "absolute-form and two Hosts": LINE.replace(b"/ ", b"http://localhost/ ") + HOST + HOST + b"\r\n",
    "absolute-form and no Host": b"GET http://localhost/ HTTP/1.1\r\n\r\n",
    # bytes
    "a fragment": get(b"/a#b"),
    "a fragment in the query": get(b"/a?b#c"),
    "UTF-8 as it is": get("/caf\u00e9".encode()),
    "latin-1 as it is": get(b"/caf\xe9"),
}

# Two servers could read these differently, though not as two requests: the connection stays.
PATHS = {
    "dot segments": get(b"/api/../admin"),
    "encoded dot segments": get(b"/api/%2e%2e/admin"),
    "half encoded dot segments": get(b"/api/.%2E/admin"),
    "an encoded slash behind dots": get(b"/api/..%2fadmin"),
    "a backslash behind dots": get(b"/api/..\\admin"),
    "an encoded backslash behind dots": get(b"/api/..%5cadmin"),
    "dots at the end": get(b"/api/.."),
    "dots with a parameter": get(b"/api/..;/admin"),
}

# --- fields (RFC 9112, section 5; RFC 9110, section 5) ---------------------------------------------------------------

FIELDS = {
    "a blank before the colon": field(b"X-A : b"),
    "a tab before the colon": field(b"X-A\t: b"),
    "a vertical tab before the colon": field(b"X-A\x0b: b"),
    "a form feed before the colon": field(b"X-A\x0c: b"),
    "a no-break space before the colon": field(b"X-A\xa0: b"),
    "a CR before the colon": field(b"X-A\r: b"),
    "no colon": field(b"X-A"),
    "no name": field(b": b"),
    "a blank for a name": field(b" : b"),
    "a blank in the name": field(b"X A: b"),
    "a blank before the name": LINE + b" X-A: b\r\n" + HOST + b"\r\n",
    "a tab before the name": LINE + b"\tX-A: b\r\n" + HOST + b"\r\n",
    "folded with a blank": field(b"X-A: b\r\n c"),
    "folded with a tab": field(b"X-A: b\r\n\tc"),
    "folded into nothing": field(b"X-A: b\r\n "),
    "folded Host": LINE + b"Host:\r\n localhost\r\n\r\n",
    "folded Transfer-Encoding": body(b"Transfer-Encoding:\r\n chunked\r\n", b"0\r\n\r\n"),
    "a value with NUL": field(b"X-A: b\0c"),
    "a value with BEL": field(b"X-A: b\x07c"),
    "a value with BS": field(b"X-A: b\x08c"),
    "a value with VT": field(b"X-A: b\x0bc"),
    "a value with FF": field(b"X-A: b\x0cc"),
    "a value with ESC": field(b"X-A: b\x1bc"),
    "a value with DEL": field(b"X-A: b\x7fc"),
    "a value with a bare CR": field(b"X-A: b\rc"),
    "a value with a bare LF": field(b"X-A: b\nX-B: c"),
    "a value that ends with CR": field(b"X-A: b\r"),
    "a value that begins with LF": field(b"X-A: \nb"),
    "a name with NUL": field(b"X-\0A: b"),
    "a name with a byte above 0x7F": field(b"X-\xc4: b"),
    "a name in UTF-8": field("X-\u00e4: b".encode()),
    "a name with a bare CR": field(b"X\rA: b"),
    "a name with a bare LF": field(b"X\nA: b"),
    **{f"a name with {chr(c)}": field(b"X" + bytes([c]) + b"A: b") for c in b'"(),/;<=>?@[\\]{}'},
    "a request line among the fields": field(b"GET /smuggled HTTP/1.1"),
    "an empty field in front": LINE + b":\r\n" + HOST + b"\r\n",
}

HOSTS = {
    "no Host": LINE + b"\r\n",
    "no Host but another field": LINE + b"X-A: b\r\n\r\n",
    "two Hosts": host(b"localhost", b"localhost"),
    "two Hosts that differ": host(b"localhost", b"evil.test"),
    "two Hosts in two spellings": LINE + HOST + b"hOST: localhost\r\n\r\n",
    "an empty Host": host(b""),
    "a Host of blanks": host(b"   "),
    "a list of Hosts": host(b"localhost, evil.test"),
    "a Host with a blank": host(b"localhost evil.test"),
    "a Host with a tab": host(b"localhost\tevil.test"),
    "a Host with a user": host(b"user@localhost"),
    "a Host with a user and password": host(b"user:pw@localhost"),
    "a Host with a path": host(b"localhost/a"),
    "a Host with a query": host(b"localhost?a"),
    "a Host with a fragment": host(b"localhost#a"),
    "a Host with a scheme": host(b"http://localhost"),
    "a Host with a backslash": host(b"localhost\\a"),
    "a Host with a percent": host(b"local%68ost"),
    "a Host with a wildcard": host(b"*.localhost"),
    "a Host in quotes": host(b'"localhost"'),
    "a Host in UTF-8": host("l\u00f6calhost".encode()),
    "a Host with two ports": host(b"localhost:80:80"),
    "a Host with port 0": host(b"localhost:0"),
    "a Host with port 65536": host(b"localhost:65536"),
    "a Host with a signed port": host(b"localhost:+80"),
    "a Host with a negative port": host(b"localhost:-1"),
    "a Host with a hex port": host(b"localhost:0x50"),
    "a Host with a port of letters": host(b"localhost:http"),
    "a Host with a blank before its port": host(b"localhost :80"),
    "a Host with a very long port": host(b"localhost:" + b"0" * 1000 + b"80"),
    "a Host that is a port": host(b":80"),
    "a Host that is a dot": host(b"."),
    "a Host with two dots": host(b"localhost.."),
    "a Host that begins with a dot": host(b".localhost"),
    "a Host with an empty label": host(b"a..localhost"),
    "a Host with half an IPv6 address": host(b"[::1"),
    "a Host with the other half": host(b"::1]"),
    "a Host with a bare IPv6 address": host(b"::1"),
    "a Host with an IPv6 address and rubbish": host(b"[::1]evil"),
    "a Host with an IPv6 zone": host(b"[fe80::1%25eth0]"),
    "a Host with no IPv6 address in brackets": host(b"[localhost]"),
    "a Host with IPv4 in brackets": host(b"[127.0.0.1]"),
    "a Host with empty brackets": host(b"[]"),
    "a Host of 300 letters": host(b"a" * 300),
}

STRANGE_HOSTS = {
    "another name": host(b"evil.test"),
    "a name that ends like ours": host(b"evillocalhost"),
    "a name that begins like ours": host(b"localhost.evil.test"),
    "a rebinding name": host(b"127.0.0.1.nip.io"),
    "a decimal address": host(b"2130706433.test"),
    "a name in upper case": host(b"EVIL.TEST"),
    "a name with a port": host(b"evil.test:8484"),
    "a name with a dot at its end": host(b"evil.test."),
    "absolute-form of a stranger": get(b"http://evil.test/a"),
    "absolute-form of a stranger with a port": get(b"http://evil.test:80/a"),
    "absolute-form of https and a stranger": get(b"https://evil.test/a"),
    "absolute-form in upper case": get(b"HTTP://EVIL.TEST/a"),
    "one label": host(b"backend"),
    "host.docker.internal": host(b"host.docker.internal"),
}

# --- bodies (RFC 9112, sections 6 and 7) -----------------------------------------------------------------------------

CL = b"Content-Length: "
TE = b"Transfer-Encoding: "
LENGTHS = {
    "both, CL first": body(CL + b"5\r\n" + TE + b"chunked\r\n", b"0\r\n\r\n" + SMUGGLED),
    "both, TE first": body(TE + b"chunked\r\n" + CL + b"5\r\n", b"0\r\n\r\n" + SMUGGLED),
    "both, with CL 0": body(CL + b"0\r\n" + TE + b"chunked\r\n", b"0\r\n\r\n" + SMUGGLED),
    "both, with TE identity": body(CL + b"5\r\n" + TE + b"identity\r\n"),
    "both, in HTTP/1.0": body(CL + b"5\r\n" + TE + b"chunked\r\n").replace(b"1.1", b"1.0", 1),
    "two that agree": body((CL + b"5\r\n") * 2),
    "two that differ": body(CL + b"5\r\n" + CL + b"6\r\n", b"hello!"),
    "two in two spellings": body(CL + b"5\r\ncontent-length: 5\r\n"),
    "three": body((CL + b"5\r\n") * 3),
    "a list that agrees": body(CL + b"5, 5\r\n"),
    "a list that differs": body(CL + b"5, 6\r\n"),
    "a list with nothing in it": body(CL + b",\r\n"),
    "a list that ends with nothing": body(CL + b"5,\r\n"),
    "plus": body(CL + b"+5\r\n"),
    "minus": body(CL + b"-5\r\n"),
    "minus zero": body(CL + b"-0\r\n"),
    "hex": body(CL + b"0x5\r\n"),
    "hex digits": body(CL + b"a\r\n"),
    "octal": body(CL + b"0o5\r\n"),
    "a fraction": body(CL + b"5.0\r\n"),
    "an exponent": body(CL + b"5e0\r\n"),
    "an underscore": body(CL + b"1_0\r\n"),
    "a thousands separator": body(CL + b"1,000\r\n"),
    "a blank between digits": body(CL + b"1 0\r\n"),
    "empty": body(CL + b"\r\n"),
    "blanks": body(CL + b"   \r\n"),
    "quoted": body(CL + b'"5"\r\n'),
    "a parameter": body(CL + b"5;a=b\r\n"),
    "letters": body(CL + b"five\r\n"),
    "digits and letters": body(CL + b"5x\r\n"),
    "superscript": body(CL + b"\xb2\r\n"),
    "Arabic digits": body(CL + "\u0665\r\n".encode()),
    "full width digits": body(CL + "\uff15\r\n".encode()),
    "a no-break space": body(CL + b"\xa05\r\n"),
    "NUL at the end": body(CL + b"5\0\r\n"),
    "a vertical tab": body(CL + b"\x0b5\r\n"),
    "2 ** 63": body(CL + b"9223372036854775808\r\n"),
    "2 ** 64": body(CL + b"18446744073709551616\r\n"),
    "2 ** 64 + 5": body(CL + b"18446744073709551621\r\n"),
    "5,000 digits": body(CL + b"9" * 5000 + b"\r\n"),
    "5,000 zeros and a digit": body(CL + b"0" * 5000 + b"5\r\n"),
    "a blank before its colon": body(b"Content-Length : 5\r\n"),
    "an underscore in its name": body(b"Content_Length: 5\r\n"),
    "an underscore in its name, besides a length": body(CL + b"5\r\nContent_Length: 6\r\n"),
    "empty on a GET": field(CL),
    "minus on a GET": field(CL + b"-1"),
    "two on a GET": field(CL + b"0\r\n" + CL + b"0"),
}

ENCODINGS = {
    "gzip, chunked": b"gzip, chunked",
    "chunked, gzip": b"chunked, gzip",
    "chunked twice": b"chunked, chunked",
    "identity": b"identity",
    "chunked, identity": b"chunked, identity",
    "identity, chunked": b"identity, chunked",
    "gzip": b"gzip",
    "empty": b"",
    "a comma": b",",
    "a comma in front": b", chunked",
    "a comma at the end": b"chunked,",
    "a parameter": b"chunked;a=b",
    "a semicolon": b"chunked;",
    "xchunked": b"xchunked",
    "chunkedx": b"chunkedx",
    "chunk": b"chunk",
    "quoted": b'"chunked"',
    "in single quotes": b"'chunked'",
    "two words": b"chunked chunked",
    "a vertical tab in front": b"\x0bchunked",
    "a vertical tab behind": b"chunked\x0b",
    "a form feed": b"\x0cchunked",
    "a no-break space": b"\xa0chunked",
    "NUL": b"chunked\0",
    "a bare CR": b"chu\rnked",
    "a bare LF": b"\nchunked",
    "a long s": "chunked".replace("k", "\u212a").encode(),
    "a byte above 0x7F": b"chunked\xff",
    "folded": b"\r\n chunked",
}
ENCODED = {
    **{name: body(TE + value + b"\r\n", b"0\r\n\r\n" + SMUGGLED) for name, value in ENCODINGS.items()},
    "two lines": body((TE + b"chunked\r\n") * 2, b"0\r\n\r\n"),
    "two lines, identity first": body(TE + b"identity\r\n" + TE + b"chunked\r\n", b"0\r\n\r\n"),
    "two lines, chunked first": body(TE + b"chunked\r\n" + TE + b"identity\r\n", b"0\r\n\r\n"),
    "two spellings": body(TE + b"chunked\r\ntransfer-encoding: x\r\n", b"0\r\n\r\n"),
    "HTTP/1.0": body(TE + b"chunked\r\n", b"0\r\n\r\n").replace(b"1.1", b"1.0", 1),
    "a blank before its colon": body(b"Transfer-Encoding : chunked\r\n", b"0\r\n\r\n"),
    "a tab before its colon": body(b"Transfer-Encoding\t: chunked\r\n", b"0\r\n\r\n"),
    "an underscore in its name": body(b"Transfer_Encoding: chunked\r\n", b"0\r\n\r\n"),
    "an underscore in its name, besides a length": body(CL + b"5\r\nTransfer_Encoding: chunked\r\n"),
    "a blank before its name": body(b" Transfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "hidden behind a fold": body(b"X-A: b\r\n Transfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "hidden behind a bare LF": body(b"X-A: b\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "hidden behind a bare CR": body(b"X-A: b\rTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "gzip on a GET": field(TE + b"gzip"),
}

LAST = b"0\r\n\r\n"
CHUNKS = {
    "plus": b"+5\r\nhello\r\n" + LAST,
    "minus": b"-5\r\nhello\r\n" + LAST,
    "hex prefix": b"0x5\r\nhello\r\n" + LAST,
    "no hex digit": b"g\r\nhello\r\n" + LAST,
    "letters behind": b"5z\r\nhello\r\n" + LAST,
    "an underscore": b"1_0\r\n0123456789abcdef\r\n" + LAST,
    "a comma": b"5,5\r\nhello\r\n" + LAST,
    "a fraction": b"5.0\r\nhello\r\n" + LAST,
    "empty": b"\r\nhello\r\n" + LAST,
    "a blank in front": b" 5\r\nhello\r\n" + LAST,
    "a blank behind": b"5 \r\nhello\r\n" + LAST,
    "a tab behind": b"5\t\r\nhello\r\n" + LAST,
    "a vertical tab behind": b"5\x0b\r\nhello\r\n" + LAST,
    "NUL behind": b"5\0\r\nhello\r\n" + LAST,
    "a bare LF": b"5\nhello\r\n" + LAST,
    "a bare LF at the end of data": b"5\r\nhello\n" + LAST,
    "a bare CR": b"5\rhello\r\n" + LAST,
    "a bare CR at the end of data": b"5\r\nhello\r" + LAST,
    "LF everywhere": b"5\nhello\n0\n\n",
    "CR CR LF": b"5\r\r\nhello\r\n" + LAST,
    "too little data": b"6\r\nhello\r\n" + LAST,
    "too much data": b"4\r\nhello\r\n" + LAST,
    "two bytes too much": b"3\r\nhello\r\n" + LAST,
    "no end of data": b"5\r\nhello0\r\n\r\n",
    "2 ** 64": b"10000000000000000\r\nhello\r\n" + LAST,
    "2 ** 64 + 5": b"10000000000000005\r\nhello\r\n" + LAST,
    "2 ** 64 - 1": b"ffffffffffffffff\r\nhello\r\n" + LAST,
    "2 ** 63": b"8000000000000000\r\nhello\r\n" + LAST,
    "hundreds of zeros": b"0" * 300 + b"5\r\nhello\r\n" + LAST,
    "hundreds of zeros at the end": b"5\r\nhello\r\n" + b"0" * 300 + b"\r\n\r\n",
    "full width digits": "\uff15\r\nhello\r\n".encode() + LAST,
    "a quoted size": b'"5"\r\nhello\r\n' + LAST,
    # extensions
    "an extension with a bare LF": b"5;a\nhello\r\n" + LAST,
    "an extension with a bare LF in it": b"5;a=\nb\r\nhello\r\n" + LAST,
    "an extension with a bare CR": b"5;a\rb\r\nhello\r\n" + LAST,
    "an extension with NUL": b"5;a\0\r\nhello\r\n" + LAST,
    "an extension with a line break in quotes": b'5;a="\r\nhello\r\n0\r\n\r\n"\r\nhello\r\n' + LAST,
    "an extension without a name": b"5;\r\nhello\r\n" + LAST,
    "an extension with only a value": b"5;=a\r\nhello\r\n" + LAST,
    "an extension without a value": b"5;a=\r\nhello\r\n" + LAST,
    "an extension with an open quote": b'5;a="b\r\nhello\r\n' + LAST,
    "an extension with blanks": b"5 ; a = b\r\nhello\r\n" + LAST,
    "an extension with a bad name": b"5;a b\r\nhello\r\n" + LAST,
    "an extension of 20 KB": b"5;a=" + b"b" * 20_000 + b"\r\nhello\r\n" + LAST,
    "an extension without end": b"5;a=" + b"b" * 200_000,
    "extensions of 20 KB in all": b"1;a=bbbbbbbbbbbbbbbb\r\nx\r\n" * 1000 + LAST,
    # trailers
    "a trailer with a bare LF": b"0\r\nX-A: b\n\r\n",
    "a trailer that is folded": b"0\r\nX-A: b\r\n c\r\n\r\n",
    "a trailer with a blank before its colon": b"0\r\nX-A : b\r\n\r\n",
    "a trailer without a colon": b"0\r\nX-A\r\n\r\n",
    "a trailer of framing": b"0\r\nContent-Length: 5\r\nTransfer-Encoding: x\r\n\r\n",
    "a trailer with NUL": b"0\r\nX-A: \0\r\n\r\n",
    "a bare LF after the last chunk": b"0\n\n",
    "a bare LF as the last line": b"0\r\n\n",
    "a CR and a letter as the last line": b"0\r\n\rX",
    "trailers of 100 KB": b"0\r\nX-A: " + b"b" * 100_000 + b"\r\n\r\n",
    "trailers without end": b"0\r\n" + b"X-A: b\r\n" * 20_000,
}

VERSIONS = {
    f"HTTP/{version}": get(version=b"HTTP/" + version.encode())
    for version in ("0.9", "0.0", "1.2", "1.9", "2.0", "2.1", "3.0", "9.9")
} | {"the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}

LIMITS = {
    "a field of 40 KB": (431, field(b"X-Long: " + b"x" * 40_000)),
    "a field of 100 KB": (431, field(b"X-Long: " + b"x" * 100_000)),
    "a field of 1 MB": (431, field(b"X-Long: " + b"x" * 1_000_000)),
    "a field without end": (431, field(b"X-Long: " + b"x" * 100_000)[:-4]),
    "a cookie of 40 KB": (431, field(b"Cookie: " + b"x" * 40_000)),
    "a name of 40 KB": (431, field(b"X" * 40_000 + b": x")),
    "a name of 100 KB": (431, field(b"X" * 100_000 + b": x")),
    "501 fields": (431, LINE + HOST + b"X-A: b\r\n" * 500 + b"\r\n"),
    "10,000 fields": (431, LINE + HOST + b"a:\r\n" * 10_000 + b"\r\n"),
    "100,000 fields": (431, LINE + HOST + b"a:\r\n" * 100_000 + b"\r\n"),
    "40 KB in many fields": (431, LINE + HOST + (b"X-A: " + b"b" * 1000 + b"\r\n") * 40 + b"\r\n"),
    "a target of 40 KB": (414, get(b"/" + b"a" * 40_000)),
    "a target of 100 KB": (414, get(b"/" + b"a" * 100_000)),
    "a target without end": (414, b"GET /" + b"a" * 200_000),
    "a query of 40 KB": (414, get(b"/?" + b"a" * 40_000)),
    "a method without end": (414, b"G" * 200_000),
}

OTHERS = {
    "CONNECT": (405, b"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n"),
    "CONNECT to a stranger": (405, b"CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n\r\n"),
    "CONNECT with bytes behind it": (
        405,
        b"CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n\r\n" + SMUGGLED,
    ),
    "CONNECT with a path": ((400, 405), b"CONNECT / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    "TRACE": (405, get(method=b"TRACE")),
    "an unknown method": (400, get(method=b"FOO")),
    "a method in lower case": (400, get(method=b"get")),
    "a method in mixed case": (400, get(method=b"Post")),
    "a method of tokens": (400, get(method=b"!#$%&'*+-.^_`|~09")),
    "an unknown expectation": (417, body(b"Expect: 200-ok\r\nContent-Length: 5\r\n")),
    "two expectations": (417, body(b"Expect: 100-continue, x\r\nContent-Length: 5\r\n")),
}


def rows(status, **tables):
    return [
        pytest.param(status, sent, id=f"{table}: {name}")
        for table, cases in tables.items()
        for name, sent in cases.items()
    ]


REFUSED = [
    *rows(400, line=REQUEST_LINES, target=TARGETS, field=FIELDS, host=HOSTS, length=LENGTHS, coding=ENCODED),
    *rows(400, chunk={name: chunked(content) for name, content in CHUNKS.items()}),
    *rows(403, host=STRANGE_HOSTS),
    *rows(505, version=VERSIONS),
    *[
        pytest.param(status, sent, id=f"{table}: {name}")
        for table, cases in {"limit": LIMITS, "other": OTHERS}.items()
        for name, (status, sent) in cases.items()
    ],
]


@pytest.fixture
async def target():
    found = await Target().start()
    yield found
    found.stop()
    assert found.findings == []


@pytest.fixture
async def proxy(start, target):
    return await start(f"/={target.origin}", f"/api={target.origin}")


def complete(target: Target) -> list[Request]:
    return [request for request in target.requests if request.target != "/next"]


async def is_well(proxy) -> bool:
    answer = await proxy.raw(b"GET /next HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
    return answer.startswith(b"HTTP/1.1 200 OK\r\n") and answer.endswith(b"/next")


@pytest.mark.parametrize(("status", "sent"), REFUSED)
async def test_refused(proxy, target, caplog, status, sent):
    """Refused with its status, the connection closed, nothing at the target, one line in the log, and life goes on."""
    secret = f"X-Secret: {SECRET}\r\n".encode()
    sent = sent.replace(HOST, HOST + secret, 1)
    with caplog.at_level(logging.DEBUG, "devproxy"):
        answer = await asyncio.wait_for(proxy.raw(sent), 10)
    allowed = status if isinstance(status, tuple) else (status,)
    statuses = [int(code) for code in re.findall(rb"^HTTP/1\.1 (\d{3}) ", answer, re.MULTILINE)]
    assert len(statuses) == 1
    assert statuses[0] in allowed
    assert b"\r\nConnection: close\r\n" in answer
    assert complete(target) == []
    told = len(caplog.records) + len(proxy.recorder.ended_)
    assert told == 1
    assert SECRET not in caplog.text + answer.decode("latin-1")
    assert await is_well(proxy)


@pytest.mark.parametrize("sent", PATHS.values(), ids=PATHS)
async def test_ambiguous_paths_reach_nobody(proxy, target, sent):
    """What decodes to another route than it says is refused; the connection stays, as it is one request at any rate."""
    answer = await proxy.raw(sent.replace(b"\r\n\r\n", b"\r\n\r\n" + NEXT))
    assert re.findall(rb"^HTTP/1\.1 (\d{3}) ", answer, re.MULTILINE) == [b"400", b"200"]
    assert complete(target) == []


# --- what is taken, and how it looks at the target -------------------------------------------------------------------

PIECES = b"5\r\nhello\r\n0\r\n\r\n"
TAKEN = {
    # targets
    "a path": (get(b"/a"), "GET /a", b""),
    "every printable character": (
        get(b"/!\"$%&'()*+,-./:;<=>?@[]^_`{|}~"),
        "GET /!\"$%&'()*+,-./:;<=>?@[]^_`{|}~",
        b"",
    ),
    "escapes as they are": (get(b"/%41%2f%zz%?a=%"), "GET /%41%2f%zz%?a=%", b""),
    "an empty query": (get(b"/a?"), "GET /a?", b""),
    "a query with slashes and marks": (get(b"/a?b=/../c?d"), "GET /a?b=/../c?d", b""),
    "two slashes": (get(b"//a//b"), "GET //a//b", b""),
    "a name behind two slashes": (get(b"//evil.test/a"), "GET //evil.test/a", b""),
    "a URL in the path": (get(b"/http://evil.test/"), "GET /http://evil.test/", b""),
    "a query of 16 KB": (get(b"/?" + b"a" * 16_000), "GET /?" + "a" * 16_000, b""),
    # absolute-form (RFC 9112, section 3.2.2)
    "absolute-form": (get(b"http://localhost/a?b"), "GET /a?b", b""),
    "absolute-form without a path": (get(b"http://localhost"), "GET /", b""),
    "absolute-form with a query alone": (get(b"http://localhost?a"), "GET /?a", b""),
    "absolute-form with an IPv6 address": (get(b"http://[::1]:8484/a"), "GET /a", b""),
    "absolute-form in upper case": (get(b"HTTP://LOCALHOST/A"), "GET /A", b""),
    "absolute-form with a post": (
        POST.replace(b"/p", b"http://localhost/p") + CL + b"2\r\n\r\nhi",
        "POST /p",
        b"hi",
    ),
    # methods without a body, and with one
    "HEAD": (get(method=b"HEAD"), "HEAD /", b""),
    "DELETE": (get(method=b"DELETE"), "DELETE /", b""),
    "OPTIONS": (get(method=b"OPTIONS"), "OPTIONS /", b""),
    "PROPFIND": (get(method=b"PROPFIND"), "PROPFIND /", b""),
    "PURGE": (get(method=b"PURGE"), "PURGE /", b""),
    **{
        f"{method} with {kind}": (
            f"{method} /p HTTP/1.1\r\n".encode() + HOST + fields + b"\r\n" + content,
            f"{method} /p",
            b"hello",
        )
        for method in ("GET", "HEAD", "DELETE", "OPTIONS", "POST", "PUT", "PATCH", "REPORT")
        for kind, fields, content in (
            ("a length", CL + b"5\r\n", b"hello"),
            ("chunks", TE + b"chunked\r\n", PIECES),
        )
    },
    # lengths
    "length 0": (body(CL + b"0\r\n", b""), "POST /p", b""),
    "length 00005": (body(CL + b"00005\r\n"), "POST /p", b"hello"),
    "a length in blanks": (body(b"Content-Length: \t 5 \t \r\n"), "POST /p", b"hello"),
    "a length without a blank": (body(b"Content-Length:5\r\n"), "POST /p", b"hello"),
    "a length in upper case": (body(b"CONTENT-LENGTH: 5\r\n"), "POST /p", b"hello"),
    "a body that looks like a request": (
        body(CL + b"51\r\n", SMUGGLED[:51].ljust(51)),
        "POST /p",
        SMUGGLED[:51].ljust(51),
    ),
    "a body of line ends": (body(CL + b"6\r\n", b"\r\n\r\n\r\n"), "POST /p", b"\r\n\r\n\r\n"),
    "a body of every byte": (body(CL + b"256\r\n", bytes(range(256))), "POST /p", bytes(range(256))),
    # chunks
    "chunked in upper case": (body(b"TRANSFER-ENCODING: CHUNKED\r\n", PIECES), "POST /p", b"hello"),
    "no chunks": (chunked(LAST), "POST /p", b""),
    "many chunks": (chunked(b"1\r\nx\r\n" * 1000 + LAST), "POST /p", b"x" * 1000),
    "hex digits": (chunked(b"a\r\n0123456789\r\nA\r\n0123456789\r\n" + LAST), "POST /p", b"0123456789" * 2),
    "zeros in front": (chunked(b"0005\r\nhello\r\n0000\r\n\r\n"), "POST /p", b"hello"),
    "extensions": (chunked(b'5;a;b=c;d="e f;\\"g"\r\nhello\r\n0;z\r\n\r\n'), "POST /p", b"hello"),
    "trailers": (chunked(b"5\r\nhello\r\n0\r\nX-A: b\r\nX-C:\r\n\r\n"), "POST /p", b"hello"),
    "a chunk that looks like the end": (chunked(b"5\r\n0\r\n\r\n\r\n" + LAST), "POST /p", LAST),
    # Host
    "Host with a port": (host(b"localhost:1234"), "GET /", b""),
    "Host in upper case": (host(b"LocalHost"), "GET /", b""),
    "Host with a dot at its end": (host(b"localhost."), "GET /", b""),
    "Host below localhost": (host(b"shop.localhost:8484"), "GET /", b""),
    "Host as an IPv4 address": (host(b"127.0.0.1:8484"), "GET /", b""),
    "Host as an IPv6 address": (host(b"[::1]:8484"), "GET /", b""),
    "Host in blanks": (host(b" \t localhost \t"), "GET /", b""),
    # fields
    "an empty value": (field(b"X-A:"), "GET /", b""),
    "a value of tabs and bytes above 0x7F": (field(b"X-A: a\tb\xe9\xff"), "GET /", b""),
    "a name of every token character": (field(b"!#$%&'*+-.^_`|~09: x"), "GET /", b""),
    "the same field twice": (field(b"X-A: b\r\nX-A: c"), "GET /", b""),
    "a cookie of 15 KB": (field(b"Cookie: " + b"a" * 15_000), "GET /", b""),
    "a field of 30 KB": (field(b"X-A: " + b"a" * 30_000), "GET /", b""),
    "490 fields": (LINE + HOST + b"X-A: b\r\n" * 489 + b"\r\n", "GET /", b""),
    # what speaks about the connection is not for the target
    "connection options": (field(b"Connection: keep-alive, X-A\r\nX-A: b\r\nKeep-Alive: 5"), "GET /", b""),
    "TE and Trailer": (field(b"TE: trailers\r\nTrailer: X-A\r\nProxy-Connection: close"), "GET /", b""),
    "Forwarded": (field(b"Forwarded: for=1.2.3.4\r\nX-Forwarded-For: 1.2.3.4"), "GET /", b""),
    "an upgrade to HTTP/2": (
        field(b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x"),
        "GET /",
        b"",
    ),
    "an upgrade without the option": (field(b"Upgrade: websocket"), "GET /", b""),
    # HTTP/1.0
    "HTTP/1.0": (get(version=b"HTTP/1.0"), "GET /", b""),
    "HTTP/1.0 without Host": (b"GET / HTTP/1.0\r\n\r\n", "GET /", b""),
    "HTTP/1.0 with a length": (body(CL + b"5\r\n").replace(b"1.1", b"1.0", 1), "POST /p", b"hello"),
    # in front of the request line (RFC 9112, section 2.2)
    "an empty line in front": (b"\r\n" + get(), "GET /", b""),
    "three empty lines in front": (b"\r\n\r\n\r\n" + get(), "GET /", b""),
}


@pytest.mark.parametrize("step", [None, 1, 7])
@pytest.mark.parametrize(("sent", "line", "content"), TAKEN.values(), ids=TAKEN)
async def test_taken(proxy, target, sent, line, content, step):
    """However the network cuts it, one request arrives at the target, framed once, and the next one behind it."""
    if step and len(sent) > 2000:
        step = 1500
    last = b"HTTP/1.0" in sent or b"close" in sent
    answer = await paced(proxy, sent if last else sent + NEXT, step)
    statuses = re.findall(rb"^HTTP/1\.1 (\d{3}) ", answer, re.MULTILINE)
    assert statuses == [b"200"] if last else [b"200", b"200"]
    (asked,) = complete(target)
    assert f"{asked.method} {asked.target}" == line
    assert asked.body == content
    assert asked.lines("x-forwarded-for") == (["127.0.0.1"] if b"ost" in sent else [])
    assert "X-A" not in asked.lines("connection")


async def paced(proxy, sent, step):
    """Sends in pieces of `step` bytes, and returns all that comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.proxy.port)
    for start in range(0, len(sent), step or len(sent)):
        writer.write(sent[start : start + (step or len(sent))])
        if step:
            await asyncio.sleep(0)
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return answer


# --- several requests on one connection (RFC 9112, section 9.3) ------------------------------------------------------

CLOSE = b"Connection: close\r\n"
PIPELINES = {
    "two": (get(b"/1") + NEXT, [200, 200], 1),
    "two with an empty line between them": (get(b"/1") + b"\r\n" + NEXT, [200, 200], 1),
    "a length, then another": (body(CL + b"5\r\n") + NEXT, [200, 200], 1),
    "chunks, then another": (chunked(PIECES) + NEXT, [200, 200], 1),
    "a length that is too long takes the next one for its body": (body(CL + b"1000\r\n", SMUGGLED), [], 0),
    "a length that is too short": (body(CL + b"4\r\n") + NEXT, [200, 400], 1),
    "a body nobody declared": (POST + b"\r\nhello" + NEXT, [200, 400], 1),
    "nothing is served behind a close": (get(b"/1", CLOSE) + SMUGGLED + SMUGGLED, [200], 1),
    "nothing is served behind the end of HTTP/1.0": (get(b"/1", version=b"HTTP/1.0") + SMUGGLED, [200], 1),
    "HTTP/1.0 may go on": (
        get(b"/1", b"Connection: keep-alive\r\n", b"HTTP/1.0") + NEXT,
        [200, 200],
        1,
    ),
    "nothing is served behind a refused Host": (host(b"evil.test") + SMUGGLED, [403], 0),
    "nothing is served behind a refused head": (field(b"X-A : b") + SMUGGLED, [400], 0),
    "nothing is served behind a refused body": (chunked(b"g\r\n" + LAST) + SMUGGLED, [400], 0),
    "nothing is served behind two lengths": (LENGTHS["two that differ"] + SMUGGLED, [400], 0),
    "nothing is served behind CONNECT": (OTHERS["CONNECT"][1] + SMUGGLED, [405], 0),
    "a refused one behind a good one": (get(b"/1") + field(b"X-A : b") + SMUGGLED, [200, 400], 1),
    "one without a Host behind a good one": (get(b"/1") + LINE + b"\r\n" + SMUGGLED, [200, 400], 1),
    "an unknown method behind a good one": (get(b"/1") + get(method=b"FOO") + SMUGGLED, [200, 400], 1),
    "a refused one between good ones": (get(b"/1") + host(b"evil.test") + SMUGGLED, [200, 403], 1),
    "a chunked body that breaks behind a good one": (
        get(b"/1") + chunked(b"g\r\n") + SMUGGLED,
        [200, 400],
        1,
    ),
    "a declined upgrade, then another": (
        field(b"Connection: Upgrade\r\nUpgrade: websocket") + NEXT,
        [200, 200],
        1,
    ),
    "a declined upgrade, then garbage": (
        field(b"Connection: Upgrade\r\nUpgrade: websocket") + field(b"X-A : b") + SMUGGLED,
        [200, 400],
        1,
    ),
    "an upgrade with a body, then another": (
        body(b"Connection: Upgrade\r\nUpgrade: websocket\r\n" + CL + b"5\r\n") + NEXT,
        [200, 200],
        1,
    ),
    "an upgrade to anything with a body, then another": (
        body(b"Connection: Upgrade\r\nUpgrade: x\r\n" + TE + b"chunked\r\n", PIECES) + NEXT,
        [200, 200],
        1,
    ),
}


@pytest.mark.parametrize("step", [None, 1])
@pytest.mark.parametrize(("sent", "statuses", "reached"), PIPELINES.values(), ids=PIPELINES)
async def test_one_after_the_other(proxy, target, sent, statuses, reached, step):
    """Each request ends where it says, and none is served behind one that was the last."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.proxy.port)
    for start in range(0, len(sent), step or len(sent)):
        writer.write(sent[start : start + (step or len(sent))])
    answer = b""
    with suppress(TimeoutError, ConnectionError):
        while chunk := await asyncio.wait_for(reader.read(65536), 5 if statuses else 0.2):
            answer += chunk
    writer.close()
    assert [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)] == statuses
    assert len(complete(target)) == reached
    assert not [request for request in target.requests if request.target == "/smuggled"]
