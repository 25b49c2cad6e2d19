import { join } from "node:path";
import { runServer } from "./src/server/run-server.ts";

process.env["NEXT_TELEMETRY_DISABLED"] = "1";
process.env["CLERK_TELEMETRY_DISABLED"] = "1";

await runServer(process.env, join(import.meta.dirname, "../.."));
