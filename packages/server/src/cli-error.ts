/** What a user of the command line can mend: said in one plain message, without a stack. */
export class UserError extends Error {}
