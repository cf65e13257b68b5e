// What is asked. Each `call` is run as it stands, and its source is the code that the page shows.
//
// It gets `api`, the origin to ask, and what it may use of the page: `fetch` (the browser's, with a note taken of each
// request), `show` (a line of what the script gets), `bar` (a progress bar), `file` and `pause`. It returns a Response, an
// XMLHttpRequest or, where script sees no status, nothing; then `done` is the word for its success.
//
// `how` says why it works through devproxy. Why a fetch fails straight to the backend follows from its request; what is no
// fetch, or no mere fetch, says so itself: `kind`, `why`, and in `console` the lines of Chrome's console.

import { blockedText } from "./fetch-standard.js";

const REFUSED = "Failed to load resource: net::ERR_CONNECTION_REFUSED";

export const CASES = [
  {
    id: "get",
    title: "GET a list",
    how: "devproxy asked the backend, and added Access-Control-Allow-Origin for this page to the answer.",
    call: (api, { fetch }) => fetch(`${api}/api/users`),
  },
  {
    id: "post",
    title: "POST JSON",
    how: "devproxy answered the OPTIONS itself. The backend saw the POST and nothing else.",
    call: (api, { fetch }) => fetch(`${api}/api/users`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ name: "Barbara Liskov" }),
    }),
  },
  {
    id: "put",
    title: "PUT with a header of your own",
    how: "A header of your own must be allowed by its name. devproxy allows the names that the browser asks for.",
    call: (api, { fetch }) => fetch(`${api}/api/users/2`, {
      method: "PUT",
      headers: {
        "Content-Type": "application/json",
        "X-Request-ID": "demo-1",
      },
      body: JSON.stringify({ name: "Grace Hopper", role: "admin" }),
    }),
  },
  {
    id: "patch",
    title: "PATCH one field",
    how: "devproxy allowed PATCH in its answer to the OPTIONS, then passed the request on.",
    call: (api, { fetch }) => fetch(`${api}/api/users/3`, {
      method: "PATCH",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ role: "editor" }),
    }),
  },
  {
    id: "authorization",
    title: "Authorization: send a token",
    how: "Authorization must be allowed by name: Access-Control-Allow-Headers: * does not cover it. devproxy names it.",
    call: (api, { fetch }) => fetch(`${api}/api/me`, {
      headers: { Authorization: "Bearer demo-token" },
    }),
  },
  {
    id: "session",
    title: "Cookies: log in, then use the session",
    how: "Cookies travel where the answer names this page’s origin and says Access-Control-Allow-Credentials: true.",
    call: async (api, { fetch }) => {
      await fetch(`${api}/api/login`, {
        method: "POST",
        credentials: "include",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ name: "Ada Lovelace" }),
      });
      return fetch(`${api}/api/session`, {
        credentials: "include",
      });
    },
  },
  {
    id: "delete",
    title: "DELETE the session",
    how: "The OPTIONS was answered by devproxy, and the backend’s 204 took the cookie back.",
    call: (api, { fetch }) => fetch(`${api}/api/session`, {
      method: "DELETE",
      credentials: "include",
    }),
  },
  {
    id: "report",
    title: "Read a header of the answer",
    how: "Access-Control-Expose-Headers names X-Total-Count. Without it, get() would return null.",
    call: async (api, { fetch, show }) => {
      const answer = await fetch(`${api}/api/report`);
      const total = answer.headers.get("X-Total-Count");
      show(`X-Total-Count: ${total}`);
      return answer;
    },
  },
  {
    id: "events",
    title: "EventSource: follow a stream",
    kind: "Simple request, no preflight",
    done: "Streamed",
    why: "The backend began to send. The browser closed the stream before the first event, and an error event names no reason.",
    how: "Each event was passed on in the moment it came. Nothing is collected on the way.",
    console: (api) => [blockedText("resource", `${api}/api/events`)],
    call: (api, { show }) => new Promise((resolve, reject) => {
      const events = new EventSource(
        `${api}/api/events`,
      );
      events.onmessage = ({ data }) => show(data);
      events.addEventListener("end", () => {
        events.close();
        resolve();
      });
      events.onerror = (error) => {
        events.close();
        reject(error);
      };
    }),
  },
  {
    id: "socket",
    title: "WebSocket: say hello",
    kind: "No browser applies CORS to a WebSocket",
    scheme: "ws",
    done: "Connected",
    refused: "Refused",
    why: "This time the backend refuses, as careful ones do: it compares Origin with its own Host, and this page’s is another.",
    how: "devproxy knows this page by its policy, and shows the backend an Origin that fits its Host.",
    console: (api) => [
      `WebSocket connection to '${api}/api/socket' failed: Error during WebSocket handshake: Unexpected response code: 403`,
    ],
    call: (api, { show }) => new Promise((resolve, reject) => {
      const socket = new WebSocket(
        `${api}/api/socket`,
        "demo.v1",
      );
      socket.onopen = () => {
        socket.send("hello");
        socket.send("bye");
      };
      socket.onmessage = ({ data }) => show(data);
      socket.onclose = ({ code, reason }) => {
        show(`closed with ${code} ${reason}`);
        if (code === 1000) resolve();
        else reject();
      };
    }),
  },
  {
    id: "upload",
    title: "Upload with a progress bar",
    preflighted: ["upload.onprogress"],
    why: "To watch the progress of an upload needs leave: the browser asked first, with OPTIONS. Not one byte of the file was sent.",
    how: "The file went through as a stream: it is as slow as the backend that reads it, and the bar tells the truth.",
    console: (api) => [blockedText("XMLHttpRequest", `${api}/api/uploads`, { preflight: true })],
    call: (api, { file, bar, show }) => new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", `${api}/api/uploads`);
      request.upload.onprogress = (event) => {
        bar.value = event.loaded / event.total;
      };
      request.onload = () => resolve(request);
      request.onerror = reject;
      request.send(file);
    }),
  },
  {
    id: "restart",
    title: "The backend dies and comes back",
    kind: "For a moment its port refuses connections",
    kills: true,
    why: "First nobody listened, then CORS kept the answer back: the script gets the same words for both.",
    how: "A dead backend is a 502 that script can read, with the reason. When the backend is back, the next request works.",
    console: (api) => [REFUSED, blockedText("fetch", `${api}/api/users`)],
    call: async (api, { fetch, show, pause }) => {
      for (let tries = 0; tries < 8; tries++) {
        try {
          const answer = await fetch(
            `${api}/api/users`,
          );
          if (answer.ok) return answer;
          const { status, detail } = await answer.json();
          show(`${status} ${detail}`);
        } catch (error) {
          show(error);
        }
        await pause(400);
      }
      throw new Error("still nothing to read");
    },
  },
];
