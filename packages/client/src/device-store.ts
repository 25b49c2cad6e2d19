export type DeviceOption = "auto" | "off";
