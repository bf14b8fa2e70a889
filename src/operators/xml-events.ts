/**
 * A strict little tokenizer for the XML that mobile-broadband-provider-info uses: elements, attributes, text, comments
 * and the five named and the numeric entities. No namespaces, no CDATA, no DTD. It is fed in pieces and keeps only
 * what is not complete yet, bounded. (XML 1.0, Fifth Edition; the format itself: serviceproviders.2.dtd.)
 */
export interface XmlHandler {
  open(name: string, attributes: ReadonlyMap<string, string>): void;
  /** Text between tags, whole, with entities resolved; may be blank. */
  text(text: string): void;
  close(name: string): void;
}

const MAX_TOKEN = 64 * 1024;
const MAX_DEPTH = 16;
const TAG =
  /^<(\/?)([A-Za-z][A-Za-z0-9:-]{0,60})((?:\s+[A-Za-z][A-Za-z0-9:-]{0,60}\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>$/;
const ATTRIBUTE = /([A-Za-z][A-Za-z0-9:-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

export class XmlEvents {
  readonly #handler: XmlHandler;
  readonly #open: string[] = [];
  #rest = "";

  constructor(handler: XmlHandler) {
    this.#handler = handler;
  }

  /** Takes the next piece. Throws an Error at what is not well-formed, is not known here, or is too long. */
  feed(piece: string): void {
    let text = this.#rest + piece;
    for (;;) {
      const length = tokenLength(text);
      if (length === 0) break;
      this.#token(text.slice(0, length));
      text = text.slice(length);
    }
    if (text.length > MAX_TOKEN) throw new Error(`something longer than ${MAX_TOKEN} characters`);
    this.#rest = text;
  }

  /** Says that there is no more. Throws when something is still open. */
  end(): void {
    const open = this.#open.at(-1);
    if (open !== undefined) throw new Error(`ends within <${open}>`);
    if (this.#rest.trim() !== "") throw new Error("ends within a tag");
  }

  #token(token: string): void {
    if (token.startsWith("<!") || token.startsWith("<?")) return;
    if (token.startsWith("<")) this.#tag(token);
    else this.#handler.text(decode(token));
  }

  #tag(token: string): void {
    const [, slash, name = "", attributes = "", empty] = TAG.exec(token) ?? [];
    if (slash === undefined) throw new Error("a malformed tag");
    if (slash === "") {
      if (this.#open.push(name) > MAX_DEPTH) throw new Error(`elements nested deeper than ${MAX_DEPTH}`);
      const named = [...attributes.matchAll(ATTRIBUTE)].map(
        ([, key = "", double, single]) => [key, decode(double ?? single ?? "")] as const,
      );
      this.#handler.open(name, new Map(named));
    }
    if (slash === "/" || empty === "/") this.#close(name);
  }

  #close(name: string): void {
    if (this.#open.pop() !== name) throw new Error(`</${name}> closes what is not open`);
    this.#handler.close(name);
  }
}

/** Length of the first complete token of the text; 0: it needs more. */
function tokenLength(text: string): number {
  if (text === "") return 0;
  if (text.startsWith("<!--")) return endAfter(text, "-->", 4);
  // `<!-` may still become a comment.
  if ("<!--".startsWith(text)) return 0;
  if (text.startsWith("<")) return endAfter(text, ">", 1);
  return Math.max(0, text.indexOf("<"));
}

function endAfter(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 ? 0 : at + mark.length;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function decode(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|([a-z]{2,4}));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0x10ffff ? whole : String.fromCodePoint(code);
  });
}
