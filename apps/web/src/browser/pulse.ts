/** When to look again. */
export interface Pulse {
  readonly subscribe: (look: () => void) => () => void;
  readonly beat: () => void;
}

export function createPulse(): Pulse {
  const looks = new Set<() => void>();
  return {
    subscribe(look) {
      looks.add(look);
      return () => looks.delete(look);
    },
    beat() {
      for (const look of looks) look();
    },
  };
}
