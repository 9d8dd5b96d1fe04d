/**
 * When something counts as not coming. No step waits that long where it works: these are for machines that are slow or busy with other work,
 * where what takes a second takes a minute.
 */

/** What the window shows by itself or in answer to a key. */
export const LOOK_MS = 90_000;

/** The end of a run, an evaluation or an optimisation, and of an installation. */
export const JOB_MS = 600_000;

/** After that a key or a movement of the mouse is tried again, since what should have heard it may not have been there yet. */
export const RETRY_MS = 4_000;
