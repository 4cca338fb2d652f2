import { DAY } from "../calendar.ts";
import type { TestClock } from "../objects/customer.ts";
import { invalid, missing } from "../refusal.ts";
import { record, type World } from "../world.ts";

/** A time of its own for the customers that are made with it. https://docs.stripe.com/billing/testing/test-clocks */
export function createTestClock(world: World, frozenTime: number, name: string | null): TestClock {
  const now = world.now();
  const clock: TestClock = {
    id: world.mint.id("clock_"),
    object: "test_helpers.test_clock",
    created: now,
    deletes_after: now + 30 * DAY,
    frozen_time: frozenTime,
    livemode: false,
    name,
    status: "ready",
    status_details: {},
  };
  return record(world, world.state["test_helpers.test_clock"], clock, "test_helpers.test_clock.created");
}

export function testClockFor(world: World, id: string): TestClock {
  const clock = world.state["test_helpers.test_clock"].get(id);
  if (clock === undefined) throw missing("test clock", id);
  return clock;
}

/** @param run does what falls due for the clock's customers until then */
export function advanceTestClock(world: World, run: (id: string, until: number) => void, id: string, until: number): TestClock {
  const clock = testClockFor(world, id);
  if (until <= clock.frozen_time)
    throw invalid("The `frozen_time` must be later than the test clock's current frozen time.", { param: "frozen_time" });
  world.emit("test_helpers.test_clock.advancing", { ...clock, status: "advancing" });
  run(id, until);
  return record(world, world.state["test_helpers.test_clock"], { ...clock, frozen_time: until }, "test_helpers.test_clock.ready");
}
