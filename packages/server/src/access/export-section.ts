import { listSection } from "../platform/list-section.ts";
import { factsAfter } from "./history.store.ts";

export const accessSection = listSection({
  name: "access-history",
  folder: "access",
  about: "each change of a fact that decides what was open when",
  read: factsAfter,
});
