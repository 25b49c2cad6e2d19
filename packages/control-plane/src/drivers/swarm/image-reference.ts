import type { Engine } from "../docker/engine.ts";

/**
 * The image under a name that means the same on every node. One that is named by a tag is asked for at its registry
 * before each start, and two nodes may get two different ones.
 *
 * @param image Present at the engine.
 */
export async function imageReference(engine: Engine, image: string): Promise<string> {
  const { Id, RepoDigests } = await engine.ask((docker) => docker.getImage(image).inspect());
  return sameEverywhere(image, Id, RepoDigests ?? []);
}

/** By its digest if a registry has it under this name; else by its id, which nodes only find if it was loaded there. */
export function sameEverywhere(image: string, id: string, digests: readonly string[]): string {
  const tag = image.lastIndexOf(":");
  const repository = tag > image.lastIndexOf("/") ? image.slice(0, tag) : image;
  return digests.find((digest) => digest.startsWith(`${repository}@`)) ?? id;
}
