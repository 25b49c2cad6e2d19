/** As `package.json` has it, where no browser can read it; a test holds the two together. */
export const VERSION = "0.0.0";
