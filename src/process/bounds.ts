export interface Bounds {
  readonly ms: number;
  /** What it rejects with then. */
  readonly late: () => Error;
  readonly signal?: AbortSignal;
}

/** What `work` comes to, unless it is late or aborted; it is then left to its own end. */
export async function within<Result>(work: Promise<Result>, { ms, late, signal }: Bounds): Promise<Result> {
  let stop = (): void => {};
  const end = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(late()), ms);
    const abort = (): void => reject(signal?.reason);
    signal?.addEventListener("abort", abort);
    if (signal?.aborted === true) abort();
    stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
  });
  try {
    return await Promise.race([work, end]);
  } finally {
    stop();
  }
}
