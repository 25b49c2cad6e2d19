import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { readInvocation } from "../src/config.ts";
import { readWebchatSettings, SETTINGS_DEFAULTS } from "../src/settings.ts";
import { discoveryArguments, tunnelArguments } from "../src/ssh-arguments.ts";
import { temporaryFolder } from "./support/test-webchat.ts";

const HOME = "/home/alice";
const read = (args: readonly string[], env: Record<string, string> = {}) => readInvocation(args, env, HOME);

function problems(args: readonly string[]): readonly string[] {
  const invocation = read(args);
  return invocation.kind === "invalid" ? invocation.problems : [];
}

test("without flags: this machine's gateway, a free port, tokens, and a discovery file at home", () => {
  expect(read([])).toEqual({
    kind: "serve",
    config: {
      gatewayUrl: "ws://127.0.0.1:18789",
      gatewayToken: null,
      session: "main",
      port: 0,
      tokenMs: 900_000,
      rpcLimitMs: 600_000,
      needsToken: true,
      discoveryFile: "/home/alice/.automna/webchat.json",
    },
  });
});

test("the gateway's token comes from the environment or a file, and no flag takes it", async () => {
  const file = join(await temporaryFolder(), "token");
  await writeFile(file, "from-a-file\n");
  expect(read([], { OPENCLAW_GATEWAY_TOKEN: "a" })).toMatchObject({ config: { gatewayToken: "a" } });
  expect(read([], { CLAWDBOT_GATEWAY_TOKEN: "b", AUTOMNA_GATEWAY_TOKEN: "c" })).toMatchObject({
    config: { gatewayToken: "c" },
  });
  expect(read(["--gateway-token-file", file], { AUTOMNA_GATEWAY_TOKEN: "c" })).toMatchObject({
    config: { gatewayToken: "from-a-file" },
  });
  expect(problems(["--gateway-token", "x"])[0]).toContain("is not a flag");
  expect(problems(["--gateway-token-file", "/nowhere"])[0]).toContain("cannot be read");
});

test.each([
  [["--gateway", "ws://user:secret@host"], "--gateway must be"],
  [["--gateway", "ws://host/?token=secret"], "--gateway must be"],
  [["--gateway", "ftp://host"], "--gateway must be"],
  [["--port", "0"], "--port must be"],
  [["--token-ttl", "1ms"], "--token-ttl must be"],
  [["--session", "a\nb"], "--session must be"],
  [["--ssh", "-oProxyCommand=x"], "--ssh must be"],
  [["--ssh", "host; rm"], "--ssh must be"],
  [["folder"], "is no flag"],
])("%j is a mistake that is named", (args, sentence) => {
  expect(problems(args)[0]).toContain(sentence);
});

test("a configuration's webchat section fixes the port, names the gateway's, and turns the chat off", async () => {
  const file = join(await temporaryFolder(), "clawdis.json");
  await writeFile(file, JSON.stringify({ webchat: { gatewayPort: 19_000 }, other: 1 }));
  expect(read(["--config", file])).toMatchObject({
    config: { port: 18_788, gatewayUrl: "ws://127.0.0.1:19000" },
  });
  expect(read(["--config", file, "--port", "4000"])).toMatchObject({ config: { port: 4_000 } });
  await writeFile(file, JSON.stringify({ webchat: { enabled: false } }));
  expect(read(["--config", file])).toEqual({ kind: "off" });
  await writeFile(file, "{");
  expect(problems(["--config", file])[0]).toContain("cannot be read as JSON");
});

test("settings have their documented defaults and are checked", () => {
  expect(readWebchatSettings({})).toBeNull();
  expect(readWebchatSettings({ webchat: {} })).toEqual(SETTINGS_DEFAULTS);
  expect(readWebchatSettings({ webchat: { port: 0 } })).toMatchObject({ port: 0 });
  for (const webchat of [{ enabled: "yes" }, { port: -1 }, { port: "1" }, { gatewayPort: 0 }, null]) {
    expect(() => readWebchatSettings({ webchat })).toThrow(/webchat/);
  }
});

test("--url asks for a link, of this machine's web chat or of a tunnel's", () => {
  expect(read(["--url"])).toEqual({
    kind: "link",
    discoveryFile: "/home/alice/.automna/webchat.json",
    remote: null,
  });
  expect(read(["--url", "--ssh", "bob@box"])).toMatchObject({ kind: "link", remote: { target: "bob@box" } });
});

test("ssh gets the target behind --, and only words that are quoted for the shell over there", () => {
  const remote = { target: "bob@box", sshConfig: "/c", remoteDiscoveryFile: "it's; here" };
  expect(discoveryArguments(remote)).toEqual(["-F", "/c", "-T", "--", "bob@box", `cat 'it'\\''s; here'`]);
  expect(discoveryArguments({ ...remote, remoteDiscoveryFile: null }).at(-1)).toBe(
    'cat "$HOME"/.automna/webchat.json',
  );
  const tunnel = tunnelArguments(remote, 4_000, 5_000);
  expect(tunnel).toContain("127.0.0.1:4000:127.0.0.1:5000");
  expect(tunnel.slice(-2)).toEqual(["--", "bob@box"]);
});
