import type { Client, Core } from "./core.ts";
import type { Reply } from "./gateway-error.ts";
import type { JsonObject } from "./json.ts";

/** One admitted request. */
export type Request = {
  core: Core;
  client: Client;
  method: string;
  params: JsonObject;
  answerLater: (reply: Reply) => void;
};

/** Answers a request now, or later through `answerLater` (undefined). */
export type Method = (request: Request) => Reply | undefined;
