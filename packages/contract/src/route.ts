import type { Permission } from "@gatehouse/core";
import type { z } from "zod";
import type { ErrorCode } from "./errors.ts";

/** Who may call: `none` anybody, `session` a signed-in person with an active account. */
export type Auth = "none" | "session";

type ObjectSchema = z.ZodObject<z.ZodRawShape>;

/** What a route is declared with: the server, the OpenAPI document and the client all read this one value. */
export interface RouteShape {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/api/v1`, parameters in braces: `/trees/{id}`. */
  readonly path: `/${string}`;
  readonly auth: Auth;
  /** The capability it belongs to: a heading of the documentation. */
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly params?: ObjectSchema;
  readonly query?: ObjectSchema;
  readonly body?: z.ZodType;
  /** How large a body may be, in bytes; default 64 KiB. What is larger is refused before it is read to its end. */
  readonly bodyBytesMax?: number;
  /** The status of success; 204 answers nothing. */
  readonly status: 200 | 201 | 202 | 204;
  readonly response: z.ZodType;
  /** What it answers with 202 instead, where only a mail leads on: an object that `response` does not take. */
  readonly accepted?: z.ZodType;
  /** Media types of an answer that is a text and not JSON (an export). */
  readonly media?: readonly string[];
  /** Codes that this route may refuse with, beside those that every route may (`commonErrors`). */
  readonly errors: readonly ErrorCode[];
  /** What the caller's role must allow, asked before the request is read; whoever lacks it gets 403 `permission_denied`. */
  readonly permission?: Permission;
  /** Only for operators; to everybody else it is not there (404 `route_not_found`). No role of an account gives it. */
  readonly operator?: boolean;
  /** Needs no permission, and yet shows the account rather than the person: an operator who looks at the account sees it too. */
  readonly ofAccount?: boolean;
  /** Behind both guards of the product: 402 and 403 come before anything else is looked at. */
  readonly guarded?: boolean;
  /** Takes out what is the account's own: where a policy leaves only reading, it passes whatever its method. */
  readonly exports?: boolean;
  /** Honours `Idempotency-Key`: every mutating route but sign-in ones and webhooks. */
  readonly idempotent?: boolean;
}

/** Declares a route; the identity function that keeps each schema's own type. */
export const route = <const R extends RouteShape>(shape: R): R => shape;

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;
type Typed<S> = S extends z.ZodType ? z.input<S> : undefined;

/** What a handler gets of a request, checked. */
export interface RequestOf<R extends RouteShape> {
  params: Parsed<R["params"]>;
  query: Parsed<R["query"]>;
  body: Parsed<R["body"]>;
}
/** What a caller must give; a part that the route does not declare may not be given. */
export type CallOf<R extends RouteShape> = Part<"params", Typed<R["params"]>> &
  Part<"query", Typed<R["query"]>> &
  Part<"body", Typed<R["body"]>>;
type Part<Name extends string, Given> = [Given] extends [undefined]
  ? { [N in Name]?: never }
  : undefined extends Given
    ? { [N in Name]?: Given }
    : { [N in Name]: Given };
/** What a handler answers and a caller gets. */
export type AnswerOf<R extends RouteShape> = z.output<R["response"]> | (R["accepted"] extends z.ZodType ? z.output<R["accepted"]> : never);

/** The parameters of a path, in order: `/trees/{id}` has `id`. */
export const pathParameters = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
