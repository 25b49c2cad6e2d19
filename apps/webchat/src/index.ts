export { startWebchat } from "./webchat.ts";
export type { RunningWebchat, WebchatEvent, WebchatOptions } from "./webchat.ts";
export type { GatewayOptions } from "./gateway-link.ts";
export { readWebchatSettings } from "./settings.ts";
export type { WebchatSettings } from "./settings.ts";
