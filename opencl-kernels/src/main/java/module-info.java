/** The OpenCL backend of Cotangent. */
module org.cotangent.opencl {
  requires org.cotangent;
  requires jocl;
  requires static org.jspecify;

  provides org.cotangent.backend.BackendProvider with
      org.cotangent.opencl.OpenClProvider;
}
