import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** What monitor-service serves under /ui: files whose names change with their content, and one page that loads them. */
export default defineConfig({
  base: '/ui/',
  plugins: [react()],
  // Workspace packages are bundled from their sources, as in the tests.
  resolve: { conditions: ['source', 'module', 'browser', 'import', 'default'] },
  html: { cspNonce: '%NONCE%' },
  build: { target: 'es2023', modulePreload: { polyfill: false }, chunkSizeWarningLimit: 2000 },
  worker: { format: 'es' },
});
