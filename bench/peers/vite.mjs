// Vite's server.proxy: as shipped, or with an agent that keeps connections to the target.
import http from 'node:http'
import { createServer } from 'vite'

const agent = process.env.KEEP_ALIVE && { agent: new http.Agent({ keepAlive: true }) }
const proxy = (port) => ({ target: `http://127.0.0.1:${port}`, ws: true, ...agent })

const server = await createServer({
  root: new URL('.', import.meta.url).pathname,
  configFile: false,
  clearScreen: false,
  server: {
    host: '127.0.0.1',
    port: Number(process.env.PORT),
    strictPort: true,
    proxy: { '/api': proxy(process.env.API), '/live': proxy(process.env.LIVE) },
  },
})
await server.listen()
