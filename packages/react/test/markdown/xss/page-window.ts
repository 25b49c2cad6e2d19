/** `generous`: plugins, a highlighter and one allowed image origin. */
export type HostKind = "default" | "generous";

declare global {
  interface Window {
    /** What hostile code managed to call. */
    executed: string[];
    /** Renders a message as a whole and, while it grows, in small steps; answers what is wrong with it. */
    showMessage(text: string, host: HostKind): Promise<string[]>;
    /** Puts HTML into the page as a careless renderer would. */
    showCarelessly(html: string): void;
  }
}
