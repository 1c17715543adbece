import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  base: './', // the server may mount the folder anywhere
  plugins: [react()],
  worker: { format: 'es' },
  // No inlined assets and no polyfill script: the content security policy allows files of this origin only.
  build: { target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 6000, modulePreload: { polyfill: false } },
});
