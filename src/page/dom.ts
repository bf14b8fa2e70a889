/** What an element gets: attributes as they are written, listeners, and its text, which is never read as markup. */
export interface Props {
  readonly [attribute: `data-${string}` | `aria-${string}`]: string | undefined;
  readonly class?: string;
  readonly id?: string;
  readonly href?: string;
  readonly type?: string;
  readonly role?: string;
  readonly text?: string;
  readonly on?: Readonly<Record<string, (event: Event) => void>>;
  readonly attributes?: Readonly<Record<string, string | number>>;
}

export type Child = Node | string | null;

/** An HTML element. Strings become text nodes. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  props: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  return dressed(document.createElement(tag), props, children);
}

/** An SVG element. */
export function s<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | number>> = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  return dressed(document.createElementNS("http://www.w3.org/2000/svg", tag), { attributes }, children);
}

function dressed<T extends Element>(element: T, props: Props, children: readonly Child[]): T {
  const { text, on = {}, attributes = {}, ...plain } = props;
  for (const [name, value] of Object.entries({ ...plain, ...attributes })) {
    if (value !== undefined) element.setAttribute(name, String(value));
  }
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener);
  if (text !== undefined) element.textContent = text;
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Sets an element's text only where it differs, so that what a person has marked, or hears, is left in peace. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element: Element, name: string, value: string | number | null): void {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
}

/** A list of elements that follows a list of values: those of the same key stay the same, and keep their focus. */
export class KeyedList<T> {
  readonly #parent: Element;
  readonly #make: (item: T) => { readonly element: Element; update(item: T): void };
  #known = new Map<string, { readonly element: Element; update(item: T): void }>();

  constructor(parent: Element, make: (item: T) => { readonly element: Element; update(item: T): void }) {
    this.#parent = parent;
    this.#make = make;
  }

  update(items: readonly T[], keyOf: (item: T) => string): void {
    const next = new Map<string, { readonly element: Element; update(item: T): void }>();
    let place = this.#parent.firstElementChild;
    for (const item of items) {
      const key = keyOf(item);
      const part = this.#known.get(key) ?? this.#make(item);
      part.update(item);
      next.set(key, part);
      if (part.element === place) place = place.nextElementSibling;
      else this.#parent.insertBefore(part.element, place);
    }
    for (const [key, { element }] of this.#known) if (next.get(key)?.element !== element) element.remove();
    this.#known = next;
  }
}
