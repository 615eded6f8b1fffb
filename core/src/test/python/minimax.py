"""Computes the coefficients of the Transcendental*.java files and their error bounds.

Polynomials are fitted by Lawson's reweighted least squares in relative error, one coefficient
after the other rounded to the dtype and the rest fitted again (the idea of Brisebarre, Muller and
Tisserand, "Computing machine-efficient polynomial approximations", ACM TOMS 32(2), 2006).
Rationals interpolate at Chebyshev nodes. Prints hexadecimal literals, decimals and log2 of the
largest relative error. Needs mpmath: python3 minimax.py
"""

import mpmath as mp

mp.mp.prec = 240


def rounded(value, bits):
  """The nearest float32 (24 bits) or float64 (53 bits); no coefficient is subnormal."""
  mantissa, exponent = mp.frexp(value)
  return mp.ldexp(mp.nint(mp.ldexp(mantissa, bits)), exponent - bits)


def minimax(g, weight, count, low, high):
  """The count coefficients c that minimise max |weight(x) * (sum c_k x^k - g(x))|."""
  middle, half, points = (low + high) / 2, (high - low) / 2, 24 * count
  grid = [middle + half * mp.cos(mp.pi * (2 * i + 1) / (2 * points)) for i in range(points)]
  powers = [[weight(x) * x**k for k in range(count)] for x in grid]
  goal = [weight(x) * g(x) for x in grid]
  emphasis = [mp.mpf(1)] * points
  best = None
  for _ in range(30):
    matrix, right = mp.zeros(count, count), mp.zeros(count, 1)
    for row, y, e in zip(powers, goal, emphasis):
      for i in range(count):
        right[i] += e * row[i] * y
        for k in range(i + 1):
          matrix[i, k] += e * row[i] * row[k]
    for i in range(count):
      for k in range(i):
        matrix[k, i] = matrix[i, k]
    c = list(mp.lu_solve(matrix, right))
    errors = [abs(sum(a * b for a, b in zip(row, c)) - y) for row, y in zip(powers, goal)]
    worst = max(errors)
    if best is None or worst < best[0]:
      best = (worst, c)
    emphasis = [e * (error / worst + mp.mpf("0.01")) for e, error in zip(emphasis, errors)]
    total = max(emphasis)
    emphasis = [e / total for e in emphasis]
  return best[1]


def polynomial(name, g, weight, degree, low, high, bits):
  """Fits sum c_k x^k to g with coefficients of a dtype."""
  low, high = mp.mpf(low), mp.mpf(high)
  fixed = []
  while len(fixed) <= degree:
    k = len(fixed)
    rest = lambda x: (g(x) - mp.polyval(fixed[::-1], x)) / x**k if fixed else g(x)
    free = minimax(rest, lambda x: weight(x) * x**k, degree + 1 - k, low, high)
    fixed.append(rounded(free[0], bits))
  report(name, fixed, lambda x: weight(x) * (mp.polyval(fixed[::-1], x) - g(x)), low, high)


def rational(name, g, weight, above, below, low, high, bits):
  """Fits P/Q with Q monic, interpolating at Chebyshev nodes."""
  low, high = mp.mpf(low), mp.mpf(high)
  count = above + 1 + below
  rows, right = [], []
  for i in range(count):
    x = (low + high) / 2 + (high - low) / 2 * mp.cos(mp.pi * (2 * i + 1) / (2 * count))
    rows.append([x**k for k in range(above + 1)] + [-g(x) * x**k for k in range(below)])
    right.append(g(x) * x**below)
  solution = mp.lu_solve(mp.matrix(rows), mp.matrix(right))
  p = [rounded(solution[k], bits) for k in range(above + 1)]
  q = [rounded(solution[above + 1 + k], bits) for k in range(below)] + [mp.mpf(1)]
  value = lambda x: mp.polyval(p[::-1], x) / mp.polyval(q[::-1], x)
  report(name + " P", p, None, low, high)
  report(name + " Q", q, lambda x: weight(x) * (value(x) - g(x)), low, high)


def interpolated(name, g, degree, low, high, bits):
  """Fits sum c_k x^k to g, relative, at Chebyshev nodes; the constant is the sum of two."""
  low, high = mp.mpf(low), mp.mpf(high)
  middle, half, count = (low + high) / 2, (high - low) / 2, degree + 1
  nodes = [middle + half * mp.cos(mp.pi * (2 * i + 1) / (2 * count)) for i in range(count)]
  matrix = mp.matrix([[x**k for k in range(count)] for x in nodes])
  c = list(mp.lu_solve(matrix, mp.matrix([g(x) for x in nodes])))
  first = rounded(c[0], bits)
  fixed = [first] + [rounded(x, bits) for x in c[1:]]
  rest = rounded(c[0] - first, bits)
  print("constant's rest", float(rest).hex())
  error = lambda x: (mp.polyval(fixed[::-1], x) + rest) / g(x) - 1
  report(name, fixed, error, low, high)


def report(name, coefficients, error, low, high):
  print(name)
  for c in coefficients:
    print("   ", float(c).hex(), " ", mp.nstr(c, 20))
  if error:
    grid = [low + (high - low) * i / 2001 for i in range(2002)]
    print("    log2 error", mp.nstr(mp.log(max(abs(error(x)) for x in grid if x != 0), 2), 5))


def series(f, tail):
  """f, but by its series near 0, where it cancels."""
  return lambda x: tail(x) if abs(x) < mp.mpf(2) ** -60 else f(x)


def halves(name, value, bits):
  """A constant as the sum of two, the first rounded to the dtype."""
  high = rounded(value, bits)
  print(name, float(high).hex(), float(rounded(value - high, bits)).hex())


def main():
  halves("ln 2, float32", mp.log(2), 24)
  halves("ln 2, float64", mp.log(2), 53)

  # exp(r) = 1 + r + r^2 q(r) for |r| <= ln(2) / 2, with a little room for the rounding of n.
  q = series(lambda r: (mp.exp(r) - 1 - r) / r**2, lambda r: mp.mpf(1) / 2 + r / 6)
  for dtype, bits, degree in ("float32", 24, 4), ("float64", 53, 9):
    weight = lambda r: r**2 / mp.exp(r)
    polynomial(f"exp: q, {dtype}", q, weight, degree, -0.347, 0.347, bits)

  # log(1 + f) = f + f^2 q(f) for |f| <= 1/3.
  q = series(lambda f: (mp.log1p(f) - f) / f**2, lambda f: -mp.mpf(1) / 2 + f / 3)
  weight = lambda f: f**2 / mp.log1p(f) if f else 0
  third = mp.mpf(1) / 3 + mp.mpf("1e-6")
  polynomial("log: q, float32", q, weight, 8, -third, third, 24)

  # log(m) = 2 s + s z q(z) for s = (m - 1) / (m + 1), z = s^2, sqrt(1/2) <= m <= sqrt(2).
  s = mp.sqrt
  q = series(lambda z: 2 * (mp.atanh(s(z)) / s(z) - 1) / z, lambda z: mp.mpf(2) / 3 + 2 * z / 5)
  polynomial("log: q, float64", q, lambda z: z / 2, 6, 0, 0.02944, 53)

  # tanh(x) = x + x z P(z) / Q(z) for z = x^2, x <= 3/4.
  g = series(lambda z: (mp.tanh(s(z)) / s(z) - 1) / z, lambda z: -mp.mpf(1) / 3 + 2 * z / 15)
  weight = lambda z: z * s(z) / mp.tanh(s(z)) if z else 0
  rational("tanh: float32", g, weight, 1, 2, 0, 0.5625, 24)
  rational("tanh: float64", g, weight, 2, 3, 0, 0.5625, 53)

  pairs()
  erf()
  gamma()
  trigonometric()


def trigonometric():
  """For Trigonometric and ArcFunctions."""
  s = mp.sqrt
  dtypes = ("float32", 24), ("float64", 53)
  # sin(r) = r + r z q(z) and cos(r) = 1 - z / 2 + z^2 q(z) for z = r^2, |r| <= pi / 4.
  q = series(lambda z: (mp.sin(s(z)) / s(z) - 1) / z, lambda z: -mp.mpf(1) / 6 + z / 120)
  weight = lambda z: z * s(z) / mp.sin(s(z)) if z else 0
  for (dtype, bits), degree in zip(dtypes, (3, 5)):
    polynomial(f"sin: q, {dtype}", q, weight, degree, 0, "0.6169", bits)
  q = series(lambda z: (mp.cos(s(z)) - 1 + z / 2) / z**2, lambda z: mp.mpf(1) / 24 - z / 720)
  for (dtype, bits), degree in zip(dtypes, (2, 5)):
    polynomial(f"cos: q, {dtype}", q, lambda z: z**2 / mp.cos(s(z)), degree, 0, "0.6169", bits)

  # asin(x) = x + x z q(z) for z = x^2, x <= 1/2; atan likewise for x <= 1/4.
  q = series(lambda z: (mp.asin(s(z)) / s(z) - 1) / z, lambda z: mp.mpf(1) / 6 + 3 * z / 40)
  weight = lambda z: z * s(z) / mp.asin(s(z)) if z else 0
  for (dtype, bits), degree in zip(dtypes, (5, 12)):
    polynomial(f"asin: q, {dtype}", q, weight, degree, 0, "0.25", bits)
  q = series(lambda z: (mp.atan(s(z)) / s(z) - 1) / z, lambda z: -mp.mpf(1) / 3 + z / 5)
  weight = lambda z: z * s(z) / mp.atan(s(z)) if z else 0
  for (dtype, bits), degree in zip(dtypes, (3, 8)):
    polynomial(f"atan: q, {dtype}", q, weight, degree, 0, "0.0625001", bits)

  for name, value in ("2 pi", 2 * mp.pi), ("pi / 4", mp.pi / 4), ("atan(1/2)", mp.atan(mp.mpf(1) / 2)):
    for dtype, bits in dtypes:
      halves(f"{name}, {dtype}", value, bits)
  with mp.workprec(1300):
    print("2^1216 / (2 pi): %x" % int(mp.ldexp(1 / (2 * mp.pi), 1216)))


def pairs():
  """For Exponentials, Logarithms and Powers, which compute with pairs of numbers."""
  s = mp.sqrt
  q = series(lambda z: 2 * (mp.atanh(s(z)) / s(z) - 1) / z, lambda z: mp.mpf(2) / 3 + 2 * z / 5)
  polynomial("log of a pair: q, float32", q, lambda z: z / 2, 3, 0, 0.02944, 24)

  # The same beyond its constant 2/3, for pow.
  near = lambda z: mp.mpf(2) / 5 + 2 * z / 7 + 2 * z * z / 9
  rest = lambda z: (q(z) - mp.mpf(2) / 3) / z if z > mp.mpf(2) ** -40 else near(z)
  for dtype, bits, degree in ("float32", 24, 3), ("float64", 53, 7):
    polynomial(f"pow: q, {dtype}", rest, lambda z: z * z / 2, degree, 0, 0.02944, bits)

  # exp(r) - 1 = r + r^2 q(r), relative to the difference.
  q = series(lambda r: (mp.exp(r) - 1 - r) / r**2, lambda r: mp.mpf(1) / 2 + r / 6)
  weight = lambda r: r**2 / mp.expm1(r) if r else 0
  for dtype, bits, degree in ("float32", 24, 5), ("float64", 53, 10):
    polynomial(f"expm1: q, {dtype}", q, weight, degree, -0.347, 0.347, bits)

  # sinh(x) = x + x z q(z) for z = x^2, x <= 1.
  q = series(lambda z: (mp.sinh(s(z)) / s(z) - 1) / z, lambda z: mp.mpf(1) / 6 + z / 120)
  weight = lambda z: z * s(z) / mp.sinh(s(z)) if z else 0
  for dtype, bits, degree in ("float32", 24, 3), ("float64", 53, 7):
    polynomial(f"sinh: q, {dtype}", q, weight, degree, 0, 1, bits)

  third = mp.mpf(1) / 3
  polynomial("cbrt: 1 / cbrt(m)", lambda m: m**-third, lambda m: m**third, 5, 1, 8, 24)
  for name, value in (
      ("1 / ln 2", 1 / mp.log(2)), ("1 / ln 10", 1 / mp.log(10)), ("2/3", mp.mpf(2) / 3)):
    halves(name + ", float32", value, 24)
    halves(name + ", float64", value, 53)
  for name, first, bits in ("float32", 15, 24), ("float64", 41, 53):
    high = rounded(mp.log(2), first)
    print("ln 2 cut,", name, float(high).hex(), float(rounded(mp.log(2) - high, bits)).hex())


def erf():
  """For ErrorFunctions."""
  s = mp.sqrt
  # erf(x) = c x + x z q(z) for z = x^2, x <= 1/2, c = 2 / sqrt(pi).
  c = 2 / s(mp.pi)
  halves("2 / sqrt(pi), float32", c, 24)
  halves("2 / sqrt(pi), float64", c, 53)
  near = lambda z: c * (-mp.mpf(1) / 3 + z / 10)
  q = series(lambda z: (mp.erf(s(z)) / s(z) - c) / z, near)
  weight = lambda z: z * s(z) / mp.erf(s(z)) if z else 0
  for dtype, bits, degree in ("float32", 24, 3), ("float64", 53, 7):
    polynomial(f"erf: q, {dtype}", q, weight, degree, 0, 0.25, bits)

  # erfc(x) = exp(-x^2) r(t) / (1 + 2 x) for t = (x - k) / (x + k).
  for dtype, bits, degree, k, high in ("float32", 24, 11, 2, 10.5), ("float64", 53, 22, 3, 28):
    x = lambda t: k * (1 + t) / (1 - t)
    r = lambda t: (1 + 2 * x(t)) * mp.exp(x(t) ** 2) * mp.erfc(x(t))
    t = lambda x: (x - k) / (x + k)
    interpolated(f"erfc: r, {dtype}", r, degree, t(mp.mpf("0.5")), t(mp.mpf(high)), bits)


def gamma():
  """For Gamma."""
  # lgamma(2 + e) = c e + e^2 q(e), c = 1 - Euler's constant.
  c = 1 - mp.euler
  q = lambda e: (mp.loggamma(2 + e) / e - c) / e
  root = mp.findroot(mp.digamma, mp.mpf("1.4616"))
  for name, value in (
      ("1 - Euler's constant", c), ("log(2 pi) / 2 - 1 / 2", mp.log(2 * mp.pi) / 2 - mp.mpf(1) / 2),
      ("pi", mp.pi), ("root", root), ("root - 1", root - 1)):
    halves(name + ", float32", value, 24)
    halves(name + ", float64", value, 53)
  stirling = lambda x: (x - mp.mpf(1) / 2) * mp.log(x) - x + mp.log(2 * mp.pi) / 2
  for dtype, bits, degrees in ("float32", 24, (7, 5, 10, 6, 5, 7)), ("float64", 53, (17, 14, 22, 18, 8, 15)):
    half = mp.mpf(1) / 2
    interpolated(f"lgamma: q, {dtype}", q, degrees[0], -half, half, bits)
    # lgamma(x) = Stirling's formula + r(1 / x^2) / x for x >= 5/2.
    r = lambda z: (lambda x: (mp.loggamma(x) - stirling(x)) * x)(1 / mp.sqrt(z))
    interpolated(f"lgamma: r, {dtype}", r, degrees[1], 0, mp.mpf(4) / 25, bits)
    # digamma(x) = (x - root) g(x - 3/2) for 1 <= x <= 2.
    g = lambda d: mp.digamma(mp.mpf(3) / 2 + d) / (mp.mpf(3) / 2 + d - root)
    interpolated(f"digamma: g, {dtype}", g, degrees[2], -half, half, bits)
    # digamma(x) = log(x) - 1 / (2 x) - r(z) z for z = 1 / x^2, x >= 2.
    r = lambda z: (mp.log(1 / mp.sqrt(z)) - mp.sqrt(z) / 2 - mp.digamma(1 / mp.sqrt(z))) / z
    interpolated(f"digamma: r, {dtype}", r, degrees[3], 0, mp.mpf(1) / 4, bits)
    # sin(pi r) = r s(r^2) and pi cot(pi r) = 1 / r - r t(r^2) for |r| <= 1/2.
    s = lambda z: mp.sin(mp.pi * mp.sqrt(z)) / mp.sqrt(z)
    interpolated(f"sin(pi r): s, {dtype}", s, degrees[4], 0, mp.mpf(1) / 4, bits)
    t = lambda z: (1 / mp.sqrt(z) - mp.pi * mp.cot(mp.pi * mp.sqrt(z))) / mp.sqrt(z)
    interpolated(f"pi cot(pi r): t, {dtype}", t, degrees[5], 0, mp.mpf(1) / 4, bits)


if __name__ == "__main__":
  main()
