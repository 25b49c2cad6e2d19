import { plainText } from "./container-log.ts";
import type { Engine } from "./engine.ts";

/** What a program prints that is run in a container, with its account and its limits. */
export async function outputWithin(
  engine: Engine,
  containerId: string,
  command: readonly string[],
): Promise<string> {
  return engine.ask(async (docker, abortSignal) => {
    const order = { Cmd: [...command], AttachStdout: true, abortSignal };
    const program = await docker.getContainer(containerId).exec(order);
    const output = await program.start({ abortSignal });
    const pieces: Buffer[] = [];
    for await (const piece of output) pieces.push(Buffer.from(piece));
    return plainText(Buffer.concat(pieces));
  });
}
