// @vitest-environment jsdom
import { act, createElement } from "react";
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AfterHydration } from "../src/components/after-hydration.tsx";

let loaded = false;

/** As Clerk's components do: nothing until a script has loaded, then a place for what it draws. */
const FormOfOthers = () => (loaded ? createElement("form", null, "sign up") : null);
const page = createElement("main", null, createElement(AfterHydration, null, createElement(FormOfOthers)));

beforeEach(() => vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true));

afterEach(() => {
  loaded = false;
  vi.unstubAllGlobals();
});

test("what was ready before the page was taken over is drawn, and the page is the server's until then", async () => {
  const served = renderToString(page);
  const container = document.body.appendChild(document.createElement("div"));
  container.innerHTML = served;
  loaded = true;
  const mismatches: unknown[] = [];
  const root = await act(() =>
    hydrateRoot(container, page, { onRecoverableError: (error) => mismatches.push(error) }),
  );
  expect(mismatches).toEqual([]);
  expect(served).toBe("<main></main>");
  expect(container.textContent).toBe("sign up");
  act(() => root.unmount());
});
