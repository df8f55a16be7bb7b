/* The stages of a start, and the bounds that a guest reaches, told to the supervisor over
 * SPEC_STATUS_FD: "<name> <nanoseconds>\n" each. */
#pragma once

/* The first stage. To be called before anything is opened, for it sees whether the pipe is there;
 * if not, or once nobody reads it, the rest do nothing. */
void stage_begin(const char *name);
void stage_reached(const char *name);
