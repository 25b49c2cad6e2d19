import { act, cleanup, render, screen } from "@testing-library/react";
import { renderToString } from "react-dom/server";
import { afterEach, expect, test, vi } from "vitest";

import { deferred } from "../src/parts/deferred.tsx";
import { ErrorReportProvider } from "../src/parts/error-boundary.tsx";

afterEach(cleanup);

const Greeting = ({ name }: { readonly name: string }) => <p>Hello {name}</p>;
const arrived = () => act(async () => {});

test("a part is fetched when it is shown, and once", async () => {
  const fetch = vi.fn(async () => Greeting);
  const Part = deferred(fetch);
  const view = render(<Part name="Ada" />);
  expect(view.container.textContent).toBe("");
  await arrived();
  expect(screen.getByText("Hello Ada")).toBeTruthy();
  view.unmount();
  render(<Part name="Grace" />);
  expect(screen.getByText("Hello Grace")).toBeTruthy();
  expect(fetch).toHaveBeenCalledTimes(1);
});

test("one that could not be fetched is told of, takes nothing with it, and is fetched again next time", async () => {
  const lost = new Error("offline");
  const fetch = vi.fn(async () => Greeting).mockRejectedValueOnce(lost);
  const Part = deferred(fetch);
  const report = vi.fn();
  const page = (
    <ErrorReportProvider value={report}>
      <p>The rest</p>
      <Part name="Ada" />
    </ErrorReportProvider>
  );
  const view = render(page);
  await arrived();
  expect(report).toHaveBeenCalledWith(lost);
  expect(screen.getByText("The rest")).toBeTruthy();
  view.unmount();
  render(page);
  await arrived();
  expect(screen.getByText("Hello Ada")).toBeTruthy();
});

test("a server sends nothing in its place", async () => {
  const Part = deferred(async () => Greeting);
  expect(renderToString(<Part name="Ada" />)).toBe("");
});

test("until it is there, or when it never comes, its stand-in is shown", async () => {
  const Part = deferred(
    () => Promise.reject(new Error("offline")),
    ({ name }: { readonly name: string }) => <p>{name}</p>,
  );
  const Settled = () => <output>{String(Part.useIsSettled())}</output>;
  render(
    <>
      <Part name="Ada" />
      <Settled />
    </>,
  );
  expect(screen.getByText("Ada")).toBeTruthy();
  expect(screen.getByRole("status").textContent).toBe("false");
  await arrived();
  expect(screen.getByText("Ada")).toBeTruthy();
  expect(screen.getByRole("status").textContent).toBe("true");
});
