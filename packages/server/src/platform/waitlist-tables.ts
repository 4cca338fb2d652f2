import type { Generated } from "kysely";
import type { Fixed } from "./columns.ts";

interface WaitlistEntries {
  id: Fixed<string>;
  email: Fixed<string>;
  email_normalised: Fixed<string>;
  name: Fixed<string | null>;
  company: Fixed<string | null>;
  message: Fixed<string | null>;
  leave_hash: Fixed<Buffer>;
  joined_at: Fixed<Date>;
  asked_at: Date;
  welcomed_at: Date | null;
  invited_at: Date | null;
  invited_by: string | null;
  ticket_hash: Buffer | null;
  expires_at: Date | null;
  sends: Generated<number>;
  email_sent_at: Date | null;
  registered_at: Date | null;
  registered_user: string | null;
}

export interface WaitlistTables {
  waitlist_entries: WaitlistEntries;
}
