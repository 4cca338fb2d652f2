import type { FastifyRequest } from "fastify";
import { Refusal } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import type { Gate } from "./gate.ts";

/** For routes that need no session and take note of one: null without, and also with one that has ended. */
export async function whoIsSignedIn(gate: Gate, request: FastifyRequest): Promise<Actor | null> {
  if (request.headers.authorization === undefined) return null;
  try {
    return await gate.authenticate(request);
  } catch (error) {
    if (error instanceof Refusal && error.code !== "database_unavailable") return null;
    throw error;
  }
}
