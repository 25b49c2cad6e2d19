export * from "../container-profile.ts";
export * from "../drivers/docker.ts";
