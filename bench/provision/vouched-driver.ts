import {
  type Driver,
  identityOf,
  type InstanceSpec,
  type Observation,
} from "../../packages/control-plane/src/index.ts";
import { createFakeGateway } from "../../packages/testing/src/index.ts";
import { startFakeGatewayServer } from "../../packages/testing/src/ws.ts";

/**
 * Gateways as containers have them, for which the router vouches, without containers: fake ones behind real sockets.
 * What is measured with it is the control plane, not a gateway's start.
 */
export function vouchedDriver(): Driver {
  const world = new Map<string, { observation: Observation; close: () => Promise<void> }>();
  const stop = async (id: string) => {
    await world.get(id)?.close();
    world.delete(id);
  };
  return {
    name: "docker",
    observe: (id) => Promise.resolve(world.get(id)?.observation ?? { status: "absent" }),
    prepare: () => Promise.resolve(),
    async start({ id, settings: { auth }, revision }: InstanceSpec) {
      if (auth.mode === "token") throw new Error("The router vouches for it.");
      const users = { [auth.identity]: auth.scopes, [auth.control]: ["operator.admin"] };
      const { userHeader } = auth;
      const gateway = createFakeGateway({ protocol: 4, auth: { mode: "trusted-proxy", userHeader, users } });
      const server = await startFakeGatewayServer(gateway);
      const identity = identityOf(auth);
      const target = {
        host: "127.0.0.1",
        port: Number(new URL(server.url).port),
        prefix: "strip",
        forwardedHeaders: "write",
        ...(identity ? { identity } : {}),
      } as const;
      world.set(id, {
        observation: { status: "running", revision, target, startedAt: Date.now() },
        async close() {
          await server.close();
          gateway.close();
        },
      });
    },
    stop,
    destroy: stop,
    async close() {
      await Promise.all([...world.keys()].map(stop));
    },
    subscribe: () => () => undefined,
    logs: () => Promise.resolve([]),
  };
}
