/** Longer ones are no addresses of files. */
const MOST_CHARACTERS = 2_000;

/** The text as the address of a file to download, or what is wrong with it. */
export function parseMeasureUrl(text: string): URL | string {
  if (text.length > MOST_CHARACTERS || !URL.canParse(text))
    return "it is no URL such as http://server.example/25MB.bin";
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") return "only http: and https: are measured";
  if (url.username !== "" || url.password !== "") return "it must hold no user name or password";
  return url;
}

/** The URL as it may be shown: what follows `?` may be a key. */
export function shownUrl({ origin, pathname, search }: URL): string {
  return `${origin}${pathname}${search === "" ? "" : "?…"}`;
}
