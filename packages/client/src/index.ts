export type * from "./attachment.ts";
export { refuseAttachments } from "./attachment.ts";
export { preloadChat } from "./chat-parts.ts";
export type * from "./chat-state.ts";
export { selectIsRunning, selectMessage, selectMessages } from "./chat-state.ts";
export type * from "./chat-store.ts";
export { createChatStore } from "./chat-store.ts";
export type * from "./connection-options.ts";
export { NODE_CLIENT } from "./connection-options.ts";
export { ConnectionPool, sharedConnections, type ConnectionLease } from "./connection-pool.ts";
export { GatewayConnection, type ConnectionListener } from "./gateway-connection.ts";
export { connectionSentence } from "./connection-sentence.ts";
export type { DeviceOption } from "./device-store.ts";
export type { ConnectionState, ConnectionStatus, WaitReason } from "./connection-state.ts";
export { defaultEnvironment, type Environment, type Stop } from "./environment.ts";
export {
  ConnectionLostError,
  errorMessage,
  GatewayRequestError,
  OutboxFullError,
  RequestTimeoutError,
} from "./errors.ts";
export {
  AttachmentRefusedError,
  MessageTooLongError,
  NoLongerWaitingError,
  UnreadableAnswerError,
  UnsupportedError,
} from "./refusals.ts";
export type * from "./message.ts";
export { linkIdOf, messageText } from "./message.ts";
export { selectLinkedId } from "./linked-message.ts";
export type * from "./outbox-entry.ts";
export { httpTransport, type HttpTransportOptions } from "./http-transport.ts";
export { indexedDbStorage } from "./indexed-db-storage.ts";
export { storageScopeOf } from "./storage-scope.ts";
export { defaultStorage, memoryStorage, webStorage, type ClientStorage } from "./storage.ts";
export type { Transport, TransportClose, TransportFactory, TransportListener } from "./transport.ts";
export { webSocketTransport, type WebSocketConstructor } from "./websocket-transport.ts";
