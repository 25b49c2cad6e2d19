import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What is named slow starts first, then the larger files: nothing long is left alone at the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const bySize = await super.sort(files);
    const isSlow = ({ moduleId }: TestSpecification) => moduleId.includes(".slow.");
    return [...bySize.filter(isSlow), ...bySize.filter((file) => !isSlow(file))];
  }
}
