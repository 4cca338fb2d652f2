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
  asked_at: Date | null;
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

interface TicketOffers {
  entry_id: Fixed<string>;
  lead_id: Fixed<string>;
  plan: Fixed<string>;
  until: Fixed<Date | null>;
  reason: Fixed<string>;
  offered_by: Fixed<string | null>;
  offered_at: Fixed<Date>;
}

export interface WaitlistTables {
  waitlist_entries: WaitlistEntries;
  ticket_offers: TicketOffers;
}
