import { type CallSettings, type Client, ProblemError } from "@gatehouse/client";
import { type AnswerOf, type CallOf, codesOf, type Problem, problem, type RouteShape } from "@gatehouse/contract";
import { mustBe, mustHold, NotAsItMustBe } from "./must.ts";

/** Calls routes, and holds each answer to what the contract promises of it. */
export interface Caller {
  /** @throws NotAsItMustBe when the call is refused, or the answer is not as the contract declares it */
  call<R extends RouteShape>(route: R, input: CallOf<R>, settings?: CallSettings): Promise<AnswerOf<R>>;
  /** @throws NotAsItMustBe unless the call is refused with this status and code, which the contract must declare for this route */
  refused<R extends RouteShape>(route: R, input: CallOf<R>, status: number, code: string, settings?: CallSettings): Promise<Problem>;
}

export function callerOver(client: Client): Caller {
  return {
    async call(route, input, settings) {
      try {
        const answer = await client.call(route, input, settings);
        const declared = route.accepted ? route.response.or(route.accepted) : route.response;
        const read = declared.safeParse(answer);
        const wrong = read.success ? "" : read.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
        mustHold(`the answer of ${nameOf(route)}`, "what the contract declares", wrong, read.success);
        return answer;
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        throw new NotAsItMustBe(nameOf(route), String(route.status), sayProblem(error.problem));
      }
    },
    async refused(route, input, status, code, settings) {
      let refusal: Problem;
      try {
        await client.call(route, input, settings);
        throw new NotAsItMustBe(nameOf(route), `${status} ${code}`, `${route.status}, as if nothing were wrong`);
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        mustBe(`${nameOf(route)} is refused`, `${status} ${code}`, `${error.status} ${error.problem.code}`);
        refusal = error.problem;
      }
      const read = problem.safeParse(refusal);
      mustHold(`the refusal of ${nameOf(route)}`, "a problem as RFC 9457 and the contract have it", refusal, read.success);
      mustHold(
        `the codes that the contract declares for ${nameOf(route)}`,
        `${code} among them`,
        codesOf(route),
        codesOf(route).includes(code),
      );
      return refusal;
    },
  };
}

const nameOf = (route: RouteShape): string => `${route.method} ${route.path}`;

const sayProblem = (refusal: Problem): string => {
  const places = refusal.problems?.map(({ at, why }) => `${at} ${why}`).join("; ");
  return `${refusal.status} ${refusal.code}: ${refusal.title} ${places ?? refusal.detail} (request ${refusal.request_id})`;
};
