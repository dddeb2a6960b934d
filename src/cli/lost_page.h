/* A file that is cut short while it is read, or whose disk fails. */
#ifndef CLI_LOST_PAGE_H
#define CLI_LOST_PAGE_H

/* From here on the program ends with a message that names such a file, and with the exit code of a corrupt
 * one, where it would be killed by SIGBUS: archives and tally files are mapped. What was not finished stands
 * beside the output, as after SIGKILL, and the next run removes it. */
void lost_page_watch(void);

#endif
