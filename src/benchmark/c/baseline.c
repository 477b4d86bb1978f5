/* Measures listing snapshots in C, and prints a line "c.WHAT SIZE MICROSECONDS" for each, per snapshot. */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static volatile size_t seen;

static void ignore(void *data, virErrorPtr error) {
  (void)data;
  (void)error;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static void handle(virDomainSnapshotPtr snapshot) { seen += virDomainSnapshotGetName(snapshot) != NULL; }

static void name_and_parent(virDomainSnapshotPtr snapshot) {
  seen += strlen(virDomainSnapshotGetName(snapshot));
  virDomainSnapshotPtr parent = virDomainSnapshotGetParent(snapshot, 0);
  if (parent != NULL) {
    seen += strlen(virDomainSnapshotGetName(parent));
    virDomainSnapshotFree(parent);
  }
}

static void xml(virDomainSnapshotPtr snapshot) {
  char *description = virDomainSnapshotGetXMLDesc(snapshot, 0);
  seen += strlen(description);
  free(description);
}

static double list(virDomainPtr domain, void (*look)(virDomainSnapshotPtr)) {
  double start = now();
  virDomainSnapshotPtr *snapshots;
  int count = virDomainListAllSnapshots(domain, &snapshots, 0);
  for (int i = 0; i < count; i++) {
    look(snapshots[i]);
    virDomainSnapshotFree(snapshots[i]);
  }
  free(snapshots);
  return (now() - start) / count;
}

static void measure(const char *what, int size, virDomainPtr domain, void (*look)(virDomainSnapshotPtr)) {
  double best = list(domain, look);
  for (double start = now(); now() - start < 1e6;) {
    double next = list(domain, look);
    best = next < best ? next : best;
  }
  printf("c.%s %d %.4f\n", what, size, best);
}

/* What is asked of a persistent domain before and after a revert. */
static void look_at(virDomainPtr domain) {
  virDomainPtr domains[] = {domain, NULL};
  virDomainStatsRecordPtr *records;
  int value;
  virDomainListGetStats(domains, VIR_DOMAIN_STATS_STATE, &records, VIR_CONNECT_GET_ALL_DOMAINS_STATS_PERSISTENT);
  virTypedParamsGetInt(records[0]->params, records[0]->nparams, "state.state", &value);
  virTypedParamsGetInt(records[0]->params, records[0]->nparams, "state.reason", &value);
  virDomainStatsRecordListFree(records);
  virDomainSnapshotFree(virDomainSnapshotCurrent(domain, 0));
}

static void bare(virDomainPtr domain, virDomainSnapshotPtr snapshot) {
  (void)domain;
  virDomainRevertToSnapshot(snapshot, VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING);
}

/* The calls of a checked revert, and nothing else. */
static void checked(virDomainPtr domain, virDomainSnapshotPtr unused) {
  (void)unused;
  look_at(domain);
  virDomainHasManagedSaveImage(domain, 0);
  virDomainSnapshotPtr snapshot = virDomainSnapshotLookupByName(domain, "snapshot-0", 0);
  virDomainRevertToSnapshot(snapshot, VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING);
  look_at(domain);
  virDomainSnapshotFree(snapshot);
}

static void measure_reverts(const char *what, virDomainPtr domain, void (*revert)(virDomainPtr, virDomainSnapshotPtr)) {
  virDomainSnapshotPtr snapshot = virDomainSnapshotLookupByName(domain, "snapshot-0", 0);
  double best = 1e9;
  for (double start = now(); now() - start < 1e6;) {
    double before = now();
    revert(domain, snapshot);
    double next = now() - before;
    best = next < best ? next : best;
  }
  virDomainSnapshotFree(snapshot);
  printf("c.%s 1 %.4f\n", what, best);
}

int main(int argc, char **argv) {
  int size = argc > 1 ? atoi(argv[1]) : 1000;
  virSetErrorFunc(NULL, ignore);
  virConnectPtr connect = virConnectOpen("test:///default");
  virDomainPtr domain = virDomainLookupByName(connect, "test");
  for (int i = 0; i < size; i++) {
    char description[100];
    snprintf(description, sizeof description, "<domainsnapshot><name>snapshot-%d</name></domainsnapshot>", i);
    virDomainSnapshotFree(virDomainSnapshotCreateXML(domain, description, 0));
  }
  measure("handles", size, domain, handle);
  measure("names", size, domain, name_and_parent);
  measure("xml", size, domain, xml);
  if (size == 1) {
    measure_reverts("revert", domain, bare);
    measure_reverts("checked", domain, checked);
  }
  return 0;
}
