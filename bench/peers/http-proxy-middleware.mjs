// http-proxy-middleware on Node's own server, with an agent that keeps connections, and the CORS headers that people add by hand.
import http from 'node:http'
import { createProxyMiddleware } from 'http-proxy-middleware'

const agent = new http.Agent({ keepAlive: true })
const make = (port) => createProxyMiddleware({ target: `http://127.0.0.1:${port}`, agent })
const api = make(process.env.API)
const live = make(process.env.LIVE)

const server = http.createServer((request, response) => {
  response.setHeader('Access-Control-Allow-Origin', request.headers.origin ?? '*')
  response.setHeader('Access-Control-Allow-Credentials', 'true')
  response.setHeader('Vary', 'Origin')
  const proxy = request.url.startsWith('/live/') ? live : api
  proxy(request, response, () => response.writeHead(404).end())
})
server.on('upgrade', live.upgrade)
server.listen(Number(process.env.PORT), '127.0.0.1')
