/** What is tried differently after a refusal. Each is used at most once between two successes. */
export interface SecondChances {
  refreshed: boolean;
  deviceToken: boolean;
  deviceDemanded: boolean;
  readonly once: Set<string>;
}

export function noSecondChances(): SecondChances {
  return { refreshed: false, deviceToken: false, deviceDemanded: false, once: new Set() };
}
