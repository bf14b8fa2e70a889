/**
 * Guests of a run of the scenarios, and workers for them. Two at a time were tried once on two cores without KVM, beside
 * another load: waits of 90 s were exceeded, and the whole took 20.9 minutes; one guest alone took 19.5.
 */
export const GUESTS = 1;
