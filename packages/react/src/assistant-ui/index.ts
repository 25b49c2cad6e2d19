export { convertMessage } from "./convert-message.ts";
export { useAssistantUiRuntime } from "./use-assistant-ui-runtime.ts";
