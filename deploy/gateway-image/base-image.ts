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

type Say = (line: string) => void;

/** Names everything that an image was built from. */
export const INPUTS_LABEL = "ai.automna.inputs";

const SUITE = "bookworm";
/** Beside what Debian calls essential. */
const PACKAGES = ["ca-certificates", "curl"];
const CACHE = join(import.meta.dirname, "..", "..", ".cache", "gateway-image");

/** Debian's minimal system, this Node, and the account `node`. Returns the image's name. */
export function buildBaseImage(docker: DockerCommand, say: Say = () => undefined): string {
  const inputs = inputsOfBase();
  const name = `automna/gateway-base:${inputs.slice(0, 12)}`;
  if (docker.labelOf(name, INPUTS_LABEL) !== null) return name;
  const archive = fetchBase(say);
  const changes = [
    "ENV HOME=/home/node NODE_ENV=production",
    "WORKDIR /app",
    `LABEL ${INPUTS_LABEL}=${inputs}`,
  ];
  docker.pipe(["cat", archive], ["import", ...changes.flatMap((change) => ["--change", change]), "-", name]);
  return name;
}

/** Makes the archive of it, which is all that needs Debian's mirror, unless it is there. Returns its path. */
export function fetchBase(say: Say = () => undefined): string {
  const archive = join(CACHE, `base-${inputsOfBase().slice(0, 12)}.tar`);
  if (!existsSync(archive)) {
    say("fetching Debian's minimal system (debootstrap, about half a minute) ...");
    makeArchive(archive);
  }
  return archive;
}

function inputsOfBase(): string {
  return digest(readFileSync(import.meta.filename, "utf8"), process.version, process.arch);
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
