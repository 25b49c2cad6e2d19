// The demo gateway as the program of an image; arguments and environment as DEMO_GATEWAY_CONTRACT says.
import "../../apps/web/src/server/demo-gateway-process.ts";
