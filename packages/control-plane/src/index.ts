export * from "./clock.ts";
export * from "./drivers/driver.ts";
export * from "./drivers/process.ts";
export * from "./gateway-config.ts";
export * from "./gateway-resolution.ts";
export * from "./instance.ts";
export * from "./plan.ts";
export * from "./reconcile.ts";
