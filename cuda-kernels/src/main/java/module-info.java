/** The CUDA backend of Cotangent. */
module org.cotangent.cuda {
  requires jcuda;
  requires org.cotangent;
  requires static org.jspecify;

  provides org.cotangent.backend.BackendProvider with
      org.cotangent.cuda.CudaProvider;
}
