/** What is tried differently after a refusal. Each is used at most once between two successes. */
export interface SecondChances {
  refreshed: boolean;
  deviceToken: boolean;
  deviceDemanded: boolean;
  readonly once: Set<string>;
  /**
   * The token that was refused before the device got in by its own. Version 4 locks out an address that repeats it, so the
   * device's own comes first while the other one is still the same.
   */
  passedOver: string | null | undefined;
}

export function noSecondChances(passedOver?: string | null): SecondChances {
  return { refreshed: false, deviceToken: false, deviceDemanded: false, once: new Set(), passedOver };
}
