import { DAY } from "../calendar.ts";
import { invalid, StripeRefusal } from "../refusal.ts";

export interface SavedAnswer {
  readonly key: string;
  /** Method, path and parameters of the first request with this key. */
  readonly asked: string;
  readonly status: number;
  readonly body: string;
  readonly requestId: string;
  /** Unix seconds. */
  readonly at: number;
}

/** Answers of the last day, by the key that the client gave. https://docs.stripe.com/api/idempotent_requests */
export interface IdempotencyKeys {
  /**
   * The answer that was given before.
   * @throws StripeRefusal 409 while the first request runs; 400 when it asked for something else
   */
  find(key: string, asked: string, now: number): SavedAnswer | null;
  begin(key: string, asked: string): void;
  end(key: string): void;
  save(answer: SavedAnswer): void;
  all(): Iterable<SavedAnswer>;
}

const KEPT_SECONDS = DAY;

export function openIdempotencyKeys(): IdempotencyKeys {
  const answers = new Map<string, SavedAnswer>();
  const running = new Map<string, string>();
  return {
    find(key, asked, now) {
      const saved = answers.get(key);
      const isKept = saved !== undefined && saved.at > now - KEPT_SECONDS;
      const before = running.get(key) ?? (isKept ? saved.asked : undefined);
      if (before !== undefined && before !== asked)
        throw new StripeRefusal(
          400,
          "idempotency_error",
          `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
        );
      if (running.has(key))
        throw new StripeRefusal(
          409,
          "idempotency_error",
          `There is currently another in-progress request using this Stripe-Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
          { code: "idempotency_key_in_use" },
        );
      return isKept ? saved : null;
    },
    begin(key, asked) {
      if (key.length > 255) throw invalid("Idempotency keys can be at most 255 characters long.");
      running.set(key, asked);
    },
    end: (key) => {
      running.delete(key);
    },
    save(answer) {
      // The oldest stand first, so that what is to be forgotten is found without a search.
      answers.delete(answer.key);
      answers.set(answer.key, answer);
      for (const [key, { at }] of answers) {
        if (at > answer.at - KEPT_SECONDS) break;
        answers.delete(key);
      }
    },
    all: () => answers.values(),
  };
}
