// Vectors of 16 bytes, which a thread loads and stores at once.
#pragma once

#define DEVICE __device__ __forceinline__

typedef long long Long;
typedef unsigned long long Unsigned;

template <typename T> struct Packed;
template <> struct Packed<float> { typedef float4 Type; };
template <> struct Packed<double> { typedef double2 Type; };
template <> struct Packed<int> { typedef int4 Type; };
template <> struct Packed<Long> { typedef longlong2 Type; };

template <typename T> struct Vector {
  typedef typename Packed<T>::Type Type;
  static const int WIDTH = 16 / sizeof(T);
};

template <typename T> DEVICE void unpack(typename Vector<T>::Type packed, T *lanes) {
#pragma unroll
  for (int lane = 0; lane < Vector<T>::WIDTH; lane++)
    lanes[lane] = reinterpret_cast<const T *>(&packed)[lane];
}

DEVICE float4 pack(const float *lanes) {
  return make_float4(lanes[0], lanes[1], lanes[2], lanes[3]);
}
DEVICE int4 pack(const int *lanes) { return make_int4(lanes[0], lanes[1], lanes[2], lanes[3]); }
DEVICE double2 pack(const double *lanes) { return make_double2(lanes[0], lanes[1]); }
DEVICE longlong2 pack(const Long *lanes) { return make_longlong2(lanes[0], lanes[1]); }
