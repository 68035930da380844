import { defineConfig } from 'vitest/config'

// The server to which the development server hands requests.
const target = process.env.LAZULI_URL ?? 'http://127.0.0.1:7575'
// The server refuses what another site's page sends; to it, the development server is one.
const server = { target, changeOrigin: true, headers: { origin: target } }

export default defineConfig({
  // The editor's language service, which runs in a worker, was written for a page or Node: it wants "global".
  define: { global: 'globalThis' },
  worker: { format: 'es' },
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    target: 'es2022',
    // Inlined assets would need data: in the content security policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 10_000,
    modulePreload: { polyfill: false },
    // "use client" means nothing here.
    rolldownOptions: { onwarn: (w, warn) => w.code !== 'MODULE_LEVEL_DIRECTIVE' && warn(w) },
  },
  test: { include: ['src/**/*.test.ts'] },
  server: { proxy: { '/v1': server, '/healthz': server, '/signin': server } },
})
