/**
 * Guests of a run of the scenarios, and workers for them. Two at a time were tried on two cores without KVM: both were so slow
 * that times which a person would call long were exceeded, and the whole took no less.
 */
export const GUESTS = 1;
