export * from "../container-profile.ts";
export * from "../drivers/docker.ts";
export * from "../drivers/swarm.ts";
