// npm run webchat [-- FLAGS]: automna-webchat from this clone, its page built when that is needed.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { buildWebchatIfStale } from "./webchat-build.ts";

await buildWebchatIfStale();

const program = join(import.meta.dirname, "..", "apps", "webchat", "bin", "automna-webchat.ts");
const child = spawn(process.execPath, [program, ...process.argv.slice(2)], { stdio: "inherit" });
// A terminal's Ctrl+C reaches it by itself.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));
