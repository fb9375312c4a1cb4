/* SPDX-License-Identifier: MIT
 * threads.c: each thread has a host of its own. Hosts share nothing, so there is nothing to lock.
 *   cc -I. examples/threads.c -o threads -pthread && unshare -Urn ./threads */
/* flags: -pthread */
#define VIF_STATIC
#include "vif.h"
#include <pthread.h>
#include <stdio.h>

enum { THREADS = 4, VIFS = 25 };

typedef struct worker {
    pthread_t thread;
    int number, done;
    vif_error error;
} worker;

/* Plugs and unplugs VIFs of its own, one after the other. */
static void *work(void *argument)
{
    worker *w = (worker *)argument;
    const vif_host_desc desc = vif_host_desc_default();
    char id[40], name[16];
    vif_host host;
    vif_vif vif;
    if (vif_host_open(&host, &desc, &w->error) != VIF_OK) {
        return NULL;
    }
    vif_object_init(&vif, VIF_CLASS_VIFGeneric);
    vif.base.id = id;
    vif.generic.vif_name = name;
    for (int i = 0; i < VIFS && w->error.status == VIF_OK; i++) {
        snprintf(id, sizeof id, "%08x-0000-4000-8000-%012x", (unsigned)w->number, (unsigned)i);
        snprintf(name, sizeof name, "tap%d-%d", w->number, i);
        if (vif_plug(&host, &vif, NULL, NULL, &w->error) == VIF_OK &&
            vif_unplug(&host, &vif, NULL, NULL, &w->error) == VIF_OK) {
            w->done++;
        }
    }
    vif_host_close(&host);
    return NULL;
}

int main(void)
{
    static worker workers[THREADS];
    int failed = 0;
    for (int i = 0; i < THREADS; i++) {
        workers[i].number = i;
        failed += pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0;
    }
    for (int i = 0; i < THREADS && !failed; i++) {
        pthread_join(workers[i].thread, NULL);
        printf("thread %d: %d VIFs%s%s\n", i, workers[i].done, workers[i].error.status ? ": " : "",
               workers[i].error.text);
    }
    for (int i = 0; i < THREADS; i++) {
        failed += workers[i].done != VIFS;
    }
    return failed != 0;
}
