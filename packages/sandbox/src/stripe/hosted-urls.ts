/** Where the hosted pages are. The id in the path is what lets one in, as at Stripe. */
export interface HostedUrls {
  checkout(sessionId: string): string;
  invoice(invoiceId: string): string;
  portal(portalSessionId: string): string;
}

/** @param pagesUrl where `stripePages` is registered, without a slash at the end */
export function hostedUrls(pagesUrl: string): HostedUrls {
  return {
    checkout: (id) => `${pagesUrl}/checkout/${id}`,
    invoice: (id) => `${pagesUrl}/invoices/${id}`,
    portal: (id) => `${pagesUrl}/portal/${id}`,
  };
}
