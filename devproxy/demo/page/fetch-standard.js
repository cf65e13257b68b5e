// What a browser does before and after a request to another origin (Fetch standard, "CORS-preflight" and "CORS check"),
// and what Chrome's console says of it.

const SAFE_METHODS = ["GET", "HEAD", "POST"];
const SAFE_HEADERS = ["accept", "accept-language", "content-language"];
const SAFE_TYPES = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];

export function preflightReasons(request) {
  const method = SAFE_METHODS.includes(request.method) ? [] : [request.method];
  const headers = [...request.headers].filter(([name, value]) => !isSafelisted(name, value)).map(([name]) => name);
  return [...method, ...headers];
}

function isSafelisted(name, value) {
  if (name === "content-type") return SAFE_TYPES.includes(value.split(";")[0].trim().toLowerCase());
  return SAFE_HEADERS.includes(name);
}

// `what` is Chrome's word for who asked: fetch, XMLHttpRequest, resource.
export function blockedText(what, url, { preflight = false } = {}) {
  return `Access to ${what} at '${url}' from origin '${location.origin}' has been blocked by CORS policy: `
    + (preflight ? "Response to preflight request doesn't pass access control check: " : "")
    + "No 'Access-Control-Allow-Origin' header is present on the requested resource.";
}

export function whatHappened(request) {
  return preflightReasons(request).length > 0
    ? `The browser asked first, with OPTIONS. The answer did not allow it, so the ${request.method} was never sent.`
    : "The backend got this request and answered it. The browser kept the answer from the page.";
}
