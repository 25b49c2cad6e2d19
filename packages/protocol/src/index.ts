export { adviceSentence } from "./advice-sentences.ts";
export {
  PAIRING_POLL_MS,
  type AdviceCode,
  type CloseContext,
  type CloseInfo,
  type ConnectAdvice,
  type RequestAdvice,
  type ShutdownNotice,
  type Told,
} from "./advice.ts";
export { parseAgentEvent, toolResultText, type AgentEvent, type LifecyclePhase } from "./agent-events.ts";
export {
  parseApproval,
  parseApprovalEvent,
  parseApprovalList,
  type Approval,
  type ApprovalDecision,
  type ApprovalEvent,
  type ApprovalEventName,
  type ApprovalKind,
  type ApprovalStatus,
} from "./approvals.ts";
export {
  parseArtifactDownload,
  parseArtifacts,
  type ArtifactDownload,
  type ArtifactSummary,
} from "./artifacts.ts";
export { bootIdentity, listsMethod, sameBoot, type BootIdentity } from "./boot.ts";
export type { Call } from "./call.ts";
export {
  parseAgentIdentity,
  parseAgents,
  parseCommands,
  parseModels,
  parseUsageCost,
  type AgentIdentity,
  type AgentList,
  type AgentSummary,
  type CommandEntry,
  type ModelChoice,
  type UsageCost,
  type UsageTotals,
} from "./catalogue.ts";
export {
  parseAbortAnswer,
  parseMessageAnswer,
  parseSendAnswer,
  type AbortAnswer,
  type MessageAnswer,
  type SendAnswer,
} from "./chat-answers.ts";
export {
  isTerminal,
  parseChatEvent,
  textAfterDelta,
  type ChatErrorKind,
  type ChatEvent,
  type ChatRetry,
} from "./chat-events.ts";
export {
  chatAbort,
  chatHistory,
  chatInject,
  chatMessageGet,
  chatSend,
  HISTORY_CHARS_MAX,
  HISTORY_LIMIT_MAX,
  MESSAGE_CHARS_MAX,
  type ChatSend,
  type HistoryQuery,
  type SendAttachment,
} from "./chat-methods.ts";
export {
  buildConnectParams,
  CHAT_SCOPES,
  type ClientCapability,
  type ClientId,
  type ClientInfo,
  type ClientMode,
  type ConnectAuth,
  type ConnectOptions,
  type ConnectParams,
  type OperatorScope,
} from "./connect.ts";
export { adviseOnClose, adviseOnConnectError } from "./connection-advice.ts";
export {
  connectSignaturePayload,
  DeviceIdentityError,
  generateDeviceIdentity,
  importDeviceIdentity,
  signConnect,
  type ConnectSignatureInput,
  type DeviceCrypto,
  type DeviceIdentity,
  type DeviceProof,
  type StoredDeviceIdentity,
} from "./device-proof.ts";
export {
  encodeRequest,
  frameBytes,
  parseFrame,
  parseGatewayFrame,
  readFrame,
  readGatewayError,
  readTokenSeq,
  requestFrame,
  type EventFrame,
  type GatewayErrorShape,
  type GatewayFrame,
  type ParsedFrame,
  type RequestFrame,
  type ResponseFrame,
} from "./frames.ts";
export {
  parseDevicePair,
  parseHealth,
  parsePresence,
  readGatewayEvent,
  type DevicePairEvent,
  type GatewayEvent,
  type HealthEvent,
  type PresenceEntry,
} from "./gateway-events.ts";
export {
  agentIdentityGet,
  agentsList,
  approvalList,
  approvalResolve,
  artifactsDownload,
  artifactsList,
  commandsList,
  health,
  modelsList,
  questionAnswer,
  questionCancel,
  questionList,
  usageCost,
} from "./gateway-methods.ts";
export {
  parseChallenge,
  parseHello,
  type ConnectChallenge,
  type GatewayPolicy,
  type HelloOk,
} from "./hello.ts";
export {
  parseHistory,
  parseHistoryCatchUp,
  type History,
  type HistoryCatchUp,
  type HistoryEntry,
  type InFlightRun,
  type InputReceipt,
  type PendingInput,
} from "./history.ts";
export {
  isShortened,
  parseMessage,
  readContent,
  sendKeyOf,
  textOf,
  type ChatMessage,
  type ContentBlock,
  type MessageMeta,
  type MessageRole,
  type MessageUsage,
} from "./messages.ts";
export {
  hintProtocol,
  isSupportedProtocol,
  PROTOCOL_RANGE,
  readProtocolMismatch,
  type ProtocolMismatch,
  type ProtocolVersion,
} from "./negotiation.ts";
export type { Parsed } from "./parsed.ts";
export { parseShutdown, parseTick } from "./pulse-events.ts";
export {
  parseQuestion,
  parseQuestionList,
  type Question,
  type QuestionAnswers,
  type QuestionRequest,
} from "./questions.ts";
export { adviseOnRequestError } from "./request-advice.ts";
export {
  sessionsBranchesList,
  sessionsBranchesSwitch,
  sessionsFork,
  sessionsRewind,
} from "./session-branches.ts";
export {
  parseSessionMessage,
  parseSessionOperation,
  parseSessionsChanged,
  type SessionMessage,
  type SessionOperation,
  type SessionsChanged,
} from "./session-events.ts";
export {
  agentOfSession,
  canonicalSessionKey,
  DEFAULT_SESSION_DEFAULTS,
  isSameSession,
  shortSessionKey,
  type SessionDefaults,
} from "./session-key.ts";
export {
  sessionsCompact,
  sessionsCreate,
  sessionsDelete,
  sessionsDescribe,
  sessionsList,
  sessionsMark,
  sessionsPatch,
  sessionsPreview,
  sessionsReset,
  sessionsResolve,
  type SessionCreate,
  type SessionMarks,
  type SessionPatch,
  type SessionsQuery,
} from "./session-methods.ts";
export {
  sessionMessagesSubscribe,
  sessionMessagesUnsubscribe,
  sessionsSubscribe,
} from "./session-subscriptions.ts";
export {
  parseResolvedSession,
  parseSessionChange,
  parseSessionList,
  parseSessionPreviews,
  splitMessageHint,
  type SessionChange,
  type SessionList,
  type SessionListDefaults,
  type SessionPreview,
  type SessionSummary,
  type ThinkingLevel,
} from "./sessions.ts";
export { buildSignedConnectParams } from "./signed-connect.ts";
