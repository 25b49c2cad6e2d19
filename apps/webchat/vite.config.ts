import { join } from "node:path";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The page, built into the package. Its addresses are those that the web chat serves it under. */
export default defineConfig({
  root: join(import.meta.dirname, "page"),
  base: "/webchat/",
  plugins: [react()],
  build: {
    outDir: join(import.meta.dirname, "dist", "page"),
    emptyOutDir: true,
    // The whole chat is one piece: it is loaded from this machine.
    chunkSizeWarningLimit: 800,
    // Its policy allows no inline scripts and no data addresses for them.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
