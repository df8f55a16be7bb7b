/* The stages of a start, told to the supervisor over SPEC_STATUS_FD. */
#pragma once

/* Writes "<name> <nanoseconds>\n". Does nothing if the pipe is not there, or gone: the guest runs without. */
void stage_reached(const char *name);
/* The last stage: writes it and closes the pipe, so that the guest's process holds no more of it. */
void stage_finish(const char *name);
