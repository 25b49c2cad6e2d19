// What the process driver runs where no gateway is installed; arguments and environment as DEMO_GATEWAY_CONTRACT says.
import { parseArgs } from "node:util";
import { DEMO_GATEWAY_CONTRACT } from "@automna/control-plane";
import { startDemoGateway } from "@automna/testing/demo";

const { values } = parseArgs({ options: { port: { type: "string" }, bind: { type: "string" } } });
const token = process.env[DEMO_GATEWAY_CONTRACT.tokenVariable];
if (!values.port || !token) {
  process.stderr.write(`usage: ${DEMO_GATEWAY_CONTRACT.tokenVariable}=... --port N --bind ADDRESS\n`);
  process.exit(2);
}

const gateway = await startDemoGateway({
  token,
  port: Number(values.port),
  allowedOrigins: (process.env[DEMO_GATEWAY_CONTRACT.allowedOriginsVariable] ?? "")
    .split(",")
    .filter(Boolean),
  ...(values.bind ? { host: values.bind } : {}),
});
process.stdout.write(`demo gateway on port ${gateway.port}\n`);

for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.once(signal, () => {
    void gateway.close().then(() => process.exit(0));
  });
