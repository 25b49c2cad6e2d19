/** What is to be reached, and whether it was. */
export interface BenchTarget {
  readonly id: string;
  readonly value: number;
  readonly limit: number;
  readonly unit: string;
  readonly ok: boolean;
}

/** What a benchmark answers: figures by subject, and its targets. */
export interface BenchReport {
  readonly name: string;
  readonly subjects: Record<string, Record<string, number>>;
  readonly targets: BenchTarget[];
}
