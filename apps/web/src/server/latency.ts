/** Upper bounds, in seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** How long something took, how often. Observed for every request, which prom-client's histogram is too dear for. */
export class Latency {
  /** What took longer than every bound is in the last. */
  readonly #counts = Array.from({ length: BOUNDS.length + 1 }, () => 0);
  #sum = 0;

  observe(seconds: number): void {
    let bucket = 0;
    while (bucket < BOUNDS.length && seconds > (BOUNDS[bucket] ?? 0)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += seconds;
  }

  /** @param labels As they stand between braces, `kind="http"`; empty for none. */
  lines(name: string, labels: string): string[] {
    let count = 0;
    const more = labels === "" ? "" : `,${labels}`;
    const buckets = this.#counts.map((counted, index) => {
      count += counted;
      return `${name}_bucket{le="${BOUNDS[index] ?? "+Inf"}"${more}} ${count}`;
    });
    const braces = labels === "" ? "" : `{${labels}}`;
    return [...buckets, `${name}_sum${braces} ${this.#sum}`, `${name}_count${braces} ${count}`];
  }
}

/** Histograms as a scraper reads them: name, help, and what was observed for each set of labels. */
export function latencyText(name: string, help: string, observed: Readonly<Record<string, Latency>>): string {
  const lines = Object.entries(observed).flatMap(([labels, latency]) => latency.lines(name, labels));
  return [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...lines, ""].join("\n");
}
