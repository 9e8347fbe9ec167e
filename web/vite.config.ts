import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vite";

/** JavaScript that the first page load may cost, gzip. The chart and editors come later, lazily. */
const FIRST_LOAD_BUDGET_KB = 200;

/** Adds up the entry and everything it imports statically, prints it, and fails above the budget. */
function firstLoadBudget(): Plugin {
  return {
    name: "first-load-budget",
    apply: "build",
    generateBundle(_options, bundle) {
      const seen = new Set<string>();
      const add = (name: string) => {
        const chunk = bundle[name];
        if (chunk?.type !== "chunk" || seen.has(name)) return;
        seen.add(name);
        for (const dependency of chunk.imports) add(dependency);
      };
      for (const [name, chunk] of Object.entries(bundle)) {
        if (chunk.type === "chunk" && chunk.isEntry) add(name);
      }
      let bytes = 0;
      for (const name of seen) {
        const chunk = bundle[name];
        if (chunk?.type === "chunk") bytes += gzipSync(chunk.code).length;
      }
      const kilobytes = bytes / 1024;
      const line = `first-load JavaScript: ${kilobytes.toFixed(1)} KB gzip of ${FIRST_LOAD_BUDGET_KB} KB`;
      if (kilobytes > FIRST_LOAD_BUDGET_KB) this.error(line);
      this.info(line);
    },
  };
}

export default defineConfig({
  plugins: [react(), tailwindcss(), firstLoadBudget()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "../src/arbitragevault/web",
    emptyOutDir: true,
    // The content security policy allows no data: fonts or scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    chunkSizeWarningLimit: 700,
  },
  server: {
    port: 5173,
    proxy: { "/api": { target: process.env.API_URL ?? "http://127.0.0.1:8000" } },
  },
});
