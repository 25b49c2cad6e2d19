import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command, digest } from "./docker-command.ts";
import type { DockerCommand } from "./docker-command.ts";

/** Names everything that an image was built from. */
export const INPUTS_LABEL = "ai.automna.inputs";

const SUITE = "bookworm";
/** Beside what Debian calls essential. */
const PACKAGES = ["ca-certificates", "curl"];
const CACHE = join(import.meta.dirname, "..", "..", ".cache", "gateway-image");

/** Debian's minimal system, this Node, and the account `node`. Returns the image's name. */
export function buildBaseImage(docker: DockerCommand, say: (line: string) => void = () => undefined): string {
  const inputs = digest(readFileSync(import.meta.filename, "utf8"), process.version, process.arch);
  const name = `automna/gateway-base:${inputs.slice(0, 12)}`;
  if (docker.labelOf(name, INPUTS_LABEL) !== null) return name;
  const archive = join(CACHE, `base-${inputs.slice(0, 12)}.tar`);
  if (!existsSync(archive)) {
    say(`building ${name} (debootstrap, about half a minute) ...`);
    makeArchive(archive);
  }
  const changes = [
    "ENV HOME=/home/node NODE_ENV=production",
    "WORKDIR /app",
    `LABEL ${INPUTS_LABEL}=${inputs}`,
  ];
  docker.pipe(["cat", archive], ["import", ...changes.flatMap((change) => ["--change", change]), "-", name]);
  return name;
}

function makeArchive(archive: string): void {
  const work = mkdtempSync(join(tmpdir(), "automna-base-image-"));
  const rootfs = join(work, "rootfs");
  try {
    command("debootstrap", [
      "--variant=minbase",
      `--include=${PACKAGES.join(",")}`,
      SUITE,
      rootfs,
      ...mirror(),
    ]);
    for (const folder of [
      "var/cache/apt/archives",
      "var/lib/apt/lists",
      "usr/share/doc",
      "usr/share/locale",
    ]) {
      rmSync(join(rootfs, folder), { recursive: true, force: true });
      mkdirSync(join(rootfs, folder), { recursive: true });
    }
    cpSync(realpathSync(process.execPath), join(rootfs, "usr/local/bin/node"));
    command("chroot", [rootfs, "useradd", "--uid", "1000", "--create-home", "--shell", "/bin/bash", "node"]);
    for (const folder of ["app", "workspace", "run/automna"])
      mkdirSync(join(rootfs, folder), { recursive: true });
    for (const folder of ["workspace", "run/automna"]) command("chown", ["1000:1000", join(rootfs, folder)]);
    mkdirSync(CACHE, { recursive: true });
    command("tar", ["-C", rootfs, "-cf", `${archive}.draft`, "."]);
    renameSync(`${archive}.draft`, archive);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The mirror that this machine installs from. */
function mirror(): string[] {
  const { stdout } = spawnSync("apt-get", ["indextargets", "--format", "$(REPO_URI) $(CODENAME)"], {
    encoding: "utf8",
  });
  const line = (stdout ?? "").split("\n").find((target) => target.endsWith(` ${SUITE}`));
  return line === undefined ? [] : [line.split(" ")[0] ?? ""];
}
