/* Nothing is called here but what a signal handler may call (signal-safety(7)): the kernel's own list of maps
 * tells which file an address is of, and the message is written as it is. */
#include "cli.h"

#include "lost_page.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#define LINE_BYTES_MAX (PATH_MAX + 128) /* addresses, rights, offset, device and inode before the path */

static const char unknown[] = "a file";
static const char message[] = " became shorter while it was read, or its disk failed\n"
                              "hint: archives must be complete before they are read\n";

static const char *hex_parse(const char *at, uintptr_t *number)
{
    static const char digits[] = "0123456789abcdef";
    *number = 0;
    for (const char *digit; *at && (digit = strchr(digits, *at)); at++)
        *number = *number << 4 | (uintptr_t)(digit - digits);
    return at;
}

/* The path in a line of the list, where the line is that of the address; else NULL. */
static const char *path_of(const char *line, uintptr_t address)
{
    uintptr_t begin, end;
    const char *at = hex_parse(line, &begin);
    if (*at != '-')
        return NULL;
    at = hex_parse(at + 1, &end);
    return address >= begin && address < end ? strchr(at, '/') : NULL;
}

/* Writes the path of the file that is mapped at the address. */
static bool path_write(uintptr_t address)
{
    char line[LINE_BYTES_MAX];
    size_t length = 0;
    int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    const char *path = NULL;
    for (char byte; maps >= 0 && !path && read(maps, &byte, 1) == 1;) {
        if (byte != '\n') {
            line[length] = byte;
            length += length + 1 < sizeof line;
            continue;
        }
        line[length] = 0;
        length = 0;
        path = path_of(line, address);
    }
    return path && write(STDERR_FILENO, path, strlen(path)) > 0;
}

static void lost_page_take(int number, siginfo_t *info, void *context)
{
    static atomic_flag taken = ATOMIC_FLAG_INIT;
    (void)context;
    if (info->si_code != BUS_ADRERR && info->si_code != BUS_OBJERR) {
        (void)signal(number, SIG_DFL); /* our own mistake, or broken memory: comes again, and kills */
        return;
    }
    while (atomic_flag_test_and_set(&taken)) /* another thread is saying it, and will end the program */
        (void)pause();
    ssize_t written = write(STDERR_FILENO, "bouncemill: ", 12);
    if (!path_write((uintptr_t)info->si_addr))
        written = write(STDERR_FILENO, unknown, sizeof unknown - 1);
    written = write(STDERR_FILENO, message, sizeof message - 1);
    (void)written; /* nowhere else to say it */
    _exit(BM_INPUT);
}

void lost_page_watch(void)
{
    struct sigaction action = {.sa_sigaction = lost_page_take, .sa_flags = SA_SIGINFO};
    sigemptyset(&action.sa_mask);
    (void)sigaction(SIGBUS, &action, NULL); /* fails only for what is no signal */
}
