export { openTestDatabase, type TestDatabase } from "./database.ts";
export { offerTo, writeLead } from "./leads.ts";
export {
  invite,
  nextEmail,
  type Person,
  type PersonOptions,
  registerMember,
  registerPerson,
  registerVerified,
  signIn,
  TEST_PASSWORD,
  verifyPerson,
} from "./people.ts";
export type { Answer, AnsweredCookie, Request, RequestOptions } from "./request.ts";
export { TEST_START, type TestClock, testClock } from "./test-clock.ts";
export { listThings, testProduct } from "./test-product.ts";
export { openTestServer, TEST_BASE_URL, type TestServer, type TestServerOptions, tokenIn } from "./test-server.ts";
export { readZip } from "./zip.ts";
