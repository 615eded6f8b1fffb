/**
 * The engine: graph, derivatives, compiler, CPU backend, NumPy import. Depends on nothing but the
 * JDK.
 */
module org.cotangent {
  requires jdk.incubator.vector;
  requires jdk.jfr;
  requires jdk.management;
  requires static org.jspecify;

  exports org.cotangent;
  exports org.cotangent.backend;
  exports org.cotangent.error;
  exports org.cotangent.graph;
  exports org.cotangent.io;
  exports org.cotangent.nn;
  exports org.cotangent.numpy;
  exports org.cotangent.op;
  exports org.cotangent.optim;
  exports org.cotangent.scalar;
  exports org.cotangent.type;

  uses org.cotangent.backend.BackendProvider;

  provides org.cotangent.backend.BackendProvider with
      org.cotangent.cpu.CpuProvider;
}
