/** English sentences about connections: fetched when one is to be said, and with the parts of a whole chat. */
export { connectionSentence } from "@automna/client";
