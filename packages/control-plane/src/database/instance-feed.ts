import { type Channel, type ChannelOptions, followChannel } from "./channel.ts";

/**
 * Tells of every instance that was changed, by anybody, as soon as that is committed: its id, or `null` when changes may
 * have been missed and everything must be read again.
 */
export type InstanceFeed = Channel;

/** The triggers in prisma/migrations write to it. */
const CHANNEL = "automna_instance";

export function followInstances(options: ChannelOptions): InstanceFeed {
  return followChannel(CHANNEL, options);
}
