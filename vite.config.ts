import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = process.env.ATELIER_ORIGIN ?? 'http://127.0.0.1:7070'

/** Two pages, loaded apart: the portal and the viewer. `vite` alone serves them against a server that runs already. */
export default defineConfig({
  root: 'src/console',
  plugins: [react()],
  build: {
    outDir: '../../dist/console',
    emptyOutDir: true,
    target: 'esnext',
    // The server's content policy allows no inline script, and nothing is gained from data URLs on a LAN.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: { input: ['src/console/index.html', 'src/console/view.html'] },
  },
  server: {
    proxy: Object.fromEntries(
      ['/portal', '/2020-08-01', '/streams'].map(path => [path, { target: server, changeOrigin: true, ws: true }]),
    ),
  },
})
