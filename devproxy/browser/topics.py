"""What there is to know about CORS, in eight lines each: no line is wider than a small terminal."""

from collections.abc import Mapping

TOPICS: Mapping[str, str] = {
    "same-origin": """\
An origin is scheme, host and port together, as in http://localhost:5173.
https is not http, 127.0.0.1 not localhost, :3001 not :5173; no path counts.
A page may send requests to other origins. It may read their answers only
where these say so: Access-Control-Allow-Origin, which is what CORS is about.
The browser decides that, and most often after the server has done its work.
Images, scripts and forms of other origins always worked and still do.
Where page and API have one origin there is no CORS at all:
  devproxy api=3001 /=5173""",
    "simple": """\
A GET, HEAD or POST with nothing special in it is sent without asking first.
Special is every header that script adds, except Accept, Accept-Language,
Content-Language, a plain Range, and a Content-Type that a form has, too:
urlencoded, multipart/form-data or text/plain. JSON is not among them.
A simple POST from another site DOES reach the server and does its work there,
cookies included, if any travel: only the answer is kept from the page.
So CORS is no protection from writes; CSRF tokens and SameSite cookies are.
What is not simple: devproxy explain preflight""",
    "preflight": """\
Before a request that is not simple the browser asks: OPTIONS, with Origin and
Access-Control-Request-Method, and -Request-Headers where script set some.
It asks for PUT, PATCH and DELETE, for Content-Type: application/json, for
Authorization, for any X- header, and where an upload is watched (xhr.upload).
The question carries no cookie and no token, so answer it before any login:
with 200 to 299, no redirect, and the headers Access-Control-Allow-*.
If the answer does not allow the request, the request is never sent.
devproxy answers preflights itself; the backend never sees them.""",
    "credentials": """\
Script sends cookies to another origin only with {credentials: 'include'}, or
xhr.withCredentials = true, and only those that SameSite and Secure let go.
The answer then has to say Access-Control-Allow-Credentials: true and the
page's very origin; * counts as nothing, in the lists of names as well.
An Authorization header that script sets is not meant: it needs a preflight.
Another port is the same site, so SameSite=Lax cookies go there; localhost and
127.0.0.1 are two sites, and cookies of one never go to the other.
devproxy allows credentials for pages on this machine, and by name for others.""",
    "curl": """\
curl, Postman and servers know no same-origin policy: they show every answer.
"It works in curl" says that the server is up, not that a page may read it.
Ask as the browser would, and look for access-control-allow-origin:
  curl -i -H 'Origin: http://localhost:5173' http://localhost:3001/users
And as it asks beforehand, for a PUT:
  curl -i -X OPTIONS http://localhost:3001/users \\
    -H 'Origin: http://localhost:5173' \\
    -H 'Access-Control-Request-Method: PUT'""",
    "proxy": """\
Only browsers check CORS. A proxy asks the backend as a server does, and what
the page calls is the proxy. There are two ways, and both need no new backend:
  devproxy 3001              call http://localhost:8484 instead of :3001;
                             devproxy adds the headers and answers preflights
  devproxy api=3001 /=5173   open http://localhost:8484; page and API are one
                             origin, and there is no CORS at all
This mends development. In production the backend needs a policy of its own,
or page and API stand behind one server, as they do in the second way.""",
    "devtools": """\
Console: the red line names the reason. Copy all of it, with its address.
What script is told ("Failed to fetch", "Load failed") names no reason at all.
Network: the blocked request says "CORS error"; its status may well be 200.
The preflight is a row of its own, with the method OPTIONS; look at its status
and at the answer's Access-Control-Allow-* headers, then at the request's.
No row at all, or "provisional headers": nothing was sent (mode, CSP, mixed
content, a missing permission), so no change of the server can help.
Tick "Disable cache": old copies and remembered preflights are left out.""",
    "disable": """\
chrome --disable-web-security works only with its own --user-data-dir, and any
page opened in that window may read whatever it can reach: no place for mail.
Extensions that add the headers lie to the page and to you, often break
credentials and preflights, and help nobody who has not installed them.
mode: 'no-cors' switches nothing off: the answer stays empty for script.
Access-Control-Allow-Origin on a request does nothing but cause a preflight.
The error belongs to the backend; until that is mended, one address is enough:
  devproxy http://localhost:3001""",
}
