// What people report about chats on these gateways again and again, as far as it is seen on a page. What happens below
// the page is in packages/client/test/pain-points.test.ts, what needs a real layout in thread-scroll.slow.test.ts.
import { say, think, tool, words } from "@automna/testing";
import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { Profiler } from "react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { AutomnaChat, type ClawdbotRuntimeOptions } from "../src/index.ts";
import { gatewayRig, type GatewayRig } from "./gateway-rig.ts";

let rig: GatewayRig;
const complaints = vi.spyOn(console, "error");
afterEach(() => {
  cleanup();
  rig.close();
  expect(complaints.mock.calls.splice(0)).toEqual([]);
});

async function openChat(change: Partial<ClawdbotRuntimeOptions> = {}): Promise<void> {
  render(<AutomnaChat {...rig.options} {...change} sessionKey="main" />);
  await rig.pass();
}

function send(text: string): void {
  const field = screen.getByRole("textbox", { name: "Message" });
  fireEvent.change(field, { target: { value: text } });
  fireEvent.keyDown(field, { key: "Enter" });
}

const stopButton = () => screen.queryByRole("button", { name: "Stop" });
const replies = () => screen.getAllByRole("article").filter(({ dataset }) => dataset["role"] === "assistant");

describe.each([3, 4] as const)("over version %i", (protocol) => {
  beforeEach(() => {
    rig = gatewayRig({ protocol });
  });

  describe("6. the Stop button is stuck or does nothing", () => {
    test("it ends a reply that would never have ended", async () => {
      rig.gateway.setModel(() => [...words(3, 10), { do: "hang" }]);
      await openChat();
      send("go");
      await rig.pass(800);
      fireEvent.click(stopButton()!);
      await rig.pass(800);
      expect(rig.gateway.activeRuns()).toEqual([]);
      expect(stopButton()).toBeNull();
      expect(screen.getByText("Stopped")).toBeTruthy();
    });

    test("it goes when the reply ended while nobody was connected", async () => {
      rig.gateway.setModel(() => words(20, 50));
      await openChat();
      send("go");
      await rig.pass(500);
      expect(stopButton()).toBeTruthy();
      rig.gateway.dropAll();
      await rig.pass(20_000);
      expect(stopButton()).toBeNull();
      expect(within(replies()[0]!).getByText(/w1 .* w20$/)).toBeTruthy();
    });
  });

  describe("7. large sessions freeze the tab", () => {
    test("a tool's huge result is not in the document until somebody opens it, and then only its beginning", async () => {
      rig.gateway.setModel(() => [
        tool("exec", { command: "cat log" }, "x".repeat(400_000)),
        ...say("Read it."),
      ]);
      await openChat();
      send("read the log");
      await rig.pass(2_000);
      expect(document.body.textContent.length).toBeLessThan(5_000);
      fireEvent.click(screen.getByText("exec"));
      const details = screen.getByText("exec").closest("details");
      if (details) fireEvent(Object.assign(details, { open: true }), new Event("toggle"));
      expect(screen.getByRole("group", { name: "Result" }).textContent.length).toBeLessThan(20_000);
      expect(screen.getByRole("button", { name: "Show the whole message" })).toBeTruthy();
    });
  });

  describe("8. the history ends early, or its texts are cut", () => {
    test("earlier messages are loaded until the very first one", async () => {
      const turns = Array.from({ length: 260 }, (_, index) => ({
        user: `Q${index}.`,
        assistant: `A${index}.`,
      }));
      rig.gateway.seedSession("main", turns);
      await openChat();
      for (let pages = 0; screen.queryByText("Q0.") === null && pages < 20; pages += 1) {
        fireEvent.click(screen.getByRole("button", { name: "Load earlier messages" }));
        await rig.pass(300);
      }
      expect(screen.getAllByRole("article")).toHaveLength(520);
      expect(screen.getByText("This is the beginning of the conversation.")).toBeTruthy();
    });

    const LONG = `${"A long answer. ".repeat(34_000)}The last words.`;
    const end = () => replies()[0]?.querySelector(".automna-message-body")?.textContent.slice(-60);

    if (protocol === 4)
      test("a text that the gateway shortened can be had whole", async () => {
        rig.gateway.seedSession("main", [{ user: "Tell me all", assistant: LONG }]);
        await openChat();
        expect(end()).not.toContain("The last words.");
        fireEvent.click(screen.getByRole("button", { name: "Show the whole message" }));
        await rig.pass(300);
        expect(end()).toMatch(/The last words\.$/);
      });

    // Clawdbot shortens no text of its history.
    if (protocol === 3)
      test("a long text is there as a whole", async () => {
        rig.gateway.seedSession("main", [{ user: "Tell me all", assistant: LONG }]);
        await openChat();
        expect(end()).toMatch(/The last words\.$/);
      });
  });

  describe("10. every word renders everything again", () => {
    test("the page is rendered at most once a frame, however many words come in it", async () => {
      rig.close();
      rig = gatewayRig({ protocol, timing: { deltaMs: 1 } });
      rig.gateway.setModel(() => words(600, 2));
      let commits = 0;
      render(
        <Profiler id="chat" onRender={() => void (commits += 1)}>
          <AutomnaChat {...rig.options} sessionKey="main" />
        </Profiler>,
      );
      await rig.pass();
      send("go");
      await rig.pass(100);
      commits = 0;
      await rig.pass(400);
      expect(commits).toBeGreaterThan(3);
      expect(commits).toBeLessThanOrEqual(2 + 400 / 16);
    });
  });

  describe("11. tools and thoughts are invisible until a reload", () => {
    const lookUp = (ms: number) => [
      tool("web_fetch", { url: "https://a.test" }, "ok", { ms }),
      ...say("Done."),
    ];

    test("a tool is there while it runs", async () => {
      rig.gateway.setModel(() => lookUp(60_000));
      // Clawdbot tells of tools while they run to administrators alone.
      await openChat({ scopes: ["operator.admin"] });
      send("look it up");
      await rig.pass(2_000);
      expect(screen.getByText("web_fetch")).toBeTruthy();
      expect(screen.getByText("Running")).toBeTruthy();
      await rig.pass(62_000);
      expect(screen.queryByText("Running")).toBeNull();
      expect(screen.getByText("Done.")).toBeTruthy();
    });

    if (protocol === 3)
      test("a gateway that does not tell of tools while they run shows them when the reply is there", async () => {
        rig.gateway.setModel(() => lookUp(100));
        await openChat();
        send("look it up");
        await rig.pass(3_000);
        expect(screen.getByText("web_fetch")).toBeTruthy();
        expect(screen.getByText("Done.")).toBeTruthy();
      });

    test("thoughts are there with the answer", async () => {
      rig.gateway.setModel(() => [...think(["First this. ", "Then that. "]), ...say("So it is.")]);
      await openChat();
      send("think");
      await rig.pass(3_000);
      expect(within(replies()[0]!).getByText("Thoughts")).toBeTruthy();
      expect(within(replies()[0]!).getByText("So it is.")).toBeTruthy();
    });
  });

  describe("12. a sent message flickers or vanishes while the run works", () => {
    test("its row is one and the same element from the key press to the stored reply, across a reconnection", async () => {
      rig.gateway.setModel(() => words(30, 50));
      await openChat();
      send("Remember me");
      const row = screen.getByText("Remember me").closest("article")!;
      const gone: Node[] = [];
      const observer = new MutationObserver((changes) => {
        for (const { removedNodes } of changes)
          gone.push(...[...removedNodes].filter((node) => node.contains(row)));
      });
      observer.observe(document.body, { subtree: true, childList: true });
      await rig.pass(600);
      rig.gateway.dropAll();
      await rig.pass(20_000);
      expect(within(replies()[0]!).getByText(/w30$/)).toBeTruthy();
      expect(screen.getByText("Remember me").closest("article")).toBe(row);
      expect(gone).toEqual([]);
      observer.disconnect();
    });
  });

  describe("13. the wrong conversation after a switch", () => {
    test("a late answer for the session that was left is never shown", async () => {
      rig.gateway.seedSession("main", [{ user: "In main", assistant: "Yes, main." }]);
      rig.gateway.seedSession("work", [{ user: "In work", assistant: "Yes, work." }]);
      const view = render(<AutomnaChat {...rig.options} sessionKey="main" />);
      await rig.pass(50);
      view.rerender(<AutomnaChat {...rig.options} sessionKey="work" />);
      const seen = new Set<string>();
      for (let step = 0; step < 40; step += 1) {
        await rig.pass(25);
        for (const { textContent } of screen.queryAllByRole("article")) seen.add(textContent);
      }
      expect(screen.getByText("Yes, work.")).toBeTruthy();
      expect(screen.queryByText("Yes, main.")).toBeNull();
      expect(rig.gateway.connections).toBe(1);
    });
  });

  describe("14. a screen reader hears nothing, or every word", () => {
    test("it hears that a reply began and, once, what it says", async () => {
      rig.gateway.setModel(() => words(120, 20));
      await openChat();
      const region = document.querySelector("[data-automna-announcer]")!;
      const said: string[] = [];
      const observer = new MutationObserver(() => said.push(region.textContent));
      observer.observe(region, { subtree: true, childList: true, characterData: true });
      send("count");
      await rig.pass(8_000);
      const whole = Array.from({ length: 120 }, (_, index) => `w${index + 1}`).join(" ");
      expect(said).toEqual(["The assistant is replying.", `The assistant replied: ${whole}`]);
      expect(screen.getByRole("log").getAttribute("aria-live")).toBe("off");
      observer.disconnect();
    });

    test("it hears the answer to a command, which comes in one piece", async () => {
      await openChat();
      const region = document.querySelector("[data-automna-announcer]")!;
      const said: string[] = [];
      const observer = new MutationObserver(() => said.push(region.textContent));
      observer.observe(region, { subtree: true, childList: true, characterData: true });
      send("/status");
      await rig.pass(8_000);
      expect(said.filter((text) => text.includes("The assistant replied: "))).toHaveLength(1);
      observer.disconnect();
    });
  });

  describe("15. text comes in chunks, long after it was sent", () => {
    test("what has arrived is on the page a frame later", async () => {
      rig.gateway.setModel(() => words(40, 100));
      await openChat();
      send("count");
      await rig.pass(500);
      const lengths: number[] = [];
      for (let step = 0; step < 12; step += 1) {
        await rig.pass(200);
        lengths.push(replies()[0]?.textContent.length ?? 0);
      }
      const growth = lengths.slice(1).map((length, index) => length - (lengths[index] ?? 0));
      expect(Math.min(...growth)).toBeGreaterThan(0);
      expect(Math.max(...growth)).toBeLessThan(24);
      await act(async () => {});
    });
  });
});
