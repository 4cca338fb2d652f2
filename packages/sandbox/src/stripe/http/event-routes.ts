import { DAY } from "../calendar.ts";
import type { StripeEvent } from "../engine-face.ts";
import { invalid, missing } from "../refusal.ts";
import { pageOf } from "./listing.ts";
import { flag, isWithin, listOfEach, PAGING, shape, text, timeRange } from "./params.ts";
import { type Call, type Route, route } from "./route.ts";

const KEPT_DAYS = 30;
const LIST = shape({ ...PAGING, created: timeRange, delivery_success: flag, type: text, types: listOfEach(text) });

function list({ world, log, params, isDelivered }: Call<ReturnType<typeof LIST>>): object {
  if (params.type !== undefined && params.types !== undefined)
    throw invalid("You may only specify one of these parameters: type, types.", { param: "types" });
  if ((params.types?.length ?? 0) > 20) throw invalid("You may only specify up to 20 event types.", { param: "types" });
  const wanted = params.types ?? (params.type === undefined ? null : [params.type]);
  const oldest = world.now() - KEPT_DAYS * DAY;
  const source = { has: (id: string) => (log.get(id)?.created ?? 0) >= oldest, walk: log.walk };
  return pageOf<StripeEvent>(source, params, {
    url: "/v1/events",
    type: "event",
    isMeant: ({ id, type, created }) =>
      created >= oldest &&
      (wanted === null || wanted.some((each) => isType(type, each))) &&
      (params.delivery_success === undefined || isDelivered(id) === params.delivery_success) &&
      isWithin(created, params.created),
  });
}

function isType(type: string, wanted: string): boolean {
  return wanted.endsWith("*") ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
}

/** The last 30 days. https://docs.stripe.com/api/events */
export const EVENT_ROUTES: readonly Route[] = [
  route("GET", "/v1/events", LIST, list),
  route("GET", "/v1/events/:id", shape({}), ({ world, log, id }) => {
    const event = log.get(id);
    if (event === undefined || event.created < world.now() - KEPT_DAYS * DAY) throw missing("event", id);
    return event;
  }),
];
