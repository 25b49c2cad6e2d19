import { describe, expect, test } from "vitest";

import { chatRig, SESSION } from "./chat-rig.ts";

const CHAT = ["operator.read", "operator.write"];
const HELPER = [...CHAT, "operator.approvals", "operator.questions"];
const ADMIN = [...CHAT, "operator.admin"];

const NOTHING_MORE = {
  canAbort: true,
  canCreateSession: true,
  canReset: false,
  canDelete: false,
  canApprove: false,
  canAnswer: false,
};

describe.each([
  [3, undefined, { ...NOTHING_MORE, canRename: false, canPatchModel: false, hasLiveTools: false }],
  [3, HELPER, { canRename: false, canReset: false, canApprove: true, canAnswer: false }],
  [3, ADMIN, { canRename: true, canReset: true, canDelete: true, canPatchModel: true, hasLiveTools: true }],
  [3, ["operator.read"], { canAbort: false, canCreateSession: false, canRename: false }],
  [4, undefined, { ...NOTHING_MORE, canRename: true, canPatchModel: true, hasLiveTools: true }],
  [4, HELPER, { canRename: true, canReset: false, canApprove: true, canAnswer: true }],
  [4, ADMIN, { canRename: true, canReset: true, canDelete: true, canApprove: true, canAnswer: true }],
  [4, ["operator.read"], { canAbort: false, canCreateSession: false, canRename: false }],
] as const)("over protocol %i with the scopes %j", (protocol, scopes, expected) => {
  test("a chat offers what its gateway will do", async () => {
    const rig = chatRig({ protocol }, scopes && { scopes });
    await rig.ready();
    expect(rig.chat.getState().capabilities).toMatchObject(expected);
  });

  test("the gateway agrees about another title", async () => {
    const rig = chatRig({ protocol }, scopes && { scopes });
    rig.gateway.seedSession(SESSION, [{ user: "first", assistant: "one" }]);
    await rig.ready();
    const renamed = rig.chat.actions.renameSession(SESSION, "Another").then(
      () => true,
      () => false,
    );
    await rig.clock.advanceAsync(1_000);
    expect(await renamed).toBe(expected.canRename);
  });
});
