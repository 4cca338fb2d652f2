import type { LeadState } from "@gatehouse/core";
import type { Generated } from "kysely";
import type { Fixed } from "./columns.ts";

interface SalesLeads {
  id: Fixed<string>;
  name: string | null;
  email: string | null;
  email_normalised: string | null;
  company: string | null;
  size: string | null;
  message: string | null;
  source: Fixed<string | null>;
  state: Generated<LeadState>;
  version: Generated<number>;
  linked_account_id: string | null;
  linked_user_id: string | null;
  created_at: Fixed<Date>;
  updated_at: Date;
  converted_at: Date | null;
}
interface SalesLeadNotes {
  lead_id: Fixed<string>;
  id: Fixed<string>;
  written_by: Fixed<string | null>;
  written_at: Fixed<Date>;
  text: Fixed<string>;
}

export interface SalesTables {
  sales_leads: SalesLeads;
  sales_lead_notes: SalesLeadNotes;
}
