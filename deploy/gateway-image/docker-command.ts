import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";

/** Something that a build of images needs is not there; the message says what. */
class ImageBuildError extends Error {
  override readonly name = "ImageBuildError";
}

export interface DockerCommand {
  /** `null` without such an image. */
  labelOf(image: string, label: string): string | null;
  /** Feeds what a command writes to a command of `docker`. */
  pipe(source: readonly string[], docker: readonly string[]): void;
}

/** @param host Address of the engine, as `DOCKER_HOST`. Default: the environment's. */
export function dockerOn(host?: string): DockerCommand {
  const env = host === undefined ? process.env : { ...process.env, DOCKER_HOST: host };
  return {
    labelOf(image, label) {
      const format = `{{index .Config.Labels "${label}"}}`;
      const { status, stdout } = spawnSync("docker", ["image", "inspect", "--format", format, image], {
        env,
        encoding: "utf8",
      });
      return status === 0 ? stdout.trim() : null;
    },
    pipe(source, docker) {
      const words = (list: readonly string[]) => list.map((word) => `'${word}'`).join(" ");
      command("bash", ["-c", `set -o pipefail; ${words(source)} | docker ${words(docker)}`], env);
    },
  };
}

export function command(program: string, args: readonly string[], env = process.env): void {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    env,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) throw new ImageBuildError(`${program} is not here: install it first.`, { cause: error });
  if (status === 0) return;
  const said = `${stdout}${stderr}`.trim().split("\n").slice(-15).join("\n");
  throw new ImageBuildError(`${program} ended with status ${status}:\n${said}`);
}

export function digest(...texts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(text).update("\0");
  return hash.digest("hex");
}
