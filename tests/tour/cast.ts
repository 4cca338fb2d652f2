import type { AnswerOf } from "@gatehouse/contract";
import type * as trees from "../../apps/resolutionflow/api/src/trees/trees.contract.ts";
import type { Device } from "./device.ts";
import type { Narrator } from "./narrator.ts";
import { type MailReader, openMailReader, type Site } from "./site.ts";

export type Tree = AnswerOf<typeof trees.readTree>;

/** What every chapter is given. */
export interface Tour extends Pick<Narrator, "chapter" | "step"> {
  readonly site: Site;
}
export interface Stranger {
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly mail: MailReader;
}
/** Somebody who has registered. */
export interface Customer extends Stranger {
  readonly registeredAt: Date;
  readonly laptop: Device;
}

/** Two who come today, two who come by providers, three who make a team, one who pays and goes, one who only asks, and an address that nobody has. */
export interface Cast {
  readonly ada: Stranger;
  readonly grace: Stranger;
  readonly mary: Stranger;
  /** She has Google, and no password. */
  readonly katherine: Stranger;
  readonly hedy: Stranger;
  /** Three who make a team, and one who is invited and uninvited. */
  readonly joan: Stranger;
  readonly annie: Stranger;
  readonly radia: Stranger;
  readonly evelyn: Stranger;
  /** She only asks: she writes to sales, and waits. */
  readonly sophie: Stranger;
  readonly nobody: Stranger;
}

/**
 * New addresses for each run, so that the tour can be run again and again: no two runs have both the same moment, by the sandbox's clock,
 * and the same process.
 */
export function castFor(site: Site, now: Date, processId: number): Cast {
  const stamp = `${now.getTime().toString(36)}-${processId.toString(36)}`;
  const stranger = (name: string, password: string): Stranger => {
    const email = `${name}.${stamp}@example.com`.toLowerCase();
    return { name, email, password, mail: openMailReader(site, email) };
  };
  return {
    ada: stranger("Ada", "lantern-orbit-73-meadow"),
    grace: stranger("Grace", "copper-violin-19-harbour"),
    mary: stranger("Mary", "cinder-maple-64-quartz"),
    katherine: stranger("Katherine", "granite-sparrow-41-lagoon"),
    hedy: stranger("Hedy", "velvet-compass-26-orchard"),
    joan: stranger("Joan", "ribbon-falcon-37-cobalt"),
    annie: stranger("Annie", "saffron-anchor-82-willow"),
    radia: stranger("Radia", "marble-lantern-15-thyme"),
    evelyn: stranger("Evelyn", "juniper-pillow-96-harvest"),
    sophie: stranger("Sophie", "walnut-prism-58-canyon"),
    nobody: stranger("Nobody", "thicket-saddle-58-ember"),
  };
}
