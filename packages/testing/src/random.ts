/** The only source of randomness in the fake gateway. */
export type Random = {
  /** A number in [0, 1). */
  next(): number;
  uuid(): string;
  hex(length: number): string;
  base64url(length: number): string;
};

const HEX = "0123456789abcdef";
const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/**
 * A repeatable generator (mulberry32): the same seed gives the same ids in the same order. Not for secrets.
 *
 * @param seed - a whole number; 32 bits of it count
 *
 * @example
 * ```ts
 * import { seededRandom } from "@automna/testing";
 *
 * seededRandom(7).uuid() === seededRandom(7).uuid(); // true
 * const random = seededRandom(7);
 * random.hex(8) === random.hex(8); // false
 * ```
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const pick = (alphabet: string, length: number) => {
    let text = "";
    for (let i = 0; i < length; i++) text += alphabet.charAt(Math.floor(next() * alphabet.length));
    return text;
  };
  return {
    next,
    hex: (length) => pick(HEX, length),
    base64url: (length) => pick(BASE64URL, length),
    uuid: () => {
      const variant = "89ab".charAt(Math.floor(next() * 4));
      return `${pick(HEX, 8)}-${pick(HEX, 4)}-4${pick(HEX, 3)}-${variant}${pick(HEX, 3)}-${pick(HEX, 12)}`;
    },
  };
}
