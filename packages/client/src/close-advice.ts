export { adviseOnClose } from "@automna/protocol";
