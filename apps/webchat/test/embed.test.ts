import { once } from "node:events";
import { spawn } from "node:child_process";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { readWebchatSettings, startWebchat } from "../src/index.ts";
import { rawRequest } from "./support/raw-request.ts";
import { startTestWebchat, temporaryPage } from "./support/test-webchat.ts";

test("a process embeds it with its own configuration, several beside each other, each with its own secrets", async () => {
  const { gatewayUrl, ...first } = await startTestWebchat();
  const settings = readWebchatSettings({ webchat: { port: 0 } });
  const web = await startWebchat({
    gateway: { url: gatewayUrl, token: "the-secret-of-the-gateway" },
    pageFolder: await temporaryPage(),
    port: settings?.port ?? -1,
  });
  onTestFinished(() => web.close());
  expect(web.port).not.toBe(first.port);
  const headers = { authorization: `Bearer ${await first.token()}` };
  expect((await rawRequest(first.port, "/webchat/history", { headers })).status).toBe(200);
  expect((await rawRequest(web.port, "/webchat/history", { headers })).status).toBe(401);
});

test("closing it leaves nothing behind that keeps a process alive", async () => {
  const { gatewayUrl } = await startTestWebchat();
  const source = `
    import { startWebchat } from ${JSON.stringify(join(import.meta.dirname, "../src/index.ts"))};
    const web = await startWebchat(${JSON.stringify({
      gateway: { url: gatewayUrl, token: "the-secret-of-the-gateway" },
      pageFolder: await temporaryPage(),
    })});
    const ticket = web.launchUrl().split("#token=")[1];
    const info = await fetch(web.baseUrl + "history?token=" + ticket);
    await info.text();
    await web.close();
    console.log(info.status);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source]);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text: Buffer) => (output += text.toString()));
  const [code] = (await once(child, "exit")) as [number];
  expect(output.trim()).toBe("200");
  expect(code).toBe(0);
});
