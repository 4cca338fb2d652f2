import type { SubscriptionNote } from "../state.ts";
import type { World } from "../world.ts";

export function noteOf(world: World, subscriptionId: string): SubscriptionNote {
  return world.state.subscription_note.get(subscriptionId) ?? { id: subscriptionId, ...EMPTY };
}

const EMPTY = { object: "subscription_note", toldOfTrialEnd: null, pendingLines: [], pendingUpdateInvoice: null } as const;

export function writeNote(world: World, subscriptionId: string, change: Partial<SubscriptionNote>): void {
  world.state.subscription_note.put({ ...noteOf(world, subscriptionId), ...change });
}
