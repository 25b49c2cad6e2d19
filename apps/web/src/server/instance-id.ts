/** 24 lower-case hex characters; nothing else is looked up. */
export const INSTANCE_ID = /^[0-9a-f]{24}$/;
