export { convertMessage } from "./convert-message.ts";
export {
  useAssistantUiRuntime,
  type AssistantUiOptions,
  type SessionRights,
} from "./use-assistant-ui-runtime.ts";
