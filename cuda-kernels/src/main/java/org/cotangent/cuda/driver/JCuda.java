package org.cotangent.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import jcuda.CudaException;
import jcuda.Pointer;
import jcuda.driver.CUDA_KERNEL_NODE_PARAMS;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUgraphNode;
import jcuda.driver.CUjit_option;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/**
 * The driver of the machine, by JCuda.
 *
 * <p>Addresses pass as they are: JCuda's own pointers count from buffers, whose sizes are ints, and
 * make memory for each call. Nothing of the Java heap is handed over but small arrays that a call
 * fills.
 */
final class JCuda implements Driver {
  /** Bytes of what the assembler may say. */
  private static final int LOG_BYTES = 16 << 10;

  private static final int NAME_BYTES = 256;

  private record OneContext(CUcontext handle, CUdevice device) implements Context {}

  private record OneStream(CUstream handle) implements Stream {}

  private record OneEvent(CUevent handle) implements Event {}

  private record OneModule(CUmodule handle) implements Module {}

  private record OneFunction(CUfunction handle, int shared) implements Function {}

  private record OneGraph(CUgraph template, List<CUgraphNode> nodes, CUgraphExec handle)
      implements Graph {}

  /** An address of the host. */
  private static final class Address extends Pointer {
    Address(long address) {
      super(address);
    }
  }

  private final int version;
  private final TensorMaps maps;

  /**
   * Starts the driver.
   *
   * @param version of the driver, which has all that JCuda is bound to
   * @param maps what JCuda is not bound to
   */
  JCuda(int version, TensorMaps maps) {
    this.version = version;
    this.maps = maps;
    require("cuInit", JCudaDriver.cuInit(0));
  }

  private static void require(String call, int result) {
    if (result != CUresult.CUDA_SUCCESS) {
      throw new DriverException(call, result, CUresult.stringFor(result));
    }
  }

  private static CUdeviceptr device(long address) {
    return new CUdeviceptr().withByteOffset(address);
  }

  // ---- devices

  @Override
  public List<Chip> chips() {
    int[] count = new int[1];
    require("cuDeviceGetCount", JCudaDriver.cuDeviceGetCount(count));
    List<Chip> chips = new ArrayList<>();
    for (int index = 0; index < count[0]; index++) {
      chips.add(chip(index));
    }
    return chips;
  }

  private static CUdevice handle(int index) {
    CUdevice device = new CUdevice();
    require("cuDeviceGet", JCudaDriver.cuDeviceGet(device, index));
    return device;
  }

  private Chip chip(int index) {
    CUdevice device = handle(index);
    byte[] name = new byte[NAME_BYTES];
    require("cuDeviceGetName", JCudaDriver.cuDeviceGetName(name, NAME_BYTES, device));
    int end = 0;
    while (end < NAME_BYTES && name[end] != 0) {
      end++;
    }
    long[] bytes = new long[1];
    require("cuDeviceTotalMem", JCudaDriver.cuDeviceTotalMem(bytes, device));
    return new Chip(
        index,
        new String(name, 0, end, StandardCharsets.UTF_8),
        fact(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR),
        fact(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR),
        bytes[0],
        fact(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
        fact(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_CLOCK_RATE),
        version);
  }

  private static int fact(CUdevice device, int attribute) {
    int[] value = new int[1];
    require("cuDeviceGetAttribute", JCudaDriver.cuDeviceGetAttribute(value, attribute, device));
    return value[0];
  }

  @Override
  public Context open(Chip chip) {
    CUdevice device = handle(chip.index());
    CUcontext context = new CUcontext();
    require("cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
    return new OneContext(context, device);
  }

  @Override
  public void close(Context context) {
    CUdevice device = ((OneContext) context).device;
    require("cuDevicePrimaryCtxRelease", JCudaDriver.cuDevicePrimaryCtxRelease(device));
  }

  @Override
  public void enter(Context context) {
    require("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(((OneContext) context).handle));
  }

  // ---- memory

  @Override
  public long allocate(long bytes) {
    Place place = new Place();
    require("cuMemAlloc", JCudaDriver.cuMemAlloc(place, bytes));
    return place.address();
  }

  /** A pointer that tells where it points. */
  private static final class Place extends CUdeviceptr {
    long address() {
      return getNativePointer();
    }
  }

  @Override
  public void free(long address) {
    require("cuMemFree", JCudaDriver.cuMemFree(device(address)));
  }

  /** A pointer of the host that tells where it points. */
  private static final class HostPlace extends Pointer {
    long address() {
      return getNativePointer();
    }
  }

  @Override
  @SuppressWarnings("restricted") // memory that the driver allocated has no size of its own
  public MemorySegment pin(long bytes) {
    HostPlace place = new HostPlace();
    require("cuMemHostAlloc", JCudaDriver.cuMemHostAlloc(place, bytes, 0));
    return MemorySegment.ofAddress(place.address()).reinterpret(bytes);
  }

  @Override
  public void unpin(MemorySegment pinned) {
    require("cuMemFreeHost", JCudaDriver.cuMemFreeHost(new Address(pinned.address())));
  }

  @Override
  public void upload(long target, MemorySegment pinned, Stream stream) {
    require(
        "cuMemcpyHtoDAsync",
        JCudaDriver.cuMemcpyHtoDAsync(
            device(target), new Address(pinned.address()), pinned.byteSize(), handle(stream)));
  }

  @Override
  public void download(MemorySegment pinned, long source, Stream stream) {
    require(
        "cuMemcpyDtoHAsync",
        JCudaDriver.cuMemcpyDtoHAsync(
            new Address(pinned.address()), device(source), pinned.byteSize(), handle(stream)));
  }

  // ---- order

  private static CUstream handle(Stream stream) {
    return ((OneStream) stream).handle;
  }

  private static CUevent handle(Event event) {
    return ((OneEvent) event).handle;
  }

  @Override
  public Stream stream() {
    CUstream stream = new CUstream();
    require(
        "cuStreamCreate",
        JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
    return new OneStream(stream);
  }

  @Override
  public void destroy(Stream stream) {
    require("cuStreamDestroy", JCudaDriver.cuStreamDestroy(handle(stream)));
  }

  @Override
  public void await(Stream stream) {
    require("cuStreamSynchronize", JCudaDriver.cuStreamSynchronize(handle(stream)));
  }

  @Override
  public Event event(boolean timed) {
    CUevent event = new CUevent();
    int flags = timed ? CUevent_flags.CU_EVENT_DEFAULT : CUevent_flags.CU_EVENT_DISABLE_TIMING;
    require("cuEventCreate", JCudaDriver.cuEventCreate(event, flags));
    return new OneEvent(event);
  }

  @Override
  public void destroy(Event event) {
    require("cuEventDestroy", JCudaDriver.cuEventDestroy(handle(event)));
  }

  @Override
  public void record(Event event, Stream stream) {
    require("cuEventRecord", JCudaDriver.cuEventRecord(handle(event), handle(stream)));
  }

  @Override
  public void order(Event event, Stream after) {
    require("cuStreamWaitEvent", JCudaDriver.cuStreamWaitEvent(handle(after), handle(event), 0));
  }

  @Override
  public void await(Event event) {
    require("cuEventSynchronize", JCudaDriver.cuEventSynchronize(handle(event)));
  }

  @Override
  public float milliseconds(Event start, Event end) {
    float[] milliseconds = new float[1];
    require(
        "cuEventElapsedTime",
        JCudaDriver.cuEventElapsedTime(milliseconds, handle(start), handle(end)));
    return milliseconds[0];
  }

  // ---- kernels

  @Override
  public Module module(String ptx) {
    CUmodule module = new CUmodule();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocateFrom(ptx, StandardCharsets.US_ASCII);
      MemorySegment log = arena.allocate(LOG_BYTES);
      // Values of options: an address, and a number in the place of one.
      MemorySegment values = arena.allocate(ValueLayout.JAVA_LONG, 2);
      values.setAtIndex(ValueLayout.JAVA_LONG, 0, log.address());
      // A byte of 0 stays at the end.
      values.setAtIndex(ValueLayout.JAVA_LONG, 1, LOG_BYTES - 1);
      int[] options = {
        CUjit_option.CU_JIT_ERROR_LOG_BUFFER, CUjit_option.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES
      };
      int result =
          JCudaDriver.cuModuleLoadDataEx(
              module,
              new Address(text.address()),
              options.length,
              options,
              new Address(values.address()));
      if (result != CUresult.CUDA_SUCCESS) {
        String said = log.getString(0, StandardCharsets.US_ASCII).strip();
        throw new DriverException(
            "cuModuleLoadDataEx", result, CUresult.stringFor(result) + ": " + said);
      }
    }
    return new OneModule(module);
  }

  @Override
  public void unload(Module module) {
    require("cuModuleUnload", JCudaDriver.cuModuleUnload(((OneModule) module).handle));
  }

  @Override
  public Function function(Module module, String name, int shared) {
    CUfunction function = new CUfunction();
    require(
        "cuModuleGetFunction",
        JCudaDriver.cuModuleGetFunction(function, ((OneModule) module).handle, name));
    if (shared > 0) {
      require(
          "cuFuncSetAttribute",
          JCudaDriver.cuFuncSetAttribute(
              function,
              CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
              shared));
    }
    return new OneFunction(function, shared);
  }

  @Override
  public void encode(TensorMap map, long address, MemorySegment to) {
    require("cuTensorMapEncodeTiled", maps.encode(map, address, to));
  }

  private static int shared(Call call) {
    return ((OneFunction) call.function()).shared;
  }

  private static CUfunction handle(Function function) {
    return ((OneFunction) function).handle;
  }

  @Override
  public void launch(Call call, Stream stream) {
    require(
        "cuLaunchKernel",
        JCudaDriver.cuLaunchKernel(
            handle(call.function()),
            call.blocks(),
            1,
            1,
            call.threads(),
            1,
            1,
            shared(call),
            handle(stream),
            new Address(call.parameters().address()),
            null));
  }

  @Override
  public Graph graph(List<Call> calls) {
    CUgraph template = new CUgraph();
    require("cuGraphCreate", JCudaDriver.cuGraphCreate(template, 0));
    List<CUgraphNode> nodes = new ArrayList<>();
    CUgraphExec graph = new CUgraphExec();
    try {
      for (Call call : calls) {
        CUgraphNode node = new CUgraphNode();
        CUgraphNode[] before =
            nodes.isEmpty() ? new CUgraphNode[0] : new CUgraphNode[] {nodes.getLast()};
        require(
            "cuGraphAddKernelNode",
            JCudaDriver.cuGraphAddKernelNode(
                node, template, before, before.length, parameters(call)));
        nodes.add(node);
      }
      require("cuGraphInstantiate", JCudaDriver.cuGraphInstantiate(graph, template, 0));
    } catch (DriverException | CudaException failure) {
      JCudaDriver.cuGraphDestroy(template);
      throw failure;
    }
    return new OneGraph(template, List.copyOf(nodes), graph);
  }

  private static CUDA_KERNEL_NODE_PARAMS parameters(Call call) {
    CUDA_KERNEL_NODE_PARAMS parameters = new CUDA_KERNEL_NODE_PARAMS();
    parameters.func = handle(call.function());
    parameters.gridDimX = call.blocks();
    parameters.gridDimY = 1;
    parameters.gridDimZ = 1;
    parameters.blockDimX = call.threads();
    parameters.blockDimY = 1;
    parameters.blockDimZ = 1;
    parameters.sharedMemBytes = shared(call);
    parameters.kernelParams = new Address(call.parameters().address());
    return parameters;
  }

  @Override
  public void update(Graph graph, int number, Call call) {
    OneGraph own = (OneGraph) graph;
    require(
        "cuGraphExecKernelNodeSetParams",
        JCudaDriver.cuGraphExecKernelNodeSetParams(
            own.handle, own.nodes.get(number), parameters(call)));
  }

  @Override
  public void launch(Graph graph, Stream stream) {
    require("cuGraphLaunch", JCudaDriver.cuGraphLaunch(((OneGraph) graph).handle, handle(stream)));
  }

  @Override
  public void destroy(Graph graph) {
    OneGraph own = (OneGraph) graph;
    int result = JCudaDriver.cuGraphExecDestroy(own.handle);
    require("cuGraphDestroy", JCudaDriver.cuGraphDestroy(own.template));
    require("cuGraphExecDestroy", result);
  }
}
