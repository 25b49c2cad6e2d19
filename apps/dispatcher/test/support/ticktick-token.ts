export const TOKEN = "a-ticktick-token-of-this-test";
