export { realClock, virtualClock } from "./clock.ts";
export type { Clock, VirtualClock } from "./clock.ts";
export { seededRandom } from "./random.ts";
export type { Random } from "./random.ts";
export { echoModel, say, think, tool, words } from "./script.ts";
export type { FailStep, Model, ModelCall, Step, ToolStep } from "./script.ts";
export { demoModel } from "./demo-model.ts";
export { createFakeGateway } from "./fake-gateway.ts";
export type { FakeGateway, GatewayStatus } from "./fake-gateway.ts";
export { fakeWebSocket } from "./memory-socket.ts";
export type { MemorySocket, MemorySocketClass, MemorySocketOptions } from "./memory-socket.ts";
export type { ArmedFault, Fault, FrameMatch } from "./faults.ts";
export type {
  AskedQuestion,
  AuthOptions,
  CatalogModel,
  FakeGatewayOptions,
  GatewayLimits,
  GatewayTiming,
  Pairing,
  PairingRequest,
  Peer,
  ProtocolVersion,
  QuestionAsk,
  ServerConnection,
  TranscriptRow,
  WireRecord,
} from "./options.ts";
export type { Json, JsonObject } from "./json.ts";
