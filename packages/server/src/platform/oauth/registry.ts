import { github } from "./github.ts";
import { google } from "./google.ts";
import { microsoft } from "./microsoft.ts";
import type { Provider } from "./provider.ts";

/** Every provider that can be set up, in the order of the buttons. A new one is a file beside these and a line here. */
export const PROVIDERS: readonly Provider[] = [google, microsoft, github];
