import fc from "fast-check";
import { expect, test } from "vitest";
import { sourceOf } from "./rate-limit.ts";

test.each<[string | null, string]>([
  [null, "unknown"],
  ["203.0.113.7", "203.0.113.7"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
  ["::FFFF:203.0.113.7", "203.0.113.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
  ["2001:0DB8:0001:0002::ffff", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["::", "0:0:0:0::/64"],
  ["not an address", "not an address"],
])("%s counts as %s", (ip, source) => expect(sourceOf(ip)).toBe(source));

const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
const groups = (count: number) => fc.array(group, { minLength: count, maxLength: count });

test("whoever holds a /64 is one source, however many addresses they use; the neighbour is another", () => {
  fc.assert(
    fc.property(groups(4), groups(4), groups(4), (network, one, two) => {
      const first = sourceOf([...network, ...one].join(":"));
      expect(sourceOf([...network, ...two].join(":"))).toBe(first);
      const neighbour = [...network.slice(0, 3), (Number.parseInt(network[3] ?? "0", 16) ^ 1).toString(16)];
      expect(sourceOf([...neighbour, ...one].join(":"))).not.toBe(first);
    }),
  );
});

test("an address is one source however it is spelt", () => {
  fc.assert(
    fc.property(groups(8), (parts) => {
      const padded = parts.map((part) => part.padStart(4, "0").toUpperCase()).join(":");
      expect(sourceOf(padded)).toBe(sourceOf(parts.join(":")));
    }),
  );
});
