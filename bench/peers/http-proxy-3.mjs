// http-proxy-3 with an agent that keeps connections, and the CORS headers that people add by hand.
import http from 'node:http'
import httpProxy from 'http-proxy-3'

const agent = new http.Agent({ keepAlive: true })
const make = (port) => httpProxy.createProxyServer({ target: `http://127.0.0.1:${port}`, ws: true, agent })
const api = make(process.env.API)
const live = make(process.env.LIVE)
for (const proxy of [api, live]) proxy.on('error', (_error, _request, response) => response?.destroy?.())

const server = http.createServer((request, response) => {
  response.setHeader('Access-Control-Allow-Origin', request.headers.origin ?? '*')
  response.setHeader('Access-Control-Allow-Credentials', 'true')
  response.setHeader('Vary', 'Origin')
  const proxy = request.url.startsWith('/live/') ? live : api
  proxy.web(request, response)
})
server.on('upgrade', (request, socket, head) => live.ws(request, socket, head))
server.listen(Number(process.env.PORT), '127.0.0.1')
