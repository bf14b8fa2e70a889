/** Guests of a run of the scenarios, and workers for them: a guest waits more than it works. */
export const GUESTS = 2;
