// A driver whose GPU is the host: what JCuda hands over arrives here as the real driver would see
// it. Work is done during the call. A kernel of any text writes the sum of its grid, its block and
// all of its other parameters to the address that its first parameter is; the digit at the end of
// its name says how many parameters it has. The shared memory that a launch asks for is added as
// well, if it is what the function was allowed. At the end it says what was not given back.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  void *function;
  unsigned grid[3], block[3], shared;
  void **parameters, **extra;
  void *kern, *context;
} Node;

typedef struct {
  Node node;
  int64_t values[9];
} Launch;

typedef struct {
  int count;
  Launch launches[16];
} Graph;

static int live, started;

__attribute__((destructor)) static void end(void) {
  if (started) printf("live: %d\n", live);
  fflush(stdout);
}

static int make(void **handle, size_t bytes) {
  live++;
  *handle = calloc(1, bytes);
  return 0;
}

static int drop(void *handle) {
  live--;
  free(handle);
  return 0;
}

int cuInit(unsigned flags) {
  started = 1;
  return flags;
}
int cuDriverGetVersion(int *version) {
  const char *wanted = getenv("STUB_VERSION");
  *version = wanted ? atoi(wanted) : 12040;
  return 0;
}
int cuDeviceGetCount(int *count) {
  *count = 2;
  return 0;
}
int cuDeviceGet(int *device, int index) {
  *device = index;
  return 0;
}
int cuDeviceGetName(char *name, int bytes, int device) {
  snprintf(name, bytes, "Stub %d", device);
  return 0;
}
int cuDeviceTotalMem_v2(size_t *bytes, int device) {
  *bytes = (size_t)80 << 30;
  return device < 0;
}
int cuDeviceGetAttribute(int *value, int attribute, int device) {
  *value = attribute == 75 ? 9 : attribute == 76 ? 0 : attribute;
  return device < 0;
}
int cuDevicePrimaryCtxRetain(void **context, int device) {
  (void)device;
  return make(context, 1);
}
int cuDevicePrimaryCtxRelease_v2(int device) {
  live--;
  return device < 0;
}
int cuCtxSetCurrent(void *context) { return context == 0; }

// Addresses beyond 32 bits, so that none is cut.
int cuMemAlloc_v2(uint64_t *address, size_t bytes) {
  if (bytes > (size_t)1 << 40) return 2;
  return make((void **)address, bytes);
}
int cuMemFree_v2(uint64_t address) { return drop((void *)address); }
int cuMemHostAlloc(void **address, size_t bytes, unsigned flags) {
  return flags ? 1 : make(address, bytes);
}
int cuMemFreeHost(void *address) { return drop(address); }
int cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t bytes, void *stream) {
  memcpy((void *)to, from, bytes);
  return stream == 0;
}
int cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t bytes, void *stream) {
  memcpy(to, (const void *)from, bytes);
  return stream == 0;
}

int cuStreamCreate(void **stream, unsigned flags) { return flags == 1 ? make(stream, 1) : 1; }
int cuStreamDestroy_v2(void *stream) { return drop(stream); }
int cuStreamSynchronize(void *stream) { return stream == 0; }
int cuStreamWaitEvent(void *stream, void *event, unsigned flags) {
  return stream == 0 || event == 0 || flags;
}
int cuEventCreate(void **event, unsigned flags) {
  make(event, sizeof(int));
  **(int **)event = flags;
  return 0;
}
int cuEventDestroy_v2(void *event) { return drop(event); }
int cuEventRecord(void *event, void *stream) { return event == 0 || stream == 0; }
int cuEventSynchronize(void *event) { return event == 0; }
int cuEventElapsedTime(float *time, void *start, void *end) {
  *time = 1.5f;
  // Events without times have none.
  return *(int *)start == 0 && *(int *)end == 0 ? 0 : 400;
}

int cuModuleLoadDataEx(void **module, const void *text, unsigned options, int *names, void **values) {
  if (options != 2 || names[0] != 5 || names[1] != 6) return 1;
  size_t room = (size_t)values[1];
  if (strstr(text, "wrong")) {
    snprintf(values[0], room, "line 1: this is wrong (%zu bytes)", room);
    return 218;
  }
  make(module, strlen(text) + 1);
  strcpy(*module, text);
  return 0;
}
int cuModuleUnload(void *module) { return drop(module); }
// A function is its name in the module's text.
int cuModuleGetFunction(void **function, void *module, const char *name) {
  *function = strstr(module, name);
  return *function ? 0 : 500;
}

static void *allowed;
static int allowance;
int cuFuncSetAttribute(void *function, int attribute, int value) {
  allowed = function;
  allowance = value;
  // The most dynamic shared memory.
  return attribute != 8;
}
// A map is what it was told of, added up with weights; what is fixed has to be as it is.
int cuTensorMapEncodeTiled(int64_t *map, int type, unsigned rank, void *address,
                           const uint64_t *sizes, const uint64_t *strides, const unsigned *box,
                           const unsigned *steps, int interleave, int swizzle, int promotion,
                           int fill) {
  if ((uint64_t)map % 64 || interleave || swizzle != 3 || promotion != 3 || fill) return 1;
  int64_t sum = type + 100 * rank;
  for (unsigned axis = 0; axis < rank; axis++) {
    if (steps[axis] != 1) return 1;
    sum += (axis + 1) * (1000 * sizes[axis] + 1000000 * (int64_t)box[axis]);
    if (axis) sum += axis * 7 * strides[axis - 1];
  }
  map[0] = sum;
  map[15] = (int64_t)address;
  return 0;
}

static void keep(Launch *launch, const Node *node) {
  launch->node = *node;
  const char *name = node->function;
  int count = name[strcspn(name, "0123456789")] - '0';
  memset(launch->values, 0, sizeof launch->values);
  for (int i = 0; i < count; i++) launch->values[i] = *(int64_t *)node->parameters[i];
}
static void run(const Launch *launch) {
  int64_t sum = (int64_t)launch->node.grid[0] * launch->node.grid[1] * launch->node.grid[2] * 1000 +
                launch->node.block[0] * launch->node.block[1] * launch->node.block[2];
  if (launch->node.shared && launch->node.function == allowed && (int)launch->node.shared == allowance)
    sum += launch->node.shared;
  for (int i = 1; i < 9; i++) sum += launch->values[i];
  *(int64_t *)launch->values[0] += sum;
}
int cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
                   unsigned bz, unsigned shared, void *stream, void **parameters, void **extra) {
  Node node = {function, {gx, gy, gz}, {bx, by, bz}, shared, parameters, extra, 0, 0};
  Launch launch;
  keep(&launch, &node);
  run(&launch);
  return stream == 0 || extra != 0;
}

int cuGraphCreate(void **graph, unsigned flags) { return flags ? 1 : make(graph, sizeof(Graph)); }
int cuGraphAddKernelNode_v2(void **node, Graph *graph, void **before, size_t count, Node *added) {
  // Each comes after the one before it.
  if (count != (graph->count > 0)) return 1;
  if (count && before[0] != &graph->launches[graph->count - 1]) return 1;
  Launch *launch = &graph->launches[graph->count++];
  keep(launch, added);
  *node = launch;
  return 0;
}
typedef struct {
  Graph graph, *template;
} Exec;
int cuGraphInstantiateWithFlags(void **made, Graph *graph, uint64_t flags) {
  make(made, sizeof(Exec));
  Exec *exec = *made;
  exec->graph = *graph;
  exec->template = graph;
  return flags != 0;
}
int cuGraphExecKernelNodeSetParams_v2(Exec *exec, Launch *node, Node *changed) {
  keep(&exec->graph.launches[node - exec->template->launches], changed);
  return 0;
}
int cuGraphLaunch(Exec *exec, void *stream) {
  for (int i = 0; i < exec->graph.count; i++) run(&exec->graph.launches[i]);
  return stream == 0;
}
int cuGraphExecDestroy(void *exec) { return drop(exec); }
int cuGraphDestroy(void *graph) { return drop(graph); }
