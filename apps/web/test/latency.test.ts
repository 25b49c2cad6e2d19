import { expect, test } from "vitest";
import { Latency, latencyText } from "../src/server/latency.ts";

test("each observation is counted under every bound that it does not exceed", () => {
  const latency = new Latency();
  for (const seconds of [0.001, 0.0011, 0.3, 31]) latency.observe(seconds);
  const text = latencyText("x_seconds", "How long.", { 'kind="http"': latency });
  expect(text).toMatch(/^# HELP x_seconds How long\.\n# TYPE x_seconds histogram\n/);
  for (const line of [
    'x_seconds_bucket{le="0.001",kind="http"} 1',
    'x_seconds_bucket{le="0.0025",kind="http"} 2',
    'x_seconds_bucket{le="0.25",kind="http"} 2',
    'x_seconds_bucket{le="0.5",kind="http"} 3',
    'x_seconds_bucket{le="30",kind="http"} 3',
    'x_seconds_bucket{le="+Inf",kind="http"} 4',
    'x_seconds_count{kind="http"} 4',
  ])
    expect(text.split("\n")).toContain(line);
  expect(Number(/x_seconds_sum\{kind="http"\} (\S+)/.exec(text)?.[1])).toBeCloseTo(31.3021);
});

test("without labels a count and a sum stand alone", () => {
  const text = latencyText("x_seconds", "How long.", { "": new Latency() });
  expect(text).toContain('\nx_seconds_bucket{le="0.001"} 0\n');
  expect(text).toContain("\nx_seconds_sum 0\nx_seconds_count 0\n");
});
