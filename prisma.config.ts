import { join } from "node:path";
import { defineConfig } from "prisma/config";

// The CLI would download a native schema engine before every command. See scripts/schema-engine.mjs.
process.env["PRISMA_SCHEMA_ENGINE_BINARY"] ??= join(import.meta.dirname, "scripts/schema-engine.mjs");

export default defineConfig({
  schema: join(import.meta.dirname, "prisma/schema.prisma"),
  migrations: { path: join(import.meta.dirname, "prisma/migrations") },
  // `prisma generate` runs on every install and needs no database.
  datasource: {
    url: process.env["DATABASE_URL"] ?? "",
    ...(process.env["SHADOW_DATABASE_URL"] ? { shadowDatabaseUrl: process.env["SHADOW_DATABASE_URL"] } : {}),
  },
});
