import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createFakeGateway, words, type FakeGateway, type FakeGatewayOptions } from "@automna/testing";
import { startFakeGatewayServer } from "@automna/testing/ws";
import { onTestFinished } from "vitest";

import { readDiscovery } from "../../src/discovery.ts";
import {
  startWebchat,
  type RunningWebchat,
  type WebchatEvent,
  type WebchatOptions,
} from "../../src/webchat.ts";
import { rawRequest, type RawAnswer } from "./raw-request.ts";

export const GATEWAY_TOKEN = "the-secret-of-the-gateway";

/** A web chat in front of a gateway that this process runs too. */
export interface TestWebchat extends RunningWebchat {
  readonly gateway: FakeGateway;
  readonly gatewayUrl: string;
  readonly folder: string;
  readonly discoveryFile: string;
  readonly events: readonly WebchatEvent[];
  /** The key in the discovery file. */
  readonly key: string;
  /** A new token. */
  token(): Promise<string>;
  /** A request as its owner's program makes it, with a token. */
  ask(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<RawAnswer>;
}

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "automna-webchat-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The built page stands in for itself: tests of the server need no build. */
export async function temporaryPage(): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "assets"));
  await writeFile(join(folder, "index.html"), "<!doctype html><title>page</title>");
  await writeFile(join(folder, "assets", "index-abc.js"), "export {};");
  return folder;
}

export async function startTestWebchat(
  options: Partial<WebchatOptions> & { readonly fake?: FakeGatewayOptions } = {},
): Promise<TestWebchat> {
  const { fake, ...own } = options;
  const gateway = createFakeGateway({
    protocol: 4,
    model: () => words(5, 5),
    auth: { mode: "token", token: GATEWAY_TOKEN },
    ...fake,
  });
  const server = await startFakeGatewayServer(gateway);
  const folder = await temporaryFolder();
  const discoveryFile = join(folder, "state", "webchat.json");
  const events: WebchatEvent[] = [];
  const web = await startWebchat({
    gateway: { url: server.url, token: GATEWAY_TOKEN },
    pageFolder: await temporaryPage(),
    discoveryFile,
    onEvent: (event) => events.push(event),
    ...own,
  });
  onTestFinished(async () => {
    await web.close();
    await server.close();
  });
  const key = (await readDiscovery(discoveryFile))?.key ?? "";
  const token = async (): Promise<string> => {
    const answer = await rawRequest(web.port, "/webchat/token", {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
    });
    return (JSON.parse(answer.body) as { token: string }).token;
  };
  return {
    ...web,
    gateway,
    gatewayUrl: server.url,
    folder,
    discoveryFile,
    events,
    key,
    token,
    async ask(path, body, headers = {}) {
      const authorization = { authorization: `Bearer ${await token()}` };
      if (body === undefined)
        return rawRequest(web.port, path, { headers: { ...authorization, ...headers } });
      return rawRequest(web.port, path, {
        method: "POST",
        headers: { ...authorization, "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      });
    },
  };
}
