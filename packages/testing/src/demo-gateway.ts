export type DemoGateway = { readonly url: string; readonly port: number; close(): Promise<void> };

/** Starts the labelled demo gateway (version 4, `server.version` "demo", state in memory only). */
export function startDemoGateway(_options: {
  port?: number;
  host?: string;
  token: string;
  basePath?: string;
}): Promise<DemoGateway> {
  throw new Error("not built yet");
}
