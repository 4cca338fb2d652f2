import { auditAfter } from "../platform/audit.store.ts";
import { listSection } from "../platform/list-section.ts";
import type { ExportSection } from "../platform/product-parts.ts";
import {
  deletionsAfter,
  impersonationsAfter,
  invitesAfter,
  membersAfter,
  ownershipOffersAfter,
  readAccount,
} from "./account-export.store.ts";

/** The account itself, who is or was asked to be in it, and who did what. */
export const accountSections: readonly ExportSection[] = [
  {
    name: "account",
    folder: "",
    about: "the account: its name, and what is known of the company",
    async page(tx, accountId) {
      const account = await readAccount(tx, accountId);
      if (!account) return { files: [], records: 0, next: null };
      return { files: [{ name: "account.json", text: `${JSON.stringify(account, null, 2)}\n` }], records: 1, next: null };
    },
  },
  listSection({ name: "members", folder: "", about: "who is in the account, and as what", read: membersAfter }),
  listSection({ name: "invites", folder: "", about: "every invite and what became of it, without its link", read: invitesAfter }),
  listSection({ name: "ownership-offers", folder: "", about: "offers to hand the account over", read: ownershipOffersAfter }),
  listSection({
    name: "deletions",
    folder: "",
    about: "when the account was to be deleted, and whether it was taken back",
    read: deletionsAfter,
  }),
  listSection({ name: "impersonations", folder: "audit", about: "when an operator looked at the account", read: impersonationsAfter }),
  listSection({ name: "audit", folder: "audit", about: "who did what in the account, when and from where", read: auditAfter }),
];
