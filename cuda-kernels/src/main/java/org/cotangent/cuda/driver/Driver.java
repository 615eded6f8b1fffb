package org.cotangent.cuda.driver;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * What the backend asks of NVIDIA's driver: the calls of its API, without their forms. Tests put a
 * simulated one in its place.
 *
 * <p>Rules. Each method may throw a {@link DriverException}, also for a failure of earlier work
 * that a GPU did meanwhile. Work in a stream is done in order, and later: the call returns before.
 * A thread enters a context before its first call for it. Who made something gives it back. Safe
 * for many threads.
 */
public interface Driver {
  /** A GPU in use. */
  interface Context {}

  /** Work that is done in order. */
  interface Stream {}

  /** A moment in a stream. */
  interface Event {}

  /** Translated functions. */
  interface Module {}

  /** A function of a module. */
  interface Function {}

  /** Launches that are started together, one after the other. */
  interface Graph {}

  /**
   * A launch of a function.
   *
   * @param function what is launched
   * @param blocks how many
   * @param threads of each block
   * @param parameters native memory: an address for each parameter, where its bytes lie, 8 or those
   *     of a tensor map; read during the call that it is given to
   */
  record Call(Function function, int blocks, int threads, MemorySegment parameters) {}

  // ---- devices

  /** {@return the GPUs there are} */
  List<Chip> chips();

  /**
   * {@return the context that all users of a GPU in this process share}
   *
   * @param chip which GPU
   */
  Context open(Chip chip);

  /** Gives a context back; it ends, also a lost one, when all of its users have done so. */
  void close(Context context);

  /** Makes a context the one of this thread. */
  void enter(Context context);

  // ---- memory

  /** {@return the address of new memory of the GPU, a multiple of 256} */
  long allocate(long bytes);

  /** Gives memory of the GPU back, when what was enqueued before is over. */
  void free(long address);

  /** {@return new memory of the host that the GPU copies from and to by itself} */
  MemorySegment pin(long bytes);

  /** Gives pinned memory back. */
  void unpin(MemorySegment pinned);

  /** Copies pinned memory to the GPU. */
  void upload(long target, MemorySegment pinned, Stream stream);

  /** Copies from the GPU into pinned memory. */
  void download(MemorySegment pinned, long source, Stream stream);

  // ---- order

  /** {@return a new stream, which waits for no other} */
  Stream stream();

  /** Gives a stream back, whose work is over. */
  void destroy(Stream stream);

  /** Waits for the end of what is in a stream. */
  void await(Stream stream);

  /**
   * {@return a new event}
   *
   * @param timed whether it keeps the time
   */
  Event event(boolean timed);

  /** Gives an event back. */
  void destroy(Event event);

  /** Has an event be the moment when the work in a stream so far is over. */
  void record(Event event, Stream stream);

  /** Has what comes next in a stream wait for an event, as it was last recorded. */
  void order(Event event, Stream after);

  /** Waits for an event, as it was last recorded. */
  void await(Event event);

  /** {@return the milliseconds between two timed events that are over} */
  float milliseconds(Event start, Event end);

  // ---- kernels

  /**
   * {@return functions, translated for the GPU of this thread's context}
   *
   * @param ptx text of a module; the failure has what the assembler says of it
   */
  Module module(String ptx);

  /** Gives a module back, whose functions nothing runs any more. */
  void unload(Module module);

  /**
   * {@return a function of a module}
   *
   * @param name of the function
   * @param shared bytes of shared memory that each launch gives a block, beside what the function
   *     declares
   */
  Function function(Module module, String name, int shared);

  /**
   * Writes a tensor map, which a function takes as a parameter.
   *
   * @param map how the tensor lies
   * @param address of its first element, a multiple of {@value TensorMap#ELEMENT_ALIGNMENT}
   * @param to native memory of {@value TensorMap#BYTES} bytes, at a multiple of {@value
   *     TensorMap#ALIGNMENT}
   */
  void encode(TensorMap map, long address, MemorySegment to);

  /** Launches a function. */
  void launch(Call call, Stream stream);

  /** {@return launches that follow each other} */
  Graph graph(List<Call> calls);

  /** Changes the parameters of a launch in a graph, for when it is launched next. */
  void update(Graph graph, int number, Call call);

  /** Launches all of a graph. */
  void launch(Graph graph, Stream stream);

  /** Gives a graph back. */
  void destroy(Graph graph);
}
