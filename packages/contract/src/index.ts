import * as accessRoutes from "./access.ts";
import * as accountRoutes from "./accounts.ts";
import * as adminAccountRoutes from "./admin-accounts.ts";
import * as adminCatalogueRoutes from "./admin-catalogue.ts";
import * as adminLeadRoutes from "./admin-leads.ts";
import * as adminOverrideRoutes from "./admin-overrides.ts";
import * as adminPeopleRoutes from "./admin-people.ts";
import * as adminTrialRoutes from "./admin-trials.ts";
import * as adminWaitlistRoutes from "./admin-waitlist.ts";
import * as adminWorkRoutes from "./admin-work.ts";
import * as authRoutes from "./auth.ts";
import * as billingRoutes from "./billing.ts";
import * as inviteRoutes from "./invites.ts";
import * as meRoutes from "./me.ts";
import * as memberRoutes from "./members.ts";
import * as oauthRoutes from "./oauth.ts";
import * as onboardingRoutes from "./onboarding.ts";
import * as planRoutes from "./plans.ts";
import type { RouteShape } from "./route.ts";
import * as salesRoutes from "./sales.ts";
import * as waitlistRoutes from "./waitlist.ts";

export type { Guessed } from "./access.ts";
export { commonErrors, type ErrorCode, type ErrorRow, errors, guardErrors, sessionErrors } from "./errors.ts";
export { codesOf, openApiDocument, operationId } from "./openapi.ts";
export { mend, type Problem, problem } from "./problem.ts";
export { type AnswerOf, type Auth, type CallOf, pathParameters, type RequestOf, type RouteShape, route } from "./route.ts";
export * as values from "./values.ts";

export const auth = {
  register: authRoutes.register,
  login: authRoutes.login,
  refresh: authRoutes.refresh,
  logout: authRoutes.logout,
  listSessions: authRoutes.listSessions,
  revokeSession: authRoutes.revokeSession,
  verifyEmail: authRoutes.verifyEmail,
  resendVerification: authRoutes.resendVerification,
  forgotPassword: authRoutes.forgotPassword,
  resetPassword: authRoutes.resetPassword,
  changePassword: authRoutes.changePassword,
};
export const oauth = {
  listProviders: oauthRoutes.listProviders,
  startOauth: oauthRoutes.startOauth,
  finishOauth: oauthRoutes.finishOauth,
  confirmEmail: oauthRoutes.confirmEmail,
  connectOauth: oauthRoutes.connectOauth,
};
export const me = {
  getMe: meRoutes.getMe,
  patchMe: meRoutes.patchMe,
  deleteMe: meRoutes.deleteMe,
  listIdentities: meRoutes.listIdentities,
  removeIdentity: meRoutes.removeIdentity,
};
export const accounts = {
  listAccounts: accountRoutes.listAccounts,
  switchAccount: accountRoutes.switchAccount,
  getAccount: accountRoutes.getAccount,
  patchAccount: accountRoutes.patchAccount,
  deleteAccount: accountRoutes.deleteAccount,
  restoreAccount: accountRoutes.restoreAccount,
  exportAccount: accountRoutes.exportAccount,
  listAudit: accountRoutes.listAudit,
};
export const members = {
  listMembers: memberRoutes.listMembers,
  changeRole: memberRoutes.changeRole,
  removeMember: memberRoutes.removeMember,
  offerOwnership: memberRoutes.offerOwnership,
  getOwnershipOffer: memberRoutes.getOwnershipOffer,
  endOwnershipOffer: memberRoutes.endOwnershipOffer,
  takeOwnership: memberRoutes.takeOwnership,
};
export const invites = {
  listInvites: inviteRoutes.listInvites,
  createInvite: inviteRoutes.createInvite,
  inviteMany: inviteRoutes.inviteMany,
  resendInvite: inviteRoutes.resendInvite,
  revokeInvite: inviteRoutes.revokeInvite,
  readInvite: inviteRoutes.readInvite,
  acceptInvite: inviteRoutes.acceptInvite,
};
export const onboarding = { getOnboarding: onboardingRoutes.getOnboarding, patchOnboarding: onboardingRoutes.patchOnboarding };
export const access = { billingState: accessRoutes.billingState, explainAccess: accessRoutes.explainAccess };
export const billing = {
  createCheckoutSession: billingRoutes.createCheckoutSession,
  createPortalSession: billingRoutes.createPortalSession,
  listInvoices: billingRoutes.listInvoices,
  syncBilling: billingRoutes.syncBilling,
  changeSubscription: billingRoutes.changeSubscription,
};
export const sales = { sendLead: salesRoutes.sendLead };
export const adminLeads = {
  listLeads: adminLeadRoutes.listLeads,
  exportLeads: adminLeadRoutes.exportLeads,
  getLead: adminLeadRoutes.getLead,
  moveLead: adminLeadRoutes.moveLead,
  noteLead: adminLeadRoutes.noteLead,
  convertLead: adminLeadRoutes.convertLead,
  resendInvitation: adminLeadRoutes.resendInvitation,
  takeBackInvitation: adminLeadRoutes.takeBackInvitation,
};
export const plans = { listPlans: planRoutes.listPlans };
export const adminCatalogue = {
  listPlanLimits: adminCatalogueRoutes.listPlanLimits,
  editPlanLimit: adminCatalogueRoutes.editPlanLimit,
  listPlanBilling: adminCatalogueRoutes.listPlanBilling,
  editPlanBilling: adminCatalogueRoutes.editPlanBilling,
  listFlags: adminCatalogueRoutes.listFlags,
};
export const adminOverrides = {
  getAccountFlag: adminOverrideRoutes.getAccountFlag,
  setAccountFlag: adminOverrideRoutes.setAccountFlag,
  unsetAccountFlag: adminOverrideRoutes.unsetAccountFlag,
  getAccountLimit: adminOverrideRoutes.getAccountLimit,
  setAccountLimit: adminOverrideRoutes.setAccountLimit,
  unsetAccountLimit: adminOverrideRoutes.unsetAccountLimit,
};
export const waitlist = {
  joinWaitlist: waitlistRoutes.joinWaitlist,
  leaveWaitlist: waitlistRoutes.leaveWaitlist,
  readTicket: waitlistRoutes.readTicket,
  acceptTicket: waitlistRoutes.acceptTicket,
};
export const adminTrials = { listTrialClaims: adminTrialRoutes.listTrialClaims, waiveTrial: adminTrialRoutes.waiveTrial };
export const adminWaitlist = {
  listWaitlist: adminWaitlistRoutes.listWaitlist,
  inviteFromWaitlist: adminWaitlistRoutes.inviteFromWaitlist,
  resendTicket: adminWaitlistRoutes.resendTicket,
};
export const adminAccounts = {
  searchAccounts: adminAccountRoutes.searchAccounts,
  readAccount: adminAccountRoutes.readAccount,
  explainFor: adminAccountRoutes.explainFor,
  giveGrant: adminAccountRoutes.giveGrant,
  endGrant: adminAccountRoutes.endGrant,
  extendTrial: adminAccountRoutes.extendTrial,
  restoreDeleted: adminAccountRoutes.restoreDeleted,
  impersonate: adminAccountRoutes.impersonate,
  endImpersonation: adminAccountRoutes.endImpersonation,
};
export const adminPeople = {
  searchUsers: adminPeopleRoutes.searchUsers,
  verifyUser: adminPeopleRoutes.verifyUser,
  resendToUser: adminPeopleRoutes.resendToUser,
  unlockUser: adminPeopleRoutes.unlockUser,
};
export const adminWork = {
  listEvents: adminWorkRoutes.listEvents,
  readEvent: adminWorkRoutes.readEvent,
  replayEvent: adminWorkRoutes.replayEvent,
  listJobs: adminWorkRoutes.listJobs,
  retryJob: adminWorkRoutes.retryJob,
};
export const webhooks = { stripeWebhook: billingRoutes.stripeWebhook };

/** Every route of Gatehouse itself; an app adds its own. */
export const routes: readonly RouteShape[] = [
  ...Object.values(auth),
  ...Object.values(oauth),
  ...Object.values(me),
  ...Object.values(accounts),
  ...Object.values(members),
  ...Object.values(invites),
  ...Object.values(onboarding),
  ...Object.values(access),
  ...Object.values(billing),
  ...Object.values(sales),
  ...Object.values(adminLeads),
  ...Object.values(plans),
  ...Object.values(adminCatalogue),
  ...Object.values(adminOverrides),
  ...Object.values(waitlist),
  ...Object.values(adminTrials),
  ...Object.values(adminWaitlist),
  ...Object.values(adminAccounts),
  ...Object.values(adminPeople),
  ...Object.values(adminWork),
  ...Object.values(webhooks),
];
