/** A difference between the fake and the recorded gateways that is meant to be, and why. */
export type KnownDifference = {
  /** Matches the descriptions that `differences` gives. */
  match: RegExp;
  /** What a user of the fake should know; the README lists these sentences. */
  reason: string;
};

export const knownDifferences: readonly KnownDifference[] = [
  {
    match: /inner runs order/,
    reason:
      "Version 3 tells about inner model calls (retries, memory upkeep) of other sessions by stray lifecycle events; the fake has none.",
  },
  {
    match:
      /background (cron|task|skills\.changed|chat\.metadata\.changed)|never sent sessions\.changed:cron-bindings-loaded/,
    reason:
      "Version 4 announces its own housekeeping (cron, tasks, skills, catalogue); the fake is silent about it.",
  },
  {
    match: /config\.(get|patch): real ok/,
    reason:
      "Methods outside chat, sessions, catalogue, approvals, devices and health are unknown to the fake; `features.methods` lists what it has.",
  },
  {
    match:
      /slash-commands .*row assistant text|chat-empty .*(row assistant text|order: after agent:lifecycle:end)|kill-midrun .*row user text/,
    reason:
      "What a gateway says in its own words (command answers, the prompts after an empty reply or a restart) is worded differently.",
  },
  {
    match: /openclaw\/chat-attachments .*row assistant text/,
    reason:
      "What the model is told about attachments is in no message; the fake's model sees the message alone.",
  },
  {
    match: /pluginSurfaceUrls\.canvas/,
    reason: "There is no canvas surface.",
  },
  {
    match: /chat-think .*order: after agent:thinking|chat-think .*openclawDelivery/,
    reason:
      "Version 4 held the text of an OpenAI-style reasoning model back until its end; the fake streams it, as the real one does for Anthropic-style models.",
  },
  {
    match:
      /agent:tool:\w+: .*payload\.|session\.message session\.message: |background sessions\.changed sessions\.changed[^ ]*: /,
    reason:
      "The description of a session that rides on tool and session events has the same core, but not every optional member.",
  },
  {
    match: /presence\[\]\.(lastActivityAt|deviceId|roles|scopes|clientId|user|onlineSince)/,
    reason: "Presence rows differ with who else was connected when the recording was made.",
  },
  {
    match: /CoreRatio|degradedSinceMs|health: fake lacks modelRuntime/,
    reason: "Health figures of the process are constants.",
  },
  {
    match: /sessionInfo\.(childSessions|peerKind|lastActivityAt)/,
    reason: "Sessions have no children, peers or activity marks.",
  },
  {
    match: /kill-after-final .*sessionInfo\.|x-timeout .*sessionInfo\./,
    reason:
      "Tokens of a run are counted at once; version 4 counts them a little later, so that a death right after the end loses the count.",
  },
  {
    match: /sessions\.reset: fake lacks entry\.modelOverrideSource/,
    reason: "A reset entry does not remember that its model was once set back to the default.",
  },
];
