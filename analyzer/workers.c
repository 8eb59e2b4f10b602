/* Workers: see workers.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "workers.h"

#include "complain.h"
#include "output.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* Inputs begun before the first that is not yet delivered: bounds the open files where one capture takes long. */
#define AHEAD(jobs) (4 * (jobs) + 16)
#define PROGRESS_MICROSECONDS 250000

/* An input that was begun and not yet delivered. */
typedef struct worker {
    pid_t process;            /* 0: ended */
    FILE *records;            /* NULL: never begun */
    capture_outcome *outcome; /* shared memory */
} worker;

typedef struct crew {
    const GPtrArray *inputs;
    unsigned jobs;
    bool detailed;
    worker *workers; /* by input */
    unsigned begun, running, delivered;
} crew;

static const audit_input *input_at(const crew *all, unsigned index)
{
    return g_ptr_array_index(all->inputs, index);
}

static void settle(capture_outcome *outcome, audit_input_status status, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
static void settle(capture_outcome *outcome, audit_input_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_vsnprintf(outcome->error, sizeof outcome->error, format, arguments);
    va_end(arguments);
    outcome->status = status;
    outcome->finished = 1;
}

/* In the child */

/* The parent's handlers are not for its children; what it ignores (nohup) they ignore too, but for a closed pipe. */
static void reset_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGALRM};
    signal(SIGPIPE, SIG_DFL);
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        struct sigaction action;
        if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            signal(numbers[i], SIG_DFL);
    }
}

static void be_worker(const audit_input *input, bool detailed, const worker *self,
                      pid_t parent) G_GNUC_NORETURN;
static void be_worker(const audit_input *input, bool detailed, const worker *self, pid_t parent)
{
    reset_signals();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    dup2(STDERR_FILENO, STDOUT_FILENO); /* what a dissector prints is no part of the report */
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    capture_read(input, detailed, fileno(self->records), self->outcome);
    _exit(0);
}

/* In the parent */

static bool prepare(worker *self)
{
    int descriptor = audit_temporary_file();
    if (descriptor < 0)
        return false;
    self->records = fdopen(descriptor, "w+");
    return self->records != NULL;
}

static void begin(crew *all)
{
    unsigned index = all->begun++;
    const audit_input *input = input_at(all, index);
    worker *self = &all->workers[index];
    self->outcome =
        mmap(NULL, sizeof *self->outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (self->outcome == MAP_FAILED)
        g_error("no memory for a worker");
    if (input->error) {
        settle(self->outcome, AUDIT_INPUT_UNREADABLE, "%s", input->error);
        return;
    }
    if (!prepare(self)) {
        settle(self->outcome, AUDIT_INPUT_UNREADABLE, "no temporary file for its records: %s",
               g_strerror(errno));
        return;
    }
    progress_clear();
    fflush(NULL); /* nothing buffered is written twice */
    pid_t parent = getpid();
    self->process = fork();
    if (self->process == 0)
        be_worker(input, all->detailed, self, parent);
    if (self->process < 0) {
        self->process = 0;
        settle(self->outcome, AUDIT_INPUT_UNREADABLE, "no process for it: %s", g_strerror(errno));
        return;
    }
    all->running++;
}

/* A worker that ended before its work did: by a signal, or because some library called exit(). */
static void judge_end(capture_outcome *outcome, int status)
{
    if (outcome->finished == 1 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return;
    char how[64];
    if (WIFSIGNALED(status))
        g_snprintf(how, sizeof how, "ended by signal %d", WTERMSIG(status));
    else
        g_snprintf(how, sizeof how, "ended with status %d", WEXITSTATUS(status));
    if (outcome->frames)
        settle(outcome, AUDIT_INPUT_INCOMPLETE, "worker %s at frame %u", how, outcome->frames);
    else
        settle(outcome, AUDIT_INPUT_UNREADABLE, "worker %s", how);
}

static void show_progress(const crew *all)
{
    uint64_t frames = 0;
    for (unsigned i = all->delivered; i < all->begun; i++)
        frames += all->workers[i].outcome->frames;
    const char *name = all->delivered < all->begun ? input_at(all, all->delivered)->name : "";
    progress_show("%u of %u read, at frame %" G_GUINT64_FORMAT ": %s", all->delivered, all->inputs->len,
                  frames, name);
}

static void on_alarm(int number)
{
    (void)number; /* interrupts waitpid() */
}

static void wake_for_progress(bool on)
{
    if (!isatty(STDERR_FILENO))
        return;
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    suseconds_t period = on ? PROGRESS_MICROSECONDS : 0;
    setitimer(ITIMER_REAL, &(struct itimerval){{0, period}, {0, period}}, NULL);
}

static void wait_for_one(crew *all)
{
    int status;
    pid_t ended = waitpid(-1, &status, 0);
    if (ended < 0) {
        if (errno == EINTR)
            show_progress(all);
        else
            g_error("waiting for workers: %s", g_strerror(errno));
        return;
    }
    for (unsigned i = all->delivered; i < all->begun; i++)
        if (all->workers[i].process == ended) {
            all->workers[i].process = 0;
            all->running--;
            judge_end(all->workers[i].outcome, status);
        }
}

/* A copy that the worker's memory no longer changes, with a text that may be shown. */
static capture_outcome believe(const capture_outcome *told)
{
    capture_outcome outcome = *told;
    outcome.error[sizeof outcome.error - 1] = '\0';
    outcome.status = MIN(outcome.status, AUDIT_INPUT_UNRECOGNISED);
    for (char *c = outcome.error; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    char *valid = g_utf8_make_valid(outcome.error, -1);
    g_strlcpy(outcome.error, valid, sizeof outcome.error);
    g_free(valid);
    return outcome;
}

static bool deliver_next(crew *all, workers_deliver deliver, void *context)
{
    unsigned index = all->delivered++;
    worker *self = &all->workers[index];
    capture_outcome outcome = believe(self->outcome);
    if (self->records)
        rewind(self->records);
    progress_clear();
    bool go_on = deliver(context, input_at(all, index), &outcome, self->records);
    if (self->records)
        fclose(self->records);
    munmap(self->outcome, sizeof *self->outcome);
    return go_on;
}

static void dismiss(crew *all)
{
    for (unsigned i = all->delivered; i < all->begun; i++) {
        if (all->workers[i].process)
            kill(all->workers[i].process, SIGKILL);
        if (all->workers[i].records)
            fclose(all->workers[i].records);
    }
    while (all->running > 0)
        wait_for_one(all);
    for (unsigned i = all->delivered; i < all->begun; i++)
        munmap(all->workers[i].outcome, sizeof *all->workers[i].outcome);
}

void workers_run(const GPtrArray *inputs, unsigned jobs, bool detailed, workers_deliver deliver,
                 void *context)
{
    crew all = {.inputs = inputs, .jobs = jobs, .detailed = detailed, .workers = g_new0(worker, inputs->len)};
    bool go_on = true;
    wake_for_progress(true);
    while (go_on && all.delivered < inputs->len) {
        while (all.begun < inputs->len && all.running < jobs && all.begun < all.delivered + AHEAD(jobs))
            begin(&all);
        if (all.workers[all.delivered].process == 0)
            go_on = deliver_next(&all, deliver, context);
        else
            wait_for_one(&all);
    }
    wake_for_progress(false);
    dismiss(&all);
    progress_clear();
    g_free(all.workers);
}
