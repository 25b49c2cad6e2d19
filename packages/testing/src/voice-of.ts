import type { Core } from "./core.ts";
import type { Voice } from "./voice.ts";
import { voiceV3 } from "./voice-v3.ts";
import { voiceV4 } from "./voice-v4.ts";

/** How this gateway speaks. */
export const voiceOf = (core: Core): Voice => (core.version === 3 ? voiceV3 : voiceV4);
